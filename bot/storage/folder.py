"""The folder that everything is kept in: made when it is missing, held by one program at a time."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from bot.core.errors import StorageError

LOCK = "lock"
ROOM = 100 * 1024**2
"""Bytes of free disk below which nothing new is taken on, so that what was accepted can still be kept."""
LOOK = 1.0
"""Seconds for which the room on the disk counts as known."""


def make(folder: Path) -> None:
    """Make the folder when it is missing; raises StorageError when that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _useless(folder, error) from None


class Room:
    """The room on a folder's disk; looked up once a second at most, since a crowd asks at the same moment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._free = 0
        self._looked_at = float("-inf")

    def require(self) -> None:
        """Raise StorageError, for the asker to read, when the disk is nearly full."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK or self._free < ROOM:
            try:
                self._free = shutil.disk_usage(self._folder).free
            except OSError as error:
                raise _useless(self._folder, error) from None
            self._looked_at = now
        if self._free < ROOM:
            raise StorageError(
                "The disk of this bot is nearly full, so nothing new is taken on; "
                "whoever runs it has to make room."
            )


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder for the length of a ``with``, so that no two bots draw the same jobs.

    The system lets go of it when the process ends, however that comes about. Raises StorageError when the
    folder cannot be made or written, or another program holds it.
    """
    make(folder)
    try:
        file = (folder / LOCK).open("a")
    except OSError as error:
        raise _useless(folder, error) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StorageError(
                f"The storage folder {folder} is in use by another bot; stop that one, or name another."
            ) from None
        yield


def _useless(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        f"The storage folder {folder} cannot be used: {error.strerror}; name one that can be written."
    )
