"""Leases as rows: what people and servers have had, and what their unfinished jobs hold."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import Literal

from bot.core.job import Job
from bot.core.quota import DAY, HOUR, Limits
from bot.storage.database import Database
from bot.storage.folder import Room
from bot.storage.jobs import insertion
from bot.storage.leases import taking

Whose = Literal["user_id", "guild_id"]

_HELD: dict[Whose, str] = {"user_id": "leases_held", "guild_id": "leases_held_in_guild"}
KEPT = DAY + HOUR
"""Seconds after which a settled lease counts for nothing and is forgotten."""

AHEAD = 60.0
"""Seconds by which another request may be later than one that is judged. What is later still was asked for
before the clock was put back: it counts for what was drawn, and for no cooldown."""


@dataclasses.dataclass(frozen=True, slots=True)
class Lease:
    """What one job holds or has spent; ``taken_at`` is in Unix seconds. A refunded one has no pictures."""

    taken_at: float
    held: bool
    pictures: int
    gpu_seconds: float


class QuotaStore:
    """Reads and writes leases; ``JobStore.finish`` settles them, in the transaction of the job's end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._room = Room(database.path.parent)

    async def add(self, job: Job, gpu_seconds: float, person: Limits, guild: Limits) -> bool:
        """Write a new job and its lease in one transaction; False, and neither, when a limit is in the way.

        However many ask at the same moment, no limit is passed: they are written one after the other. Raises
        StorageError when nothing new can be kept.
        """
        self._room.require()
        conditions, parameters = _within(job, gpu_seconds, person, guild)
        lease = taking(job, gpu_seconds, conditions, parameters)
        sql, values, *then = insertion(job)
        return await self._database.change(*lease, (sql, values), *then) == 1

    async def of(self, whose: Whose, id: int, since: float) -> list[Lease]:
        """Leases of a person or a server that were taken after a moment or are held, oldest first."""
        rows = await self._database.fetch_all(
            f"SELECT taken_at, state = 'held' AS held, pictures, gpu_seconds FROM leases WHERE {whose} = ?"
            " AND (taken_at > ? OR state = 'held') ORDER BY taken_at",
            (id, since),
        )
        return [
            Lease(row["taken_at"], bool(row["held"]), row["pictures"], row["gpu_seconds"]) for row in rows
        ]

    async def repair(self) -> int:
        """Settle what is held for jobs that have ended or are gone; returns how many there were."""
        return await self._database.change(_REPAIR, (time.time(),))

    async def forget_old(self) -> None:
        """Delete what counts for nothing any more."""
        await self._database.change(
            "DELETE FROM leases WHERE taken_at < ? AND state != 'held'", (time.time() - KEPT,)
        )


def _within(job: Job, gpu_seconds: float, person: Limits, guild: Limits) -> tuple[str, tuple[object, ...]]:
    """SQL that is true where the job fits into all limits, and its parameters."""
    found = [*_conditions("user_id", job.user_id, job, gpu_seconds, person)]
    if job.place.guild_id is not None:
        found += _conditions("guild_id", job.place.guild_id, job, gpu_seconds, guild)
    return " AND ".join(["1", *(sql for sql, _ in found)]), tuple(
        value for _, values in found for value in values
    )


def _conditions(
    whose: Whose, id: int, job: Job, gpu_seconds: float, limits: Limits
) -> Iterator[tuple[str, tuple[object, ...]]]:
    now = job.created_at
    if limits.jobs:
        # SQLite would rather read a whole server's leases than the few that are held.
        held = f"leases INDEXED BY {_HELD[whose]} WHERE {whose} = ? AND state = 'held'"
        yield f"(SELECT count(*) FROM {held}) < ?", (id, limits.jobs)
    if limits.cooldown:
        sql = f"NOT EXISTS (SELECT 1 FROM leases WHERE {whose} = ? AND taken_at > ? AND taken_at < ?)"
        yield sql, (id, now - limits.cooldown, now + AHEAD)
    sums = [
        (f"total(iif(taken_at > ?, {column}, 0)) + ? <= ?", (now - window, more, limit), window)
        for column, window, limit, more in (
            ("pictures", HOUR, limits.per_hour, job.request.count),
            ("pictures", DAY, limits.per_day, job.request.count),
            ("gpu_seconds", DAY, limits.gpu_seconds, gpu_seconds),
        )
        if limit
    ]
    if sums:  # in one pass: a large server has thousands of leases in a day
        fits, values = " AND ".join(sql for sql, _, _ in sums), [each for _, many, _ in sums for each in many]
        since = now - max(window for _, _, window in sums)
        yield f"(SELECT {fits} FROM leases WHERE {whose} = ? AND taken_at > ?)", (*values, id, since)


_REPAIR = """
UPDATE leases SET
    settled_at = ?1,
    state = iif((SELECT state FROM jobs WHERE id = job_id) = 'done', 'spent', 'refunded'),
    pictures = iif(
        (SELECT state FROM jobs WHERE id = job_id) = 'done',
        (SELECT count(*) FROM images WHERE images.job_id = leases.job_id),
        0
    ),
    gpu_seconds = iif((SELECT state FROM jobs WHERE id = job_id) = 'done', gpu_seconds, 0)
WHERE state = 'held' AND NOT EXISTS (
    SELECT 1 FROM jobs WHERE id = job_id AND state NOT IN ('done', 'withheld', 'failed', 'cancelled')
)
"""
