"""A database that cannot be written: full, read-only, locked, damaged. Nobody waits, nothing old is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bot.core.errors import StorageError
from bot.core.job import Job, JobState, Place
from bot.core.prompt import Prompt
from bot.core.quota import Limits
from bot.core.request import Request
from bot.storage import folder
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.quota import QuotaStore

INSERT = "INSERT INTO memory VALUES (?, ?)"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "bot.sqlite3") as opened:
        await opened.change(INSERT, ("old", "kept"))
        yield opened


async def by_change(database: Database, value: str = "x") -> None:
    await database.change(INSERT, ("new", value))


async def by_write(database: Database, value: str = "x") -> None:
    async with database.write() as connection:
        await connection.execute(INSERT, ("new", value))


async def keys(database: Database) -> set[str]:
    return {row["key"] for row in await database.fetch_all("SELECT key FROM memory")}


async def pragma(database: Database, sql: str) -> None:
    database._changer.execute(f"PRAGMA {sql}")
    await database._writer.execute(f"PRAGMA {sql}")


ways = pytest.mark.parametrize("way", [by_change, by_write])
Way = Callable[..., Awaitable[None]]


@ways
async def test_a_full_disk(database: Database, way: Way) -> None:
    pages = database._changer.execute("PRAGMA page_count").fetchone()[0]
    await pragma(database, f"max_page_count = {pages + 2}")
    with pytest.raises(StorageError, match=r"disk of this bot is full.*make room"):
        await way(database, "x" * 100_000)
    assert await keys(database) == {"old"}
    await pragma(database, f"max_page_count = {pages + 1000}")
    await way(database, "x" * 100_000)
    assert await keys(database) == {"old", "new"}


@ways
async def test_a_read_only_database(database: Database, way: Way) -> None:
    await pragma(database, "query_only = ON")
    with pytest.raises(StorageError, match=r"read-only.*let it be written"):
        await way(database)
    await pragma(database, "query_only = OFF")
    await way(database)
    assert await keys(database) == {"old", "new"}


@pytest.fixture
def other(database: Database) -> Iterator[sqlite3.Connection]:
    """Another program that is writing."""
    connection = sqlite3.connect(database.path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


@ways
async def test_a_lock_that_outlasts_the_wait(database: Database, other: sqlite3.Connection, way: Way) -> None:
    await pragma(database, "busy_timeout = 20")
    with pytest.raises(StorageError, match=r"locked by another program.*in a minute"):
        await way(database)
    assert await keys(database) == {"old"}
    other.execute("ROLLBACK")
    await way(database)
    assert await keys(database) == {"old", "new"}


async def test_everybody_in_a_crowd_is_told_of_a_lock(database: Database, other: sqlite3.Connection) -> None:
    await pragma(database, "busy_timeout = 20")
    outcomes = await asyncio.gather(
        *(database.change(INSERT, (key, "x")) for key in "abc"), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [StorageError] * 3


@ways
async def test_a_lock_that_ends_in_time_is_waited_for(
    database: Database, other: sqlite3.Connection, way: Way
) -> None:
    written = asyncio.ensure_future(way(database))
    await asyncio.sleep(0.1)
    assert not written.done()
    other.execute("ROLLBACK")
    await written
    assert await keys(database) == {"old", "new"}


async def test_below_the_reserve_nothing_new_is_taken_on_and_old_jobs_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, quota = JobStore(database), QuotaStore(database)
    assert await quota.add(job(1), 0.0, Limits(), Limits())
    monkeypatch.setattr(folder, "ROOM", 2**60)
    with pytest.raises(StorageError, match=r"nearly full.*make room"):
        await quota.add(job(2), 0.0, Limits(), Limits())
    assert [left.id for left in await jobs.unfinished()] == ["job00001"]
    await jobs.finish("job00001", JobState.DONE, model="chibi")
    assert await jobs.unfinished() == []


def job(number: int) -> Job:
    return Job(
        id=f"job{number:05}",
        user_id=7,
        place=Place(1, 2),
        request=Request("1girl"),
        prompt=Prompt("1girl", "lowres", 1, 1, 75),
        seed=1,
        state=JobState.QUEUED,
        created_at=float(number),
    )
