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
from typing import Any, Self, TypeAlias

import aiosqlite

from bot.core.errors import StorageError
from bot.storage.faults import fault
from bot.storage.migrate import upgrade

Row = aiosqlite.Row
Statement: TypeAlias = tuple[str, tuple[Any, ...]]
"""SQL and its parameters."""

DATABASE = "bot.sqlite3"
"""The file's name in the storage folder."""

TOGETHER = 64
"""Changes that share a transaction at most, and so one wait for the disk."""
AT_ONCE = 4
"""How many who waited for one go on in the same turn of the loop: what each of them does next holds it up."""
BUSY_MS = 1000
"""How long a statement waits for another program that holds the file: Discord gives an answer three seconds,
and whoever comes while others wait has to wait twice."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Change:
    statements: tuple[Statement, ...]
    made: asyncio.Future[int]


class Database:
    """An open database; ``async with await Database.open(path)`` closes its connections at the end.

    Tasks that shared one connection would interleave their transactions, hence the lock; WAL lets
    readers go on meanwhile, and ``synchronous = FULL`` lets a commit survive a power cut. ``write`` and
    ``change`` have a connection each, and take turns: a crowd's changes are made in one go in a thread,
    where statement by statement the way there and back would take longer than the work.
    """

    def __init__(
        self,
        path: Path,
        writer: aiosqlite.Connection,
        changer: sqlite3.Connection,
        reader: aiosqlite.Connection,
    ) -> None:
        self.path = path
        self._writer = writer
        self._changer = changer
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
                for pragma in _PRAGMAS:
                    await writer.execute_fetchall(pragma)
                changer = await asyncio.to_thread(_connect, path)
                stack.callback(changer.close)
                reader = await aiosqlite.connect(read_only, uri=True)
                stack.push_async_callback(reader.close)
            except sqlite3.Error as error:
                raise StorageError(f"The database {path} cannot be opened: {error}.") from error
            writer.row_factory = reader.row_factory = aiosqlite.Row
            # An unclosed connection keeps the process alive, so only a complete set leaves here.
            stack.pop_all()
            return cls(path, writer, changer, reader)
        raise AssertionError("unreachable")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection; the writer last, so that SQLite folds the WAL into the file."""
        if self._making is not None:
            await asyncio.wait([self._making])
        await self._reader.close()
        async with self._lock:
            self._changer.close()
            await self._writer.close()

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[aiosqlite.Connection]:
        """A transaction: committed when the block ends well, rolled back when it raises.

        Raises StorageError when the disk is full, or the file read-only, damaged or locked by others.
        """
        async with self._lock:
            try:
                await self._writer.execute("BEGIN IMMEDIATE")
                try:
                    yield self._writer
                    await self._writer.execute("COMMIT")
                finally:
                    # A full disk makes SQLite roll back by itself.
                    if self._writer.in_transaction:
                        await self._writer.execute("ROLLBACK")
            except _THE_CALLERS:
                raise
            except sqlite3.Error as error:
                raise fault(error) from error

    async def change(self, sql: str, parameters: tuple[Any, ...] = (), *then: Statement) -> int:
        """Carry out one statement; returns how many rows it changed, once they are on the disk.

        The statements in ``then`` follow only when the first one changed something; all of them are kept,
        or none is. Changes that come at the same moment share a transaction, since a commit waits for the
        disk: a crowd is written in a few commits, not in one for each. None of them sees another one fail.
        Raises as ``write`` does, and sqlite3.IntegrityError for what a constraint forbids.
        """
        made: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._changes.append(_Change(((sql, parameters), *then), made))
        if self._making is None:
            self._making = asyncio.create_task(self._make_changes())
        return await made

    async def _make_changes(self) -> None:
        try:
            while self._changes:
                async with self._lock:
                    some = [self._changes.popleft() for _ in range(min(TOGETHER, len(self._changes)))]
                    outcomes = await self._outcomes(some)
                for number, (change, outcome) in enumerate(zip(some, outcomes, strict=True), 1):
                    if change.made.done():  # whoever waited was cancelled
                        continue
                    if isinstance(outcome, Exception):
                        change.made.set_exception(outcome)
                    else:
                        change.made.set_result(outcome)
                    if number % AT_ONCE == 0:
                        await asyncio.sleep(0)
        finally:
            self._making = None

    async def _outcomes(self, changes: list[_Change]) -> list[int | Exception]:
        try:
            return await asyncio.to_thread(_carry_out, self._changer, changes)
        except Exception as error:  # whoever waits must hear of it, whatever it is
            return [error] * len(changes)

    async def fetch_all(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Row]:
        """Every row of a query, from the read-only connection; raises StorageError."""
        try:
            return list(await self._reader.execute_fetchall(sql, parameters))
        except sqlite3.DatabaseError as error:
            raise fault(error) from error

    async def fetch_one(self, sql: str, parameters: tuple[Any, ...] = ()) -> Row | None:
        """The first row of a query, or None, from the read-only connection; raises StorageError."""
        rows = await self.fetch_all(sql, parameters)
        return rows[0] if rows else None


_THE_CALLERS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError)
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what people delete is overwritten
    f"PRAGMA busy_timeout = {BUSY_MS}",
)


def _connect(path: Path) -> sqlite3.Connection:
    # One thread at a time uses it, though not always the same one.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()
    return connection


def _carry_out(connection: sqlite3.Connection, changes: list[_Change]) -> list[int | Exception]:
    """One transaction for all of them; returns what each of them changed, or why it did not."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            outcomes = _carry_out_all(connection, changes)
            connection.execute("COMMIT")
        finally:
            # A full disk makes SQLite roll back by itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        return [_as_fault(error) for _ in changes]
    return outcomes


def _carry_out_all(connection: sqlite3.Connection, changes: list[_Change]) -> list[int | Exception]:
    try:
        return [_carry_out_one(connection, change.statements) for change in changes]
    except Exception:
        if not connection.in_transaction:
            raise  # nothing of the transaction is left
        # One of them cannot be, which is rare. A savepoint for each sets it apart from the others, and takes
        # as long as half of what is written.
        connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")
        return [_try_one(connection, change.statements) for change in changes]


def _carry_out_one(connection: sqlite3.Connection, statements: tuple[Statement, ...]) -> int:
    changed = connection.execute(*statements[0]).rowcount
    if changed:
        for sql, parameters in statements[1:]:
            connection.execute(sql, parameters)
    return changed


def _try_one(connection: sqlite3.Connection, statements: tuple[Statement, ...]) -> int | Exception:
    connection.execute("SAVEPOINT change")
    try:
        changed = _carry_out_one(connection, statements)
    except Exception as error:
        if not connection.in_transaction:
            raise  # nothing of the transaction is left
        connection.execute("ROLLBACK TO change")
        connection.execute("RELEASE change")
        return _as_fault(error)
    connection.execute("RELEASE change")
    return changed


def _as_fault(error: Exception) -> Exception:
    """A constraint's and a program's faults as they are, the disk's and the file's as a StorageError."""
    if not isinstance(error, sqlite3.Error) or isinstance(error, _THE_CALLERS):
        return error
    told = fault(error)
    told.__cause__ = error
    return told
