"""Brings a database file to this program's version, each step in one transaction with its record."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.resources
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from bot.core.errors import StorageError
from bot.storage.folder import make


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
    """The version of a database file; 0 for one that does not exist yet."""
    if not path.exists():
        return 0
    with _connect(path) as connection:
        return _version(connection)


def upgrade(path: Path) -> list[Migration]:
    """Apply what is missing and return it; an existing file is backed up first.

    Raises StorageError for a folder that cannot be made, a database from a newer program, and a file that is
    no database.
    """
    steps = migrations()
    make(path.parent)
    existed = path.exists()
    with _connect(path) as connection:
        version = _version(connection)
        if version > steps[-1].version:
            raise StorageError(
                f"The database {path} has version {version}, but this program knows only up to "
                f"{steps[-1].version}; start a newer program, or restore an older backup."
            )
        missing = [step for step in steps if step.version > version]
        if missing and existed and version > 0:
            backup(path, path.with_name(f"{path.stem}-before-{steps[-1].version}-{time.time_ns()}.sqlite3"))
        for step in missing:
            _apply(connection, step)
    return missing


def backup(path: Path, target: Path) -> None:
    """Copy a database, live or not, through SQLite's own backup; the target must not exist yet."""
    if target.exists():
        raise StorageError(f"{target} exists already; name a file that does not.")
    if not path.exists():
        raise StorageError(f"There is no database at {path}.")
    with _connect(path) as source, contextlib.closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


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
        raise StorageError(f"The database {path} cannot be used: {error}.") from error
