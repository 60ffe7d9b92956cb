"""What is kept about a person is counted, read out, and erased from every file that the database has."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import StorageError
from bot.core.job import Image, Job, JobState, Place, Reply, Verdict
from bot.core.prompt import Prompt
from bot.core.quota import DAY, Limits
from bot.core.request import Request
from bot.storage import privacy
from bot.storage.database import Database
from bot.storage.export import export
from bot.storage.favourites import FavouriteStore
from bot.storage.jobs import JobStore
from bot.storage.privacy import PERSONAL, PrivacyStore
from bot.storage.quota import QuotaStore

ME, OTHER = 7001, 8002
MARKER = "zanzibarquartz"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "bot.sqlite3") as opened:
        yield opened


async def ask(
    database: Database, number: int, user_id: int, word: str, *, at: float, files: tuple[str, ...] = ()
) -> None:
    """A job that ended well, with a word that is in everything a person typed."""
    job = Job(
        id=f"job{number:05}",
        user_id=user_id,
        place=Place(1, 2),
        # Words of their own in every job, too: the index keeps those in many places.
        request=Request(f"1girl, {word} {word}{number}", negative=f"{word} hat", character=word),
        prompt=Prompt(f"1girl, {word}{number}x", f"nsfw, {word} hat", 5, 4, 75, notes=(word,)),
        seed=5,
        state=JobState.QUEUED,
        created_at=at,
        reply=Reply(f"token of {word}", at + 900),
    )
    assert await QuotaStore(database).add(job, 1.0, Limits(), Limits())
    verdict = Verdict(0.97, 0.01, 0.01, 0.01, "test")
    images = [Image(index, 5, 416, 608, sha256, verdict) for index, sha256 in enumerate(files)]
    await JobStore(database).finish(job.id, JobState.DONE, model="chibi", images=images)


async def erase_all(database: Database, user_id: int) -> list[str]:
    store, files = PrivacyStore(database), []
    while (gone := await store.erase_some(user_id)).jobs:
        files += gone.pictures
    await store.erase_rest(user_id)
    await store.scrub()
    return files


def bytes_of(folder: Path, word: str) -> dict[str, int]:
    """How often a word is in which file; letters of either case."""
    found = {path.name: path.read_bytes().lower().count(word.encode()) for path in folder.iterdir()}
    return {name: count for name, count in found.items() if count}


async def test_every_table_that_names_people_is_known(database: Database) -> None:
    tables = await database.fetch_all("SELECT name FROM sqlite_schema WHERE type = 'table'")
    naming = set()
    for table in tables:
        columns = await database.fetch_all(f"SELECT name FROM pragma_table_info('{table['name']}')")
        if "user_id" in {column["name"] for column in columns}:
            naming.add(table["name"])
    assert naming == set(PERSONAL)


async def test_no_byte_of_what_was_typed_is_left(database: Database, tmp_path: Path) -> None:
    # Both at once, so that their rows and words lie on the same pages.
    for number in range(0, 300, 2):
        await ask(database, number, ME, MARKER, at=100.0 + number)
        await ask(database, number + 1, OTHER, "bystander", at=101.0 + number)
    assert bytes_of(tmp_path, MARKER) and bytes_of(tmp_path, f"owner{ME}")
    await erase_all(database, ME)
    assert bytes_of(tmp_path, MARKER) == {}
    assert bytes_of(tmp_path, f"owner{ME}") == {}
    assert (await PrivacyStore(database).count(OTHER)).jobs == 150
    assert (await database.fetch_one("SELECT count(*) FROM negatives"))["count(*)"] == 1  # type: ignore[index]
    database_is = await database.fetch_one("PRAGMA integrity_check")
    assert database_is is not None and database_is[0] == "ok"
    await database.change("INSERT INTO search (search) VALUES ('integrity-check')")


async def test_pictures_go_unless_another_persons_record_names_them(database: Database) -> None:
    await ask(database, 1, ME, "first", at=1.0, files=("aa", "bb"))
    await ask(database, 2, ME, "second", at=2.0, files=("aa", "cc"))
    await ask(database, 3, OTHER, "third", at=3.0, files=("bb",))
    assert sorted(await erase_all(database, ME)) == ["aa", "cc"]
    assert await erase_all(database, OTHER) == ["bb"]


async def test_what_is_unfinished_stays(database: Database) -> None:
    await ask(database, 1, ME, "first", at=1.0)
    template = (await JobStore(database).get("job00001")).job  # type: ignore[union-attr]
    waiting = dataclasses.replace(template, id="waiting1", state=JobState.QUEUED)
    assert await QuotaStore(database).add(waiting, 1.0, Limits(), Limits())
    await erase_all(database, ME)
    held = await PrivacyStore(database).count(ME)
    assert (held.jobs, held.unfinished, held.leases) == (1, 1, 1)


async def test_what_still_counts_cannot_be_erased(database: Database) -> None:
    now = time.time()
    await ask(database, 1, ME, "old", at=now - DAY - 60)
    await ask(database, 2, ME, "new", at=now - DAY + 60)
    for at in (now - 3 * DAY, now - DAY):
        await database.change("INSERT INTO strikes VALUES (?, ?, 'F2', x'00')", (ME, at))
    await database.change(
        "INSERT INTO audit (at, guild_id, user_id, action) VALUES (1.0, 1, ?, 'ceiling')", (ME,)
    )
    store = PrivacyStore(database)
    held = await store.count(ME)
    assert (held.jobs, held.leases, held.strikes, held.changes) == (2, 2, 2, 1)
    assert held.since == pytest.approx(now - DAY - 60)
    await erase_all(database, ME)
    held = await store.count(ME)
    assert (held.jobs, held.leases, held.strikes, held.changes) == (0, 1, 1, 1)
    assert not held.nothing and (await store.count(OTHER)).nothing


async def test_favourites_are_counted_handed_out_and_erased(database: Database) -> None:
    await ask(database, 1, ME, "mine", at=1.0)
    await ask(database, 2, OTHER, "theirs", at=2.0)
    store = FavouriteStore(database)
    for user_id, job_id in ((ME, "job00001"), (ME, "job00002"), (OTHER, "job00001"), (OTHER, "job00002")):
        assert await store.toggle(user_id, job_id, 3.0)
    assert (await PrivacyStore(database).count(ME)).favourites == 2
    exported = (await export(database, ME))["favourites"]
    moment = "1970-01-01T00:00:03+00:00"
    assert exported == [
        {"user_id": str(ME), "job_id": job_id, "at": moment} for job_id in ("job00001", "job00002")
    ]
    await erase_all(database, ME)
    assert (await PrivacyStore(database).count(ME)).favourites == 0
    # Marks on a job go with it, whosever they are.
    left = await database.fetch_all("SELECT user_id, job_id FROM favourites")
    assert [tuple(row) for row in left] == [(OTHER, "job00002")]


async def test_refused_requests_are_forgotten_by_themselves(database: Database) -> None:
    now = time.time()
    for at in (now - 31 * DAY, now - 29 * DAY):
        await database.change("INSERT INTO strikes VALUES (?, ?, 'F2', x'00')", (ME, at))
    await PrivacyStore(database).forget_old()
    assert (await PrivacyStore(database).count(ME)).strikes == 1


async def test_the_export_is_whole_and_holds_no_key_to_anything(database: Database) -> None:
    for number in range(privacy.AT_ONCE + 5):
        await ask(database, number, ME, MARKER, at=100.0 + number // 2, files=(f"{number:064x}",))
    await ask(database, 999, OTHER, "bystander", at=99.0)
    await database.change("INSERT INTO strikes VALUES (?, 5.0, 'F2', x'00ff')", (ME,))
    exported = json.loads(json.dumps(await export(database, ME)))
    requests = exported["requests"]
    assert [each["id"] for each in requests] == [f"job{number:05}" for number in range(privacy.AT_ONCE + 5)]
    first = requests[0]
    assert (
        first["asked"]["prompt"] == f"1girl, {MARKER} {MARKER}0"
        and first["asked"]["negative"] == f"{MARKER} hat"
    )
    assert first["drawn"]["negative"] == f"nsfw, {MARKER} hat"
    assert first["asked_at"] == "1970-01-01T00:01:40+00:00" and first["ended_at"]
    assert (first["server_id"], first["channel_id"], first["state"]) == ("1", "2", "done")
    assert first["pictures"][0]["file"] == f"{0:064x}.png"
    assert len(exported["quota"]) == len(requests) and exported["quota"][0]["guild_id"] == "1"
    assert exported["refused"] == [{"user_id": str(ME), "at": "1970-01-01T00:00:05+00:00", "rule": "F2"}]
    text = json.dumps(exported)
    assert "bystander" not in text and "token" not in text.replace("tokens", "")


async def test_a_reader_in_the_way_is_told_of(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(database, 1, ME, MARKER, at=1.0)
    monkeypatch.setattr(privacy, "BUSY_MS", 20)
    await database._reader.execute("BEGIN")
    await database._reader.execute_fetchall("SELECT * FROM jobs")
    with pytest.raises(StorageError, match="log holds on to it"):
        await erase_all(database, ME)
    await database._reader.execute("ROLLBACK")
    await PrivacyStore(database).scrub()
    assert bytes_of(tmp_path, MARKER) == {}
