"""Picture files, named by the hash of what is in them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from pathlib import Path

from bot.core.errors import StorageError


class PictureFiles:
    """A folder of PNG files: ``<folder>/ab/abcdef….png``. Work on the disk happens in threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

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

    def _add(self, png: bytes) -> str:
        sha256 = hashlib.sha256(png).hexdigest()
        target = self.path(sha256)
        if target.exists():
            return sha256
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
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
