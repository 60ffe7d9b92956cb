"""Search in the history: whole words, newest first, one's own alone, and kept up with every change."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.core.job import Job, JobState, Place
from bot.core.prompt import Prompt
from bot.core.request import Request
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.search import Found, JobSearch

ANN, BEN = 7, 8


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
    store: JobStore, number: int, prompt: str, *, user_id: int = ANN, state: JobState = JobState.DONE
) -> None:
    job = Job(
        id=f"job{number:05}",
        user_id=user_id,
        place=Place(1, 2),
        request=Request(prompt, character="hatsune miku" if number == 1 else None),
        prompt=Prompt(f"masterpiece, {prompt}", "lowres", 5, 4, 75),
        seed=1,
        state=JobState.QUEUED,
        created_at=float(number),
    )
    await store.add(job)
    await store.finish(job.id, state)


def ids(found: Found) -> Sequence[str]:
    return [record.job.id for record in found.records]


async def test_every_word_must_be_there_newest_first(store: JobStore, search: JobSearch) -> None:
    await drawn(store, 1, "1girl, silver_hair, smile")
    await drawn(store, 2, "1girl, silver hair")
    await drawn(store, 3, "1girl, Crème hair")
    assert ids(await search.find(ANN, "1girl")) == ["job00003", "job00002", "job00001"]
    assert ids(await search.find(ANN, "SILVER hair")) == ["job00002", "job00001"]
    assert ids(await search.find(ANN, "creme")) == ["job00003"]
    assert ids(await search.find(ANN, "miku")) == ["job00001"]
    assert ids(await search.find(ANN, "masterpiece smile")) == ["job00001"]
    assert ids(await search.find(ANN, "silver crème")) == []


async def test_only_ones_own_jobs_that_ended_well(store: JobStore, search: JobSearch) -> None:
    await drawn(store, 1, "night")
    await drawn(store, 2, "night", user_id=BEN)
    await drawn(store, 3, "night", state=JobState.FAILED)
    await drawn(store, 4, f"night, owner{ANN}", user_id=BEN)
    assert ids(await search.find(ANN, "night")) == ["job00001"]
    assert ids(await search.find(BEN, "night")) == ["job00004", "job00002"]


async def test_pages_go_back_without_gaps_or_repeats(store: JobStore, search: JobSearch) -> None:
    for number in range(12):
        await drawn(store, number, "night", user_id=(ANN, BEN)[number % 2])
    seen: list[str] = []
    before: int | None = None
    for _ in range(3):
        found = await search.find(ANN, "night", before=before, limit=2)
        seen += ids(found)
        before = found.older
    assert before is None
    assert seen == [f"job{number:05}" for number in (10, 8, 6, 4, 2, 0)]


@pytest.mark.parametrize(
    "text",
    ["", " ,;! ", '"', "*", "AND", "night OR smile", 'NEAR("night" "x", 2)', "words:night", "^night", "-",
     "night*", "夜", "\U0001f319", "a\u0301", "\ud83c", "x" * 2000, "ニ" * 2000, "\x00night"],
)  # fmt: skip
async def test_anything_may_be_typed(store: JobStore, search: JobSearch, text: str) -> None:
    await drawn(store, 1, "night, 夜, á")
    found = await search.find(ANN, text)
    assert ids(found) in ([], ["job00001"])
    assert bool(found.records) is (text in ("night*", "夜", "a\u0301", "^night", "\x00night"))


async def test_deleted_and_changed_jobs_leave_the_index(
    database: Database, store: JobStore, search: JobSearch
) -> None:
    for number in (1, 2, 3):
        await drawn(store, number, f"night, marker{number}")
    await database.change("DELETE FROM jobs WHERE id = 'job00001'")
    assert ids(await search.find(ANN, "night")) == ["job00003", "job00002"]
    await database.change("UPDATE jobs SET state = 'cancelled' WHERE id = 'job00002'")
    assert ids(await search.find(ANN, "night")) == ["job00003"]
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
    assert ids(await search.find(ANN, "marker4")) == ["job00004"]


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
