"""Search in the history: whole words, newest first, one's own alone, and kept up with every change."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.core.job import Image, Job, JobState, Place, Verdict
from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.core.request import Request
from bot.storage import migrate
from bot.storage.compact import PROMPT, REQUEST
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.search import Found, JobSearch, Wanted

ANN, BEN = 7, 8
HERE = Place(1, 2)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "bot.sqlite3") as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> JobStore:
    return JobStore(database)


@pytest.fixture
def search(database: Database, store: JobStore) -> JobSearch:
    return JobSearch(database, store)


async def drawn(
    store: JobStore,
    number: int,
    prompt: str,
    *,
    user_id: int = ANN,
    state: JobState = JobState.DONE,
    place: Place = HERE,
    ratings: Sequence[Rating] = (),
) -> None:
    job = Job(
        id=f"job{number:05}",
        user_id=user_id,
        place=place,
        request=Request(prompt, character="hatsune miku" if number == 1 else None),
        prompt=Prompt(f"masterpiece, {prompt}", "lowres", 5, 4, 75),
        seed=1,
        state=JobState.QUEUED,
        created_at=float(number),
    )
    await store.add(job)
    await store.finish(job.id, state, images=[image(each, rating) for each, rating in enumerate(ratings)])


def image(index: int, rating: Rating) -> Image:
    shares = [0.1] * 4
    shares[rating] = 0.7
    return Image(index, 1, 8, 8, f"{index}" * 64, Verdict(*shares, "test"))


def ids(found: Found) -> Sequence[str]:
    return [record.job.id for record in found.records]


async def test_every_word_must_be_there_newest_first(store: JobStore, search: JobSearch) -> None:
    await drawn(store, 1, "1girl, silver_hair, smile")
    await drawn(store, 2, "1girl, silver hair")
    await drawn(store, 3, "1girl, Crème hair")
    assert ids(await search.find(ANN, Wanted("1girl"))) == ["job00003", "job00002", "job00001"]
    assert ids(await search.find(ANN, Wanted("SILVER hair"))) == ["job00002", "job00001"]
    assert ids(await search.find(ANN, Wanted("creme"))) == ["job00003"]
    assert ids(await search.find(ANN, Wanted("miku"))) == ["job00001"]
    assert ids(await search.find(ANN, Wanted("masterpiece smile"))) == ["job00001"]
    assert ids(await search.find(ANN, Wanted("silver crème"))) == []


async def test_only_ones_own_jobs_that_ended_well(store: JobStore, search: JobSearch) -> None:
    await drawn(store, 1, "night")
    await drawn(store, 2, "night", user_id=BEN)
    await drawn(store, 3, "night", state=JobState.FAILED)
    await drawn(store, 4, f"night, owner{ANN}", user_id=BEN)
    assert ids(await search.find(ANN, Wanted("night"))) == ["job00001"]
    assert ids(await search.find(BEN, Wanted("night"))) == ["job00004", "job00002"]


async def test_pages_go_back_without_gaps_or_repeats(store: JobStore, search: JobSearch) -> None:
    for number in range(12):
        await drawn(store, number, "night", user_id=(ANN, BEN)[number % 2])
    seen: list[str] = []
    before: int | None = None
    for _ in range(3):
        found = await search.find(ANN, Wanted("night"), before=before, limit=2)
        seen += ids(found)
        before = found.older
    assert before is None
    assert seen == [f"job{number:05}" for number in (10, 8, 6, 4, 2, 0)]


@pytest.mark.parametrize(
    "text",
    [" ", " ,;! ", '"', "*", "AND", "night OR smile", 'NEAR("night" "x", 2)', "words:night", "^night", "-",
     "night*", "夜", "\U0001f319", "a\u0301", "\ud83c", "x" * 2000, "ニ" * 2000, "\x00night"],
)  # fmt: skip
async def test_anything_may_be_typed(store: JobStore, search: JobSearch, text: str) -> None:
    await drawn(store, 1, "night, 夜, á")
    found = await search.find(ANN, Wanted(text))
    assert ids(found) in ([], ["job00001"])
    assert bool(found.records) is (text in ("night*", "夜", "a\u0301", "^night", "\x00night"))


async def test_deleted_and_changed_jobs_leave_the_index(
    database: Database, store: JobStore, search: JobSearch
) -> None:
    for number in (1, 2, 3):
        await drawn(store, number, f"night, marker{number}")
    await database.change("DELETE FROM jobs WHERE id = 'job00001'")
    assert ids(await search.find(ANN, Wanted("night"))) == ["job00003", "job00002"]
    await database.change("UPDATE jobs SET state = 'cancelled' WHERE id = 'job00002'")
    assert ids(await search.find(ANN, Wanted("night"))) == ["job00003"]
    await database.change("INSERT INTO search (search) VALUES ('integrity-check')")
    await search.settle()
    terms = "CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search, 'row')"
    with sqlite3.connect(database.path) as connection:
        connection.execute(terms)
        kept = {row[0] for row in connection.execute("SELECT term FROM terms")}
    connection.close()
    assert "marker3" in kept and not {"marker1", "marker2"} & kept


async def test_numbers_outlive_a_vacuum(database: Database, store: JobStore, search: JobSearch) -> None:
    for number in range(6):
        await drawn(store, number, f"night, marker{number}")
    await database.change("DELETE FROM jobs WHERE id < 'job00003'")
    await database._writer.execute("VACUUM")
    assert ids(await search.find(ANN, Wanted("marker4"))) == ["job00004"]


async def test_a_negative_is_kept_once_and_as_long_as_somebody_has_it(
    database: Database, store: JobStore
) -> None:
    for number in (1, 2, 3):
        await drawn(store, number, "night")
    kept = "SELECT text FROM negatives"
    assert [row["text"] for row in await database.fetch_all(kept)] == ["lowres"]
    await database.change("DELETE FROM jobs WHERE id < 'job00003'")
    record = await store.get("job00003")
    assert record is not None and record.job.prompt.negative == "lowres"
    assert dataclasses.replace(record.job.prompt, negative="") == Prompt("masterpiece, night", "", 5, 4, 75)
    await database.change("DELETE FROM jobs")
    assert await database.fetch_all(kept) == []


async def test_nothing_wanted_is_everything_and_pages_go_both_ways(
    store: JobStore, search: JobSearch
) -> None:
    for number in range(7):
        await drawn(store, number, "night")
    first = await search.find(ANN, Wanted(), limit=3)
    assert ids(first) == ["job00006", "job00005", "job00004"] and first.newer is None
    second = await search.find(ANN, Wanted(), before=first.older, limit=3)
    third = await search.find(ANN, Wanted(), before=second.older, limit=3)
    assert ids(third) == ["job00000"] and third.older is None
    back = await search.find(ANN, Wanted(), after=third.newer, limit=3)
    assert ids(back) == ids(second) and (back.older, back.newer) == (second.older, second.newer)
    front = await search.find(ANN, Wanted(), after=back.newer, limit=3)
    assert ids(front) == ids(first) and front.newer is None


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(rating=Rating.SENSITIVE), [3, 1]),
        (Wanted(rating=Rating.EXPLICIT), []),
        (Wanted(channel_id=2), [4, 2, 1]),
        (Wanted(channel_id=9), [3]),
        (Wanted(since=2.0), [4, 3, 2]),
        (Wanted(until=2.0), [1]),
        (Wanted(since=2.0, until=4.0), [3, 2]),
        (Wanted(since=5.0), []),
        (Wanted(until=1.0), []),
        (Wanted("night", since=2.0, rating=Rating.SENSITIVE, channel_id=9), [3]),
        (Wanted("day", rating=Rating.SENSITIVE), []),
        (Wanted(f"owner{BEN}"), []),
    ],
)
async def test_filters_narrow_alone_and_together(
    store: JobStore, search: JobSearch, wanted: Wanted, expected: list[int]
) -> None:
    await drawn(store, 1, "night", ratings=(Rating.GENERAL, Rating.SENSITIVE))
    await drawn(store, 2, "day", ratings=(Rating.GENERAL,))
    await drawn(store, 3, "night", place=Place(1, 8, parent_id=9), ratings=(Rating.SENSITIVE,))
    # Whoever types the index's own words is found by them no more.
    await drawn(store, 4, "rated3, channel9, rated1")
    await drawn(store, 5, "night", user_id=BEN, ratings=(Rating.EXPLICIT,))
    assert ids(await search.find(ANN, wanted)) == [f"job{number:05}" for number in expected]


async def test_the_rating_follows_what_is_taken_back(
    database: Database, store: JobStore, search: JobSearch
) -> None:
    await drawn(store, 1, "night", ratings=(Rating.GENERAL, Rating.SENSITIVE))
    await database.change(
        "INSERT INTO deliveries (job_id, owed_at, seconds, note, again) VALUES ('job00001', 1, 1, '', 0)"
    )
    await store.withdraw("job00001", [image(1, Rating.SENSITIVE)], 0.5, "")
    assert ids(await search.find(ANN, Wanted(rating=Rating.GENERAL))) == ["job00001"]
    assert ids(await search.find(ANN, Wanted(rating=Rating.SENSITIVE))) == []
    assert await store.revoke("job00001", JobState.WITHHELD, "no")
    assert ids(await search.find(ANN, Wanted())) == []
    await database.change("INSERT INTO search (search) VALUES ('integrity-check')")


async def test_favourites_are_anybodys_that_were_marked(
    database: Database, store: JobStore, search: JobSearch
) -> None:
    for number, owner in ((1, ANN), (2, BEN), (3, ANN), (4, BEN)):
        await drawn(store, number, f"night, marker{number}", user_id=owner, ratings=(Rating.GENERAL,))
    for number in (1, 2, 4):
        await database.change("INSERT INTO favourites VALUES (?, ?, 0)", (ANN, f"job{number:05}"))
    assert ids(await search.find(ANN, Wanted(favourite=True))) == ["job00004", "job00002", "job00001"]
    assert ids(await search.find(ANN, Wanted("marker2 night", favourite=True))) == ["job00002"]
    assert ids(await search.find(ANN, Wanted(favourite=True, until=2.0))) == ["job00001"]
    assert ids(await search.find(ANN, Wanted(favourite=True, rating=Rating.EXPLICIT))) == []
    first = await search.find(ANN, Wanted(favourite=True), limit=2)
    assert ids(await search.find(ANN, Wanted(favourite=True), before=first.older)) == ["job00001"]
    assert ids(await search.find(BEN, Wanted(favourite=True))) == []


async def test_a_database_of_before_is_rated_and_indexed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.sqlite3"
    steps = [step for step in migrate.migrations() if step.name != "finding"]
    with monkeypatch.context() as before:
        before.setattr(migrate, "migrations", lambda: steps[:7])
        migrate.upgrade(path)
    drawn = Prompt("night", "", 1, 0, 75)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO negatives VALUES (5, 'lowres', 3)")
        for number, state in ((1, "done"), (2, "done"), (3, "failed")):
            connection.execute(
                "INSERT INTO jobs (id, user_id, channel_id, parent_id, age_restricted, request, prompt,"
                " negative_key, seed, state, created_at) VALUES (?, ?, 2, 9, 0, ?, ?, 5, 1, ?, ?)",
                (f"job{number:05}", ANN, REQUEST.dump(Request("night")), PROMPT.dump(drawn), state, number),
            )
        for position, verdict in enumerate(('[0.9,0.1,0.0,0.0,"x"]', '[0.2,0.4,0.4,0.0,"x",null,0.5]')):
            connection.execute(
                "INSERT INTO images (job_id, position, seed, width, height, sha256, verdict)"
                " VALUES ('job00001', ?, 1, 8, 8, 'ab', ?)",
                (position, verdict),
            )
    connection.close()
    async with await Database.open(path) as database:
        search = JobSearch(database, JobStore(database))
        ratings = await database.fetch_all("SELECT rating FROM jobs ORDER BY id")
        assert [row["rating"] for row in ratings] == [Rating.SENSITIVE, None, None]
        assert ids(await search.find(ANN, Wanted("night", rating=Rating.SENSITIVE))) == ["job00001"]
        assert ids(await search.find(ANN, Wanted(channel_id=9))) == ["job00002", "job00001"]
        await database.change("INSERT INTO search (search) VALUES ('integrity-check')")
