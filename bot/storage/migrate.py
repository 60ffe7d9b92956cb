"""Brings a database file to this program's version, each step in one transaction with its record."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.resources
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from bot.core.errors import StorageError
from bot.storage.backup import Backups, damaged, problem_of, read_only
from bot.storage.faults import code_of
from bot.storage.folder import make

LARGE = 10**9
"""Bytes up to which a file that was left open is checked in full: 13 s of a CPU. The quick check of a larger
one takes 2 s for as much, and the rest is left to the next backup, which checks its copy in full."""

_LET = "let the bot's user read and write it and its folder"


@dataclasses.dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step: ``version`` is what ``PRAGMA user_version`` says after it."""

    version: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """Every step that ships with this program, in order."""
    folder = importlib.resources.files("bot.storage.migrations")
    found = []
    for entry in folder.iterdir():
        if entry.name.endswith(".sql"):
            number, _, name = entry.name.removesuffix(".sql").partition("_")
            found.append(Migration(int(number), name, entry.read_text("utf-8")))
    return sorted(found, key=lambda migration: migration.version)


def current_version(path: Path) -> int:
    """The version of a database file; 0 for one that does not exist yet. Raises StorageError."""
    if not path.exists():
        return 0
    try:
        with contextlib.closing(sqlite3.connect(read_only(path), uri=True)) as connection:
            return _version(connection)
    except sqlite3.Error as error:
        raise _cannot(path, error) from error


def upgrade(path: Path) -> list[Migration]:
    """Apply what is missing and return it; an existing file is backed up first, and checked when it was left
    open.

    Raises StorageError for a folder that cannot be made, a database from a newer program, a file that is
    damaged or no database, and one that cannot be written.
    """
    steps = migrations()
    make(path.parent)
    existed = path.exists()
    if existed and not os.access(path, os.W_OK):
        # SQLite would open it all the same, and complain of the first request.
        raise StorageError(f"The database {path} cannot be written: {_LET}.")
    if was_left_open(path):
        problem = problem_of(path, quick=path.stat().st_size > LARGE)
        if problem is not None:
            raise damaged(path, problem)
    with _connect(path) as connection:
        version = _version(connection)
        if version > steps[-1].version:
            raise StorageError(
                f"The database {path} has version {version}, but this program knows only up to "
                f"{steps[-1].version}; start a newer program, or restore an older backup."
            )
        missing = [step for step in steps if step.version > version]
        if missing and existed and version > 0:
            Backups(path, 0).make(f"-before-{steps[-1].version}")
        for step in missing:
            _apply(connection, step)
    return missing


def was_left_open(path: Path) -> bool:
    """Whether whoever had the database open did not close it: SQLite takes the WAL away with the last one."""
    wal = path.with_name(f"{path.name}-wal")
    return path.exists() and wal.exists() and wal.stat().st_size > 0


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    # executescript() would commit first, and a half-applied step could then be left behind.
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in _statements(step.sql):
            connection.execute(statement)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at REAL NOT NULL) STRICT"
        )
        connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (step.version, step.name, time.time()))
        connection.execute(f"PRAGMA user_version = {step.version}")


def _statements(script: str) -> Iterator[str]:
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextlib.contextmanager
def _connect(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            yield connection
    except sqlite3.Error as error:
        raise _cannot(path, error) from error


def _cannot(path: Path, error: sqlite3.Error) -> StorageError:
    match code_of(error):
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path, str(error))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            help = "close the other program that has it open"
        case sqlite3.SQLITE_FULL:
            help = "make room on the disk"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            help = _LET
        case _:
            return StorageError(f"The database {path} cannot be used: {error}.")
    return StorageError(f"The database {path} cannot be used ({error}): {help}.")
