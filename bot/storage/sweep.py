"""Records against files, and jobs that are kept long enough."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Collection

from bot.core.job import JobState
from bot.storage.compact import REQUEST
from bot.storage.database import Database

AT_ONCE = 5000
"""Records that are read in one go: others have their turns in between."""
DELETED_AT_ONCE = 200

_ENDED = ", ".join(f"'{state}'" for state in JobState if state.final)
_FREE = f"state IN ({_ENDED}) AND id NOT IN (SELECT job_id FROM deliveries WHERE state = 'owed')"
"""A job that may go: nothing of it is still to be drawn or shown."""

_OWN_FAVOURITE = (
    "EXISTS (SELECT 1 FROM favourites WHERE favourites.job_id = jobs.id"
    " AND favourites.user_id = jobs.user_id)"
)
"""A job that whoever asked for it has among their favourites."""

BEGINS = "instr(request, '\"source\":{') > 0"
"""A job that begins from a picture; what people type cannot look like that, since quotes are escaped."""


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """A picture's record: its job, its place there, its file's hash, and whether that was found gone."""

    job_id: str
    position: int
    sha256: str
    gone: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """What is kept for a job: the hashes of its pictures and of what it began from."""

    job_id: str
    pictures: list[str]
    sources: tuple[str, ...]


class SweepStore:
    """Reads every record, and deletes jobs with all that hangs on them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pictures(self) -> AsyncIterator[list[Named]]:
        """Every picture's record, some at a time."""
        after = ("", -1)
        while True:
            rows = await self._database.fetch_all(
                "SELECT job_id, position, sha256, gone FROM images WHERE (job_id, position) > (?, ?)"
                f" ORDER BY job_id, position LIMIT {AT_ONCE}",
                after,
            )
            if not rows:
                return
            yield [Named(row["job_id"], row["position"], row["sha256"], bool(row["gone"])) for row in rows]
            after = rows[-1]["job_id"], rows[-1]["position"]

    async def sources(self) -> set[str]:
        """The hashes of all files that some job begins from."""
        return await named_sources(self._database)

    async def mark_gone(self, named: Named) -> None:
        """Remember that a record's file is not there."""
        await self._database.change(
            "UPDATE images SET gone = 1 WHERE job_id = ? AND position = ? AND sha256 = ?",
            (named.job_id, named.position, named.sha256),
        )

    async def older_than(self, moment: float) -> list[str]:
        """Jobs that were asked for before a moment, in Unix seconds, and may go.

        What its own asker has among their favourites stays.
        """
        return await self._ids(f"created_at < ? AND NOT {_OWN_FAVOURITE}", (moment,))

    async def of_guild(self, guild_id: int) -> list[str]:
        """A server's jobs that may go."""
        return await self._ids("guild_id = ?", (guild_id,))

    async def begun_from(self) -> Counter[str]:
        """The hashes of all files that jobs begin from, and how many jobs that are."""
        return await _count_sources(self._database)

    async def oldest_first(self) -> list[Kept]:
        """Jobs that keep files and may go; favourites of their askers' come last."""
        rows = await self._database.fetch_all(
            f"SELECT jobs.id, sha256, CASE WHEN {BEGINS} THEN request END AS request"
            f" FROM jobs LEFT JOIN images ON job_id = jobs.id WHERE {_FREE} AND (sha256 NOTNULL OR {BEGINS})"
            f" ORDER BY {_OWN_FAVOURITE}, jobs.created_at, jobs.id"
        )
        found: dict[str, Kept] = {}
        for row in rows:
            if row["id"] not in found:
                sources = () if row["request"] is None else source_files(row["request"])
                found[row["id"]] = Kept(row["id"], [], sources)
            if row["sha256"] is not None:
                found[row["id"]].pictures.append(row["sha256"])
        return list(found.values())

    async def delete(self, job_ids: Collection[str]) -> None:
        """Delete jobs; their images' rows and their words in the search go along."""
        left = list(job_ids)
        while left:
            some, left = left[:DELETED_AT_ONCE], left[DELETED_AT_ONCE:]
            marks = ", ".join("?" * len(some))
            await self._database.change(f"DELETE FROM jobs WHERE id IN ({marks})", tuple(some))

    async def erase(self, job_id: str) -> list[str]:
        """Delete a job, and return the hashes of those of its pictures that no other job's record names."""
        async with self._database.write() as connection:
            rows = await connection.execute_fetchall(
                "SELECT DISTINCT sha256 FROM images AS own WHERE job_id = ? AND NOT EXISTS"
                " (SELECT 1 FROM images WHERE sha256 = own.sha256 AND job_id != own.job_id)",
                (job_id,),
            )
            await connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
        return [row["sha256"] for row in rows]

    async def _ids(self, condition: str, parameters: tuple[object, ...]) -> list[str]:
        rows = await self._database.fetch_all(
            f"SELECT id FROM jobs WHERE {condition} AND {_FREE} ORDER BY created_at", parameters
        )
        return [row["id"] for row in rows]


async def named_sources(database: Database) -> set[str]:
    """The hashes of all files that some job begins from; reads every job, some at a time."""
    return set(await _count_sources(database))


async def _count_sources(database: Database) -> Counter[str]:
    named: Counter[str] = Counter()
    after = ""
    while True:
        rows = await database.fetch_all(
            f"SELECT id, CASE WHEN {BEGINS} THEN request END AS request FROM jobs WHERE id > ?"
            f" ORDER BY id LIMIT {AT_ONCE}",
            (after,),
        )
        if not rows:
            return named
        after = rows[-1]["id"]
        for row in rows:
            if row["request"] is not None:
                named.update(source_files(row["request"]))


def source_files(request: str) -> tuple[str, ...]:
    """The hashes of what a stored request begins from."""
    source = REQUEST.load(request).source
    return () if source is None else source.files
