"""A small file by which the running bot tells other programs how it is."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import tempfile
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.core.errors import StorageError

NAME = "health.json"


@dataclasses.dataclass(frozen=True, slots=True)
class WorkerHealth:
    """One worker: its condition (``loading``, ``ready``, ``degraded``, ``dead``) since when, and why."""

    name: str
    state: str
    since: float
    restarts: int
    note: str


@dataclasses.dataclass(frozen=True, slots=True)
class Health:
    """How the bot was when it wrote this; times are Unix seconds. ``stopped`` tells of a clean end."""

    pid: int
    started_at: float
    updated_at: float
    stopped: bool
    versions: dict[str, str]
    workers: tuple[WorkerHealth, ...]
    running: int
    waiting: int
    last_error: str | None = None
    last_error_at: float | None = None


_HEALTH = TypeAdapter(Health)


class HealthFile:
    """The file under the storage folder; it is replaced whole, so that a reader never sees half of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    async def write(self, health: Health) -> None:
        """Put a new state in place of the last; raises StorageError when the disk does not take it."""
        await asyncio.to_thread(self._write, health)

    def read(self) -> Health | None:
        """The last state that was written, or None; raises StorageError for a file that is no such thing."""
        try:
            return _HEALTH.validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise StorageError(f"The health file {self.path} cannot be read: {_first_line(error)}.") from None

    def _write(self, health: Health) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f"{NAME}.", suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(_HEALTH.dump_json(health, indent=2) + b"\n")
            Path(name).replace(self.path)
        except OSError as error:
            raise StorageError(f"The health file {self.path} cannot be written: {error}.") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
