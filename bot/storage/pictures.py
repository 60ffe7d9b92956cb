"""Picture files, named by the hash of what is in them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from bot.core.errors import StorageError

SOURCES = "sources"
"""The folder in the storage folder for pictures that requests begin from."""


class PictureFiles:
    """A folder of PNG files: ``<folder>/ab/abcdef….png``. Work on the disk happens in threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def path(self, sha256: str) -> Path:
        """Where the file with that hash lies, whether it is there or not."""
        return self._folder / sha256[:2] / f"{sha256}.png"

    async def add(self, png: bytes) -> str:
        """Keep a file and return its sha256 in hex; it is on the disk when this returns."""
        return await asyncio.to_thread(self._add, png)

    async def read(self, sha256: str) -> bytes | None:
        """The file's bytes, or None when it is not there (any more)."""

        def read() -> bytes | None:
            try:
                return self.path(sha256).read_bytes()
            except FileNotFoundError:
                return None

        return await asyncio.to_thread(read)

    async def remove(self, sha256: str) -> None:
        """Delete a file; one that is not there (any more) is no fault."""
        try:
            await asyncio.to_thread(self.path(sha256).unlink, missing_ok=True)
        except OSError as error:
            raise StorageError(f"The picture {sha256} cannot be deleted: {error.strerror}.") from error

    async def names(self) -> dict[str, int]:
        """The hashes of all files, and their sizes in bytes."""
        return await asyncio.to_thread(self._names)

    async def sweep(self, unnamed: Iterable[str], before: float) -> int:
        """Delete files that no record names, and half-written ones, if none touched them since ``before``.

        Returns how many went. A file that is being kept again meanwhile stays.
        """
        return await asyncio.to_thread(self._sweep, list(unnamed), before)

    def _names(self) -> dict[str, int]:
        return {path.stem: path.stat().st_size for path in self._folder.glob("??/*.png")}

    def _sweep(self, unnamed: list[str], before: float) -> int:
        gone = 0
        for path in (*map(self.path, unnamed), *self._folder.glob("??/*.part")):
            with self._lock, contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    gone += 1
        return gone

    def _kept_already(self, target: Path) -> bool:
        with self._lock, contextlib.suppress(FileNotFoundError):
            os.utime(target)  # so that the sweep sees that it is wanted again
            return True
        return False

    def _add(self, png: bytes) -> str:
        sha256 = hashlib.sha256(png).hexdigest()
        target = self.path(sha256)
        try:
            if self._kept_already(target):
                return sha256
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
            with contextlib.ExitStack() as stack:
                stack.callback(Path(name).unlink, missing_ok=True)  # half a picture on a full disk
                with os.fdopen(handle, "wb") as file:
                    file.write(png)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            raise StorageError(f"A picture cannot be written to {target.parent}: {error}.") from error
        return sha256


def _sync_folder(folder: Path) -> None:
    # The rename itself survives a power cut only once the folder is on the disk too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
