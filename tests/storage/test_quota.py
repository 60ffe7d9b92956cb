"""Leases: never past a limit, written with their jobs, settled once, and put right after a crash."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import StorageError
from bot.core.job import Job, JobState, Place
from bot.core.quota import DAY, HOUR, Limits
from bot.core.request import Request
from bot.storage import migrate
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.quota import KEPT, QuotaStore
from tests.storage.test_jobs import images
from tests.storage.test_jobs import job as job_of

NONE = Limits()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "bot.sqlite3") as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> QuotaStore:
    return QuotaStore(database)


def job(number: int, *, user_id: int = 7, guild_id: int | None = 1, at: float = 1e6, count: int = 1) -> Job:
    return dataclasses.replace(
        job_of(number, user_id=user_id, created_at=at),
        place=Place(guild_id, 2),
        request=Request("1girl", count=count),
    )


async def leases(database: Database) -> list[tuple[object, ...]]:
    rows = await database.fetch_all("SELECT job_id, state, pictures, gpu_seconds FROM leases ORDER BY job_id")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(("person", "guild"), [(Limits(jobs=20), NONE), (NONE, Limits(jobs=20))])
async def test_a_crowd_that_asks_at_once_gets_no_more_than_there_is(
    database: Database, store: QuotaStore, person: Limits, guild: Limits
) -> None:
    given = await asyncio.gather(*(store.add(job(number), 1.0, person, guild) for number in range(50)))
    assert sum(given) == 20
    assert len(await JobStore(database).unfinished()) == 20
    assert len(await leases(database)) == 20


async def test_every_limit_counts_what_is_within_its_window(store: QuotaStore) -> None:
    now, numbers = 1e6, itertools.count()

    async def fits(limits: Limits, *, at: float = now, count: int = 1, gpu_seconds: float = 1.0) -> bool:
        asked = job(next(numbers), at=at, count=count, user_id=8, guild_id=2)
        return await store.add(asked, gpu_seconds, limits, NONE)

    assert await fits(NONE, at=now - DAY - 1, count=4, gpu_seconds=50.0)
    assert await fits(NONE, at=now - HOUR - 1, count=3, gpu_seconds=20.0)
    assert await fits(NONE, at=now - HOUR + 1, count=2, gpu_seconds=10.0)
    assert not await fits(Limits(per_hour=2))
    assert not await fits(Limits(per_day=5))
    assert not await fits(Limits(gpu_seconds=30.5))
    assert not await fits(Limits(jobs=3))
    assert not await fits(Limits(cooldown=HOUR))
    full = Limits(jobs=4, per_hour=3, per_day=6, gpu_seconds=31.0, cooldown=HOUR - 2)
    assert await fits(full)
    assert not await fits(full)


async def test_people_and_servers_are_counted_apart(store: QuotaStore) -> None:
    one = Limits(per_day=1)
    assert await store.add(job(1), 1.0, one, NONE)
    assert await store.add(job(2, user_id=8), 1.0, one, NONE)
    assert not await store.add(job(3, user_id=9), 1.0, one, Limits(per_day=2))
    assert await store.add(job(4, user_id=9, guild_id=2), 1.0, one, Limits(per_day=2))
    # A direct message belongs to no server.
    for number in (5, 6):
        assert await store.add(job(number, user_id=20, guild_id=None), 1.0, NONE, one)


@pytest.mark.parametrize("state", [JobState.WITHHELD, JobState.FAILED, JobState.CANCELLED])
async def test_what_was_not_delivered_is_given_back(
    database: Database, store: QuotaStore, state: JobState
) -> None:
    once = Limits(jobs=1, per_day=4, gpu_seconds=9.0)
    assert await store.add(job(1, count=4), 9.0, once, once)
    assert not await store.add(job(2), 1.0, once, once)
    await JobStore(database).finish("job00001", state, error="why")
    assert await leases(database) == [("job00001", "refunded", 0, 0.0)]
    assert await store.add(job(2, count=4), 9.0, once, once)
    # It was a request all the same.
    assert not await store.add(job(3), 0.0, Limits(cooldown=60), NONE)


async def test_what_was_delivered_is_kept_as_it_was_delivered(database: Database, store: QuotaStore) -> None:
    assert await store.add(job(1, count=4), 9.0, NONE, NONE)
    jobs = JobStore(database)
    await jobs.finish("job00001", JobState.DONE, images=images(3), gpu_seconds=2.5)
    assert await leases(database) == [("job00001", "spent", 3, 2.5)]
    with pytest.raises(StorageError):
        await jobs.finish("job00001", JobState.FAILED, error="too late")
    assert await leases(database) == [("job00001", "spent", 3, 2.5)]


async def test_a_job_that_cannot_be_written_leaves_no_lease(database: Database, store: QuotaStore) -> None:
    assert await store.add(job(1), 1.0, NONE, NONE)
    await database.change("DELETE FROM leases")
    with pytest.raises(sqlite3.IntegrityError):
        await store.add(job(1), 1.0, NONE, NONE)
    assert await leases(database) == []


async def test_the_leases_of_unfinished_jobs_go_on_after_a_restart(tmp_path: Path) -> None:
    once = Limits(jobs=1)
    async with await Database.open(tmp_path / "again.sqlite3") as database:
        assert await QuotaStore(database).add(job(1), 1.0, once, NONE)
        await JobStore(database).move("job00001", JobState.RUNNING)
    async with await Database.open(tmp_path / "again.sqlite3") as database:
        store = QuotaStore(database)
        assert await store.repair() == 0
        assert not await store.add(job(2), 1.0, once, NONE)
        await JobStore(database).finish("job00001", JobState.DONE, images=images(1))
        assert await store.add(job(2), 1.0, once, NONE)


async def test_leases_that_were_left_held_are_settled(database: Database, store: QuotaStore) -> None:
    for number in range(1, 5):
        assert await store.add(job(number, count=2), 5.0, NONE, NONE)
    await database.change("UPDATE jobs SET state = 'failed' WHERE id = 'job00001'")
    await JobStore(database).finish("job00002", JobState.DONE, images=images(2), gpu_seconds=4.0)
    await database.change("UPDATE leases SET state = 'held', pictures = 4 WHERE job_id = 'job00002'")
    await database.change("DELETE FROM jobs WHERE id = 'job00003'")
    assert await store.repair() == 3
    assert await leases(database) == [
        ("job00001", "refunded", 0, 0.0),
        ("job00002", "spent", 2, 4.0),
        ("job00003", "refunded", 0, 0.0),
        ("job00004", "held", 2, 5.0),
    ]
    assert await store.repair() == 0


async def test_old_leases_are_forgotten_unless_they_are_held(database: Database, store: QuotaStore) -> None:
    now = time.time()
    for number, at in ((1, now - KEPT - 60), (2, now - KEPT - 60), (3, now - DAY)):
        assert await store.add(job(number, at=at), 1.0, NONE, NONE)
    for number in (1, 3):
        await JobStore(database).finish(f"job0000{number}", JobState.DONE, images=images(1))
    await store.forget_old()
    assert [row[0] for row in await leases(database)] == ["job00002", "job00003"]


async def test_jobs_from_before_there_were_leases_hold_some(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    steps = migrate.migrations()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "migrations", lambda: [step for step in steps if step.version < 4])
        migrate.upgrade(path)
    connection = sqlite3.connect(path)
    for job_id, state, request in (
        ("waiting1", "queued", '{"prompt": "1girl", "count": 3}'),
        ("running1", "running", '{"prompt": "1girl"}'),
        ("ended001", "done", '{"prompt": "1girl"}'),
    ):
        connection.execute(
            "INSERT INTO jobs"
            " (id, user_id, channel_id, age_restricted, request, prompt, seed, state, created_at)"
            ' VALUES (?, 7, 2, 0, ?, \'{"positive": "1girl", "negative": ""}\', 1, ?, 5.0)',
            (job_id, request, state),
        )
    connection.commit()
    connection.close()
    async with await Database.open(path) as database:
        assert await leases(database) == [("running1", "held", 1, 0.0), ("waiting1", "held", 3, 0.0)]
