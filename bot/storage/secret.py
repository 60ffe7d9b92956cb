"""A key that never leaves the storage folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from bot.core.errors import StorageError

LENGTH = 32
"""Bytes of a key: as many as SHA-256 gives."""


class SecretKey:
    """Random bytes in a file that only its owner may read, made when they are first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None

    async def get(self) -> bytes:
        """The key; raises StorageError when it can be neither read nor made."""
        if self._key is None:
            self._key = await asyncio.to_thread(self._load)
        return self._key

    def _load(self) -> bytes:
        try:
            if not self._path.exists():
                self._make()
            key = self._path.read_bytes()
        except OSError as error:
            raise StorageError(f"The key {self._path} cannot be used: {error.strerror}.") from None
        if len(key) != LENGTH:
            raise StorageError(
                f"The key {self._path} has {len(key)} bytes and should have {LENGTH}; "
                "remove it, and a new one is made."
            )
        return key

    def _make(self) -> None:
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(LENGTH))
                file.flush()
                os.fsync(file.fileno())
            # A link appears whole or not at all, and leaves alone what another one made meanwhile.
            with contextlib.suppress(FileExistsError):
                os.link(name, self._path)
        finally:
            Path(name).unlink()
