"""What is kept about one person: counting it, and erasing it so that no byte stays."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sqlite3
import time

from bot.core.errors import StorageError
from bot.core.job import JobState
from bot.core.language import say
from bot.core.quota import DAY
from bot.storage.database import BUSY_MS, Database
from bot.storage.faults import fault
from bot.storage.jobs import JobStore
from bot.storage.search import JobSearch
from bot.storage.sweep import BEGINS, named_sources, source_files

PERSONAL = ("jobs", "favourites", "presets", "defaults", "leases", "strikes", "audit")
"""Every table that names people; what others hold belongs to a row of these."""
STRIKES_KEPT = 30 * DAY
"""Seconds after which a refused request is forgotten for good."""
STRIKES_COUNT = 2 * DAY
"""Seconds for which one can still decide whether its author is refused; so long nobody erases it."""
AT_ONCE = 200
"""Jobs that are erased in one go: others have their turns in between."""
TRIES = 5
"""How often the write-ahead log is asked to empty; whoever reads at that moment stands in the way."""

_FINAL = tuple(state for state in JobState if state.final)


@dataclasses.dataclass(frozen=True, slots=True)
class Holdings:
    """How much is kept about a person: ``jobs`` in all and unfinished ones, pictures, and the rest.

    ``begun_from`` counts jobs that begin from a picture, which is kept as long as they are.

    ``since`` is when the oldest job was asked for, in Unix seconds. ``leases`` count jobs of the last day,
    ``strikes`` refused requests, ``changes`` entries in servers' books of settings, ``favourites`` requests
    that they marked, be they their own or others'. ``presets`` and ``defaults`` are what they keep for their
    requests; of the latter there is one row or none.
    """

    jobs: int
    unfinished: int
    pictures: int
    begun_from: int
    since: float | None
    leases: int
    strikes: int
    changes: int
    favourites: int
    presets: int
    defaults: int

    @property
    def nothing(self) -> bool:
        kept = self.jobs, self.leases, self.strikes, self.changes
        return not any((*kept, self.favourites, self.presets, self.defaults))


@dataclasses.dataclass(frozen=True, slots=True)
class Erased:
    """Some jobs that are gone, and the hashes of pictures that nobody's record names any more.

    ``sources`` are those of files that no job begins from any more.
    """

    jobs: int
    pictures: tuple[str, ...]
    sources: tuple[str, ...]


class PrivacyStore:
    """Counts and erases what is kept about a person; `bot.storage.export` reads it out."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._search = JobSearch(database, JobStore(database))

    async def count(self, user_id: int) -> Holdings:
        """How much there is of everything."""
        marks = ", ".join("?" * len(_FINAL))
        row = await self._database.fetch_one(
            "SELECT count(*) AS jobs, min(created_at) AS since,"
            f" coalesce(sum(state NOT IN ({marks})), 0) AS unfinished,"
            " coalesce(sum((SELECT count(*) FROM images WHERE job_id = jobs.id)), 0) AS pictures,"
            f" coalesce(sum({BEGINS}), 0) AS begun_from,"
            " (SELECT count(*) FROM leases WHERE user_id = ?) AS leases,"
            " (SELECT count(*) FROM strikes WHERE user_id = ?) AS strikes,"
            " (SELECT count(*) FROM audit WHERE user_id = ?) AS changes,"
            " (SELECT count(*) FROM favourites WHERE user_id = ?) AS favourites,"
            " (SELECT count(*) FROM presets WHERE user_id = ?) AS presets,"
            " (SELECT count(*) FROM defaults WHERE user_id = ?) AS defaults"
            " FROM jobs WHERE user_id = ?",
            (*_FINAL, *(user_id,) * 7),
        )
        assert row is not None  # it counts, so there is one
        return Holdings(**dict(row))

    async def erase_some(self, user_id: int) -> Erased:
        """Erase some of a person's ended jobs with their images and words; no jobs when none is left."""
        marks = ", ".join("?" * len(_FINAL))
        async with self._database.write() as connection:
            found = await connection.execute_fetchall(
                f"SELECT id, CASE WHEN {BEGINS} THEN request END AS request FROM jobs"
                f" WHERE user_id = ? AND state IN ({marks}) LIMIT {AT_ONCE}",
                (user_id, *_FINAL),
            )
            ids = tuple(row["id"] for row in found)
            these = ", ".join("?" * len(ids))
            named = await connection.execute_fetchall(
                f"SELECT DISTINCT sha256 FROM images WHERE job_id IN ({these})", ids
            )
            await connection.execute(f"DELETE FROM jobs WHERE id IN ({these})", ids)
        hashes = tuple(row["sha256"] for row in named)
        marks = ", ".join("?" * len(hashes))
        others = await self._database.fetch_all(
            f"SELECT DISTINCT sha256 FROM images WHERE sha256 IN ({marks})", hashes
        )
        still_named = {row["sha256"] for row in others}
        sources = {each for row in found if row["request"] for each in source_files(row["request"])}
        if sources:
            sources -= await named_sources(self._database)
        return Erased(len(ids), tuple(each for each in hashes if each not in still_named), tuple(sources))

    async def erase_rest(self, user_id: int) -> None:
        """Erase what else there is, but for what a person must not be rid of by erasing it.

        That are the refused requests and the quota's counts for as long as they count, and the books of
        servers, which are the servers'.
        """
        now = time.time()
        async with self._database.write() as connection:
            for table in ("favourites", "presets", "defaults"):
                await connection.execute(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))
            await connection.execute(
                "DELETE FROM strikes WHERE user_id = ? AND at <= ?", (user_id, now - STRIKES_COUNT)
            )
            await connection.execute(
                "DELETE FROM leases WHERE user_id = ? AND state != 'held' AND taken_at <= ?",
                (user_id, now - DAY),
            )

    async def forget_old(self) -> None:
        """Forget refused requests that are too old to matter."""
        await self._database.change("DELETE FROM strikes WHERE at <= ?", (time.time() - STRIKES_KEPT,))

    async def scrub(self) -> None:
        """Take what was erased out of the search index and the write-ahead log; raises StorageError.

        SQLite overwrites what is deleted (PRAGMA secure_delete), but the index keeps words until its parts
        are merged, and the log keeps old pages until it is emptied.
        """
        await self._search.settle()
        for _ in range(TRIES):
            if await asyncio.to_thread(self._empty_log):
                return
        raise StorageError(
            say("Everything is deleted, but somebody reads the database, so its log holds on to it.")
        )

    def _empty_log(self) -> bool:
        """Whether nothing is left in the write-ahead log; waits for those who read or write."""
        try:
            with contextlib.closing(
                sqlite3.connect(self._database.path, timeout=BUSY_MS / 1000)
            ) as connection:
                (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise fault(error) from error
        return not busy
