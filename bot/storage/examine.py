"""Looks at a database file without changing it, for the doctor."""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
import urllib.parse
from pathlib import Path

from bot.storage.migrate import migrations


@dataclasses.dataclass(frozen=True, slots=True)
class Examination:
    """What was found: the file's version, the program's newest, and a problem in words, if there is one."""

    version: int
    newest: int
    problem: str | None


def examine(path: Path) -> Examination:
    """Read a database's version and run SQLite's quick check on it; the file must exist."""
    newest = migrations()[-1].version
    address = f"file:{urllib.parse.quote(str(path.absolute()))}?mode=ro"
    if not path.with_name(f"{path.name}-wal").exists():
        # Nobody has it open: read it alone, or SQLite would leave files that the bot's user may not own.
        address += "&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=5.0)) as connection:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return Examination(0, newest, str(error))
    return Examination(version, newest, None if said == "ok" else str(said))
