"""Copies of the database: made beside a running bot, checked, kept in a folder, the oldest thrown away."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
import shutil
import sqlite3
import threading
import time
import urllib.parse
from pathlib import Path

from bot.core.errors import StorageError

log = logging.getLogger(__name__)

FOLDER = "backups"
DAY = 86_400.0
"""Seconds after the last copy when the next one is due."""
CHECK = 600.0
"""Seconds between two looks at whether one is due."""
CUT_OFF = 3600.0
"""Seconds for which nothing was added to a copy that nobody makes any more."""
_PAGES = 2_000
"""Pages that are copied at a time (8 MB), so that a stop need not wait for the rest."""
_SPARE = 64 * 1024**2
"""Bytes of disk that a copy leaves free."""


class Backups:
    """The copies of one database, in ``backups`` beside it; the newest ``keep`` stay (0: none is due)."""

    def __init__(self, database: Path, keep: int) -> None:
        self.database = database
        self.folder = database.parent / FOLDER
        self._keep = keep

    def all(self) -> list[Path]:
        """Every copy, the newest first; the moment is in the name."""
        return sorted(self.folder.glob(f"{self.database.stem}-*.sqlite3"), reverse=True)

    def newest(self) -> Path | None:
        """The newest copy, if there is one."""
        return next(iter(self.all()), None)

    def make(self, label: str = "", stop: threading.Event | None = None) -> Path:
        """Copy the database and return where it is; blocking. Raises as ``copy`` does."""
        moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S-%f")
        target = self.folder / f"{self.database.stem}-{moment}{label}.sqlite3"
        self._forget_cut_off()
        copy(self.database, target, stop)
        return target

    async def tend(self) -> None:
        """Make a copy when a day has passed since the last one, and throw away those that are too many."""
        if not self._keep or not await asyncio.to_thread(self._due):
            return
        stop = threading.Event()
        try:
            made = await asyncio.to_thread(self.make, "", stop)
        except asyncio.CancelledError:
            stop.set()
            raise
        log.info("the database was copied to %s", made)
        for old in self.all()[self._keep :]:
            old.unlink(missing_ok=True)

    def _forget_cut_off(self) -> None:
        """Remove what a program that was killed left half copied, as large as it may be."""
        for part in self.folder.glob(f"{self.database.stem}-*.part"):
            with contextlib.suppress(OSError):
                if not 0 <= time.time() - part.stat().st_mtime < CUT_OFF:
                    part.unlink()

    def _due(self) -> bool:
        newest = self.newest()
        return newest is None or not 0 <= time.time() - newest.stat().st_mtime < DAY


def copy(source: Path, target: Path, stop: threading.Event | None = None) -> None:
    """Copy a database as it is at this moment, in use or not, to a file that does not exist; blocking.

    The copy is checked: a damaged database is never a backup. Raises StorageError for that, for a target that
    exists, a source that does not, too little room, and when ``stop`` was set meanwhile.
    """
    if target.exists():
        raise StorageError(f"{target} exists already; name a file that does not.")
    if not source.exists():
        raise StorageError(f"There is no database at {source}.")
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _require_room(source, target.parent)
        part.unlink(missing_ok=True)  # an earlier one of the same name that was cut off
        with contextlib.ExitStack() as stack:
            stack.callback(part.unlink, missing_ok=True)
            stop = stop or threading.Event()
            _copy(source, part, stop)
            problem = problem_of(part, stop=stop)
            _go_on(stop)
            if problem is not None:
                raise StorageError(f"The database {source} is damaged, so it was not copied: {problem}.")
            shutil.copymode(source, part)
            part.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"The database {source} cannot be copied to {target}: {error}.") from error


def problem_of(path: Path, *, quick: bool = False, stop: threading.Event | None = None) -> str | None:
    """What SQLite's own check finds wrong with a file, in its words, or None; blocking, changes nothing.

    The quick check leaves out whether indexes agree with their tables. A check that is stopped is a problem.
    """
    try:
        with contextlib.closing(sqlite3.connect(read_only(path), uri=True, timeout=5.0)) as connection:
            if stop is not None:
                connection.set_progress_handler(stop.is_set, 100_000)
            (said,) = connection.execute(
                "PRAGMA quick_check(1)" if quick else "PRAGMA integrity_check(1)"
            ).fetchone()
            if said == "ok" and not quick:
                broken = connection.execute("PRAGMA foreign_key_check").fetchone()
                said = f"a row of {broken[0]} belongs to nothing" if broken else said
    except sqlite3.Error as error:
        return str(error)
    return None if said == "ok" else " ".join(str(said).split())


def read_only(path: Path) -> str:
    """The address that opens a file for reading only, without leaving files beside it."""
    address = f"file:{urllib.parse.quote(str(path.absolute()))}?mode=ro"
    if not path.with_name(f"{path.name}-wal").exists():
        # Nobody has it open: read it alone, or SQLite would leave files that the bot's user may not own.
        address += "&immutable=1"
    return address


def damaged(path: Path, problem: str) -> StorageError:
    """The error for a database that cannot be trusted: says what to do, with the newest backup's name."""
    newest = Backups(path, 0).newest()
    away = f"stop the bot, move {path.name}, {path.name}-wal and {path.name}-shm to another folder"
    if newest is None:
        then = f"start again with none, as there is no backup in {path.parent / FOLDER}"
    else:
        then = f"copy {newest} to {path}"
    return StorageError(f"The database {path} is damaged ({problem.rstrip('.')}): {away}, and {then}.")


def _copy(source: Path, part: Path, stop: threading.Event) -> None:
    with (
        contextlib.closing(sqlite3.connect(read_only(source), uri=True, isolation_level=None)) as live,
        contextlib.closing(sqlite3.connect(part, isolation_level=None)) as made,
    ):
        # A read transaction holds on to this moment; without it every write would begin the copy anew.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(made, pages=_PAGES, progress=lambda *_: _go_on(stop))
        made.execute("PRAGMA journal_mode = DELETE").fetchone()  # one file, with nothing beside it


def _go_on(stop: threading.Event) -> None:
    if stop.is_set():
        raise StorageError("The copy of the database was given up, since the bot stops.")


def _require_room(source: Path, folder: Path) -> None:
    needed = source.stat().st_size + _SPARE
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StorageError(
            f"A copy of the database needs {needed / 1e6:,.0f} MB and {folder} has {free / 1e6:,.0f}; "
            "make room there."
        )
