"""Full-text search in a person's finished jobs, newest first."""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3

from bot.storage.database import Database
from bot.storage.jobs import RECORDS, JobStore, Record

MERGED_AT_ONCE = 64
"""Pages of the index that are merged in one go: about 50 ms at 400,000 jobs."""
CHANGES_OF_A_MERGE = 2
"""Rows that a merge changes at least when there was something to merge (SQLite's documentation of FTS5)."""
LONGEST = 20
"""Words of a search that count; those after them are passed over."""


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """Some of the records that hold every word, newest first; ``older`` is where the next ones begin."""

    records: tuple[Record, ...]
    older: int | None


class JobSearch:
    """Finds jobs by whole words of what was typed and drawn; case and accents do not count.

    The index (migration 0005, kept by triggers) holds the owner as a word beside the others, so that a word
    that everybody uses is met with the person's own jobs before anything is read.
    """

    def __init__(self, database: Database, jobs: JobStore) -> None:
        self._database = database
        self._jobs = jobs
        self._words = _Words()

    async def find(self, user_id: int, text: str, *, before: int | None = None, limit: int = 5) -> Found:
        """Jobs of one person that hold every word of ``text``, ``limit`` at a time, older than ``before``.

        Nothing is found for a text without a letter or digit.
        """
        words = self._words.of(text)[:LONGEST]
        if not words:
            return Found((), None)
        match = " AND ".join(f'"{word}"' for word in (f"owner{user_id}", *words))
        numbers = await self._database.fetch_all(
            "SELECT rowid FROM search WHERE search MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
            (match, before or 2**62, limit + 1),
        )
        wanted = [int(row["rowid"]) for row in numbers[:limit]]
        marks = ", ".join("?" * len(wanted))
        # Somebody may have typed another one's owner word: whose a job is, its own row says.
        rows = await self._database.fetch_all(
            f"{RECORDS} WHERE number IN ({marks}) AND user_id = ? ORDER BY number DESC",
            (*wanted, user_id),
        )
        records = tuple(await self._jobs.records(rows))
        return Found(records, wanted[-1] if len(numbers) > limit else None)

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
