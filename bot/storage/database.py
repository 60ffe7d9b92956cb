"""One SQLite file: a single writer behind a lock, and a read-only connection beside it."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import sqlite3
import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import aiosqlite

from bot.core.errors import StorageError
from bot.storage.migrate import upgrade

Row = aiosqlite.Row


TOGETHER = 16
"""Changes that share a transaction at most: all who wait for it go on at once, and hold up the loop."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Change:
    sql: str
    parameters: tuple[Any, ...]
    made: asyncio.Future[int]


class Database:
    """An open database; ``async with await Database.open(path)`` closes both connections at the end.

    Tasks that shared one connection would interleave their transactions, hence the lock; WAL lets
    readers go on meanwhile, and ``synchronous = FULL`` lets a commit survive a power cut.
    """

    def __init__(self, path: Path, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader
        self._lock = asyncio.Lock()
        self._changes: collections.deque[_Change] = collections.deque()
        self._making: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Migrate and open the file; raises StorageError with one sentence when that cannot be."""
        await asyncio.to_thread(upgrade, path)
        read_only = f"file:{urllib.parse.quote(str(path))}?mode=ro"
        async with contextlib.AsyncExitStack() as stack:
            try:
                writer = await aiosqlite.connect(path, isolation_level=None)
                stack.push_async_callback(writer.close)
                await writer.execute("PRAGMA synchronous = FULL")
                await writer.execute("PRAGMA foreign_keys = ON")
                await writer.execute("PRAGMA busy_timeout = 5000")
                reader = await aiosqlite.connect(read_only, uri=True)
                stack.push_async_callback(reader.close)
            except sqlite3.Error as error:
                raise StorageError(f"The database {path} cannot be opened: {error}.") from error
            writer.row_factory = reader.row_factory = aiosqlite.Row
            # An unclosed connection keeps the process alive, so only a complete pair leaves here.
            stack.pop_all()
            return cls(path, writer, reader)
        raise AssertionError("unreachable")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close both connections; the writer last, so that SQLite folds the WAL into the file."""
        if self._making is not None:
            await asyncio.wait([self._making])
        await self._reader.close()
        async with self._lock:
            await self._writer.close()

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[aiosqlite.Connection]:
        """A transaction: committed when the block ends well, rolled back when it raises.

        Raises StorageError when the disk is full, the file read-only or locked by another program.
        """
        async with self._lock:
            try:
                await self._writer.execute("BEGIN IMMEDIATE")
                try:
                    yield self._writer
                except BaseException:
                    await self._writer.execute("ROLLBACK")
                    raise
                await self._writer.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if self._writer.in_transaction:
                    await self._writer.execute("ROLLBACK")
                raise StorageError(f"The database {self.path} cannot be written: {error}.") from error

    async def change(self, sql: str, parameters: tuple[Any, ...] = ()) -> int:
        """Carry out one statement; returns how many rows it changed, once they are on the disk.

        Statements that come at the same moment share a transaction, since a commit waits for the disk: a
        crowd is written in a few commits, not in one for each. None of them sees another one fail. Raises
        as ``write`` does.
        """
        change = _Change(sql, parameters, asyncio.get_running_loop().create_future())
        self._changes.append(change)
        if self._making is None:
            self._making = asyncio.create_task(self._make_changes())
        return await change.made

    async def _make_changes(self) -> None:
        try:
            while self._changes:
                await self._make_some()
        finally:
            self._making = None

    async def _make_some(self) -> None:
        some: list[_Change] = []
        outcomes: list[int | Exception] = []
        try:
            async with self.write() as connection:
                some = self._take()
                outcomes = [await _carry_out(connection, change) for change in some]
        except Exception as error:
            some = some or self._take()
            outcomes = [error] * len(some)
        for change, outcome in zip(some, outcomes, strict=True):
            if change.made.done():  # whoever waited was cancelled
                continue
            if isinstance(outcome, Exception):
                change.made.set_exception(outcome)
            else:
                change.made.set_result(outcome)

    def _take(self) -> list[_Change]:
        return [self._changes.popleft() for _ in range(min(TOGETHER, len(self._changes)))]

    async def fetch_all(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Row]:
        """Every row of a query, from the read-only connection."""
        async with self._reader.execute(sql, parameters) as cursor:
            return list(await cursor.fetchall())

    async def fetch_one(self, sql: str, parameters: tuple[Any, ...] = ()) -> Row | None:
        """The first row of a query, or None, from the read-only connection."""
        async with self._reader.execute(sql, parameters) as cursor:
            return await cursor.fetchone()


async def _carry_out(connection: aiosqlite.Connection, change: _Change) -> int | Exception:
    """Rows that were changed, or why a constraint forbade it; the transaction goes on without it then."""
    try:
        return (await connection.execute(change.sql, change.parameters)).rowcount
    except sqlite3.IntegrityError as error:
        return error
