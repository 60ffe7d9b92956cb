"""Finds what a person drew and marked: by words, time, rating and place, newest first."""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
from collections.abc import Iterable

from bot.core.rating import Rating
from bot.storage.database import Database
from bot.storage.jobs import RECORDS, JobStore, Record

MERGED_AT_ONCE = 64
"""Pages of the index that are merged in one go: about 50 ms at 400,000 jobs."""
CHANGES_OF_A_MERGE = 2
"""Rows that a merge changes at least when there was something to merge (SQLite's documentation of FTS5)."""
LONGEST = 20
"""Words of a search that count; those after them are passed over."""


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is left as it is narrows nothing.

    ``text`` are words that must all be there. ``since`` and ``until`` are Unix seconds, the latter just past
    the last moment. ``rating`` is the highest that one of the pictures is likeliest to have. A channel's
    threads belong to it. With ``favourite`` what the person marked is looked for, other people's as well,
    else their own jobs.
    """

    text: str = ""
    since: float | None = None
    until: float | None = None
    rating: Rating | None = None
    channel_id: int | None = None
    favourite: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """Some of the records that were wanted, newest first.

    ``older`` and ``newer`` are where the next ones begin either way; None where there are none.
    """

    records: tuple[Record, ...]
    older: int | None
    newer: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Span:
    """Jobs by number, both ends exclusive; away from ``above`` when ``up``, else from ``below``."""

    above: int
    below: int
    up: bool

    @property
    def order(self) -> str:
        return "ASC" if self.up else "DESC"


class JobSearch:
    """Finds jobs by whole words of what was typed and drawn; case and accents do not count.

    The index (migrations 0005 and 0008, kept by triggers) holds the owner, the channel and the rating as
    words beside the others, so that a word that everybody uses is met with the person's own jobs before
    anything is read.
    """

    def __init__(self, database: Database, jobs: JobStore) -> None:
        self._database = database
        self._jobs = jobs
        self._words = _Words()

    async def find(
        self,
        user_id: int,
        wanted: Wanted,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 5,
    ) -> Found:
        """Jobs that ended well, ``limit`` at a time, older than ``before`` or the next newer than ``after``.

        Nothing is found for a text without a letter or digit.
        """
        words = self._words.of(wanted.text)[:LONGEST]
        if wanted.text and not words:
            return Found((), None)
        span = _Span(after or 0, before or 2**62, after is not None)
        if wanted.favourite:
            numbers = await self._favourites(user_id, wanted, words, span, limit + 1)
        else:
            numbers = await self._own(user_id, wanted, words, span, limit + 1)
        shown = sorted(numbers[:limit], reverse=True)
        more = len(numbers) > limit
        if not shown:
            return Found((), None)
        older = shown[-1] if more or span.up else None
        newer = shown[0] if (more if span.up else before is not None) else None
        return Found(await self._records(user_id, wanted, shown), older, newer)

    async def _own(
        self, user_id: int, wanted: Wanted, words: list[str], span: _Span, limit: int
    ) -> list[int]:
        """The numbers of a person's own jobs, by the index."""
        above, below = span.above, span.below
        if wanted.since is not None:
            first = await self._edge(user_id, "created_at >= ?", wanted.since, "ASC")
            above = max(above, 2**62 if first is None else first - 1)
        if wanted.until is not None:
            last = await self._edge(user_id, "created_at < ?", wanted.until, "DESC")
            below = min(below, 0 if last is None else last + 1)
        terms = [f"owner{user_id}", *words]
        if wanted.rating is not None:
            terms.append(f"rated{wanted.rating:d}")
        if wanted.channel_id is not None:
            terms.append(f"channel{wanted.channel_id}")
        rows = await self._database.fetch_all(
            "SELECT rowid FROM search WHERE search MATCH ? AND rowid > ? AND rowid < ?"
            f" ORDER BY rowid {span.order} LIMIT ?",
            (_match(terms), above, below, limit),
        )
        return [int(row["rowid"]) for row in rows]

    async def _edge(self, user_id: int, condition: str, moment: float, order: str) -> int | None:
        """The number of a person's first job by a condition on its time."""
        row = await self._database.fetch_one(
            f"SELECT number FROM jobs WHERE user_id = ? AND state = 'done' AND {condition}"
            f" ORDER BY created_at {order}, id {order} LIMIT 1",
            (user_id, moment),
        )
        return None if row is None else int(row["number"])

    async def _favourites(
        self, user_id: int, wanted: Wanted, words: list[str], span: _Span, limit: int
    ) -> list[int]:
        """The numbers of what a person marked: so few that they are looked through one by one."""
        conditions, parameters = _conditions(wanted)
        if words:
            conditions.append(
                "EXISTS (SELECT 1 FROM search WHERE search MATCH ? AND search.rowid = jobs.number)"
            )
            parameters.append(_match(words))
        rows = await self._database.fetch_all(
            "SELECT number FROM favourites JOIN jobs ON jobs.id = job_id WHERE favourites.user_id = ?"
            f" AND {' AND '.join(conditions)} AND number > ? AND number < ?"
            f" ORDER BY number {span.order} LIMIT ?",
            (user_id, *parameters, span.above, span.below, limit),
        )
        return [int(row["number"]) for row in rows]

    async def _records(self, user_id: int, wanted: Wanted, numbers: list[int]) -> tuple[Record, ...]:
        """The jobs themselves. Somebody may have typed the index's own words: what a row says counts."""
        conditions, parameters = _conditions(wanted)
        if not wanted.favourite:
            conditions.append("user_id = ?")
            parameters.append(user_id)
        marks = ", ".join("?" * len(numbers))
        rows = await self._database.fetch_all(
            f"{RECORDS} WHERE number IN ({marks}) AND {' AND '.join(conditions)} ORDER BY number DESC",
            (*numbers, *parameters),
        )
        return tuple(await self._jobs.records(rows))

    async def settle(self) -> None:
        """Take the words of deleted jobs out of the file; seconds at a million jobs, others have turns."""
        pages = -MERGED_AT_ONCE  # below zero: of everything, however little there is to merge
        changes = CHANGES_OF_A_MERGE
        while changes >= CHANGES_OF_A_MERGE:
            async with self._database.write() as connection:
                before = connection.total_changes
                await connection.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages,))
                changes = connection.total_changes - before
            pages = MERGED_AT_ONCE


def _match(words: Iterable[str]) -> str:
    return " AND ".join(f'"{word}"' for word in words)


def _conditions(wanted: Wanted) -> tuple[list[str], list[object]]:
    """What a job's own row must say, as SQL and its parameters."""
    conditions, parameters = ["jobs.state = 'done'"], list[object]()
    if wanted.since is not None:
        conditions.append("created_at >= ?")
        parameters.append(wanted.since)
    if wanted.until is not None:
        conditions.append("created_at < ?")
        parameters.append(wanted.until)
    if wanted.rating is not None:
        conditions.append("rating = ?")
        parameters.append(wanted.rating)
    if wanted.channel_id is not None:
        conditions.append("? IN (channel_id, parent_id)")
        parameters.append(wanted.channel_id)
    return conditions, parameters


class _Words:
    """Splits a text exactly as the index does, by asking SQLite itself."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._connection.execute(
            "CREATE VIRTUAL TABLE typed USING fts5(words, tokenize = 'unicode61 remove_diacritics 2')"
        )
        self._connection.execute("CREATE VIRTUAL TABLE split USING fts5vocab(typed, 'instance')")

    def of(self, text: str) -> list[str]:
        """The words in order, each once."""
        whole = text.encode("utf-8", "ignore").decode()  # half of a surrogate pair is no character
        with contextlib.closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN")
            cursor.execute("INSERT INTO typed VALUES (?)", (whole,))
            words = [word for (word,) in cursor.execute('SELECT term FROM split ORDER BY "offset"')]
            cursor.execute("ROLLBACK")
        return list(dict.fromkeys(words))
