"""What a picture would be drawn with on this machine, told without loading any of it; no torch."""

from __future__ import annotations

import asyncio
import functools
import importlib.metadata

from bot.engine import lock
from bot.engine.lora_file import hash_of
from bot.engine.messages import WorkerSettings

LIBRARIES = ("torch", "diffusers", "transformers")
"""Those whose version can change a picture's pixels."""


@functools.cache
def libraries() -> str:
    """Their versions, as they go into receipts."""
    return "; ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)


def kind_of(device: str) -> str:
    """``cuda`` of torch's ``cuda:1``."""
    return device.partition(":")[0]


class Inventory:
    """The files that a worker with these settings draws with; each is read once, since it takes seconds."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._hashes: dict[tuple[str, str], str] = {}

    async def model_hash(self, name: str | None) -> str | None:
        """The sha256 of a model of the config's, of its own for None; None for one that is not here."""
        files = self._settings.files if name is None else self._settings.models.get(name)
        if files is None:
            return None
        return await self._hash(("model", name or ""), functools.partial(lock.digest, files.unet_weights))

    async def lora_hash(self, name: str) -> str | None:
        """The sha256 of a LoRA's tensors; None for one that is not here."""
        lora = self._settings.loras.get(name)
        if lora is None:
            return None
        return await self._hash(("lora", name), functools.partial(hash_of, lora.path))

    @property
    def upscaler(self) -> str | None:
        """The name of the network that enlarges pictures; None where there is none."""
        path = self._settings.upscaler
        return None if path is None else path.stem

    async def _hash(self, key: tuple[str, str], reading: functools.partial[str]) -> str | None:
        if key not in self._hashes:
            try:
                self._hashes[key] = await asyncio.to_thread(reading)
            except OSError:
                return None  # it was taken away since the start
        return self._hashes[key]
