"""One SQLite file: a single writer behind a lock, and a read-only connection beside it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import aiosqlite

from bot.core.errors import StorageError
from bot.storage.migrate import upgrade

Row = aiosqlite.Row


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

    async def fetch_all(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Row]:
        """Every row of a query, from the read-only connection."""
        async with self._reader.execute(sql, parameters) as cursor:
            return list(await cursor.fetchall())

    async def fetch_one(self, sql: str, parameters: tuple[Any, ...] = ()) -> Row | None:
        """The first row of a query, or None, from the read-only connection."""
        async with self._reader.execute(sql, parameters) as cursor:
            return await cursor.fetchone()
