"""Looks at a database file without changing it, for the doctor and the command line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from bot.core.errors import StorageError
from bot.storage.backup import Backups, problem_of
from bot.storage.migrate import current_version, migrations


@dataclasses.dataclass(frozen=True, slots=True)
class Examination:
    """What was found: the version, the program's own, bytes with the WAL, the last backup, and a problem."""

    version: int
    newest: int
    size: int
    backup: Path | None
    problem: str | None


def examine(path: Path, *, check: bool = True) -> Examination:
    """Read a database's version and, unless told otherwise, run SQLite's quick check; blocking.

    A file that is not there has version 0 and no problem.
    """
    newest, backup = migrations()[-1].version, Backups(path, 0).newest()
    if not path.exists():
        return Examination(0, newest, 0, backup, None)
    size = sum(each.stat().st_size for each in (path, path.with_name(f"{path.name}-wal")) if each.exists())
    problem = problem_of(path, quick=True) if check else None
    try:
        version = 0 if problem else current_version(path)
    except StorageError as error:
        version, problem = 0, str(error)
    return Examination(version, newest, size, backup, problem)
