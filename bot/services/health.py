"""Tells other programs on this machine, by a small file, how the running bot is."""

from __future__ import annotations

import os
import platform
import time

from bot.core.events import Broken, Failed, JobEvent
from bot.engine.dispatcher import Dispatcher
from bot.storage.health import Health, HealthFile, WorkerHealth

EVERY = 5.0
"""Seconds between two writings."""


class HealthService:
    """Writes the health file; ``versions`` names what runs, such as ``{"bot": "1.0"}``."""

    def __init__(self, file: HealthFile, dispatcher: Dispatcher, versions: dict[str, str]) -> None:
        self._file = file
        self._dispatcher = dispatcher
        self._versions = {**versions, "python": platform.python_version()}
        self._started_at = time.time()
        self._last_error: tuple[str, float] | None = None

    def note(self, event: JobEvent) -> None:
        """Remember the last sentence in which a fault was told."""
        if isinstance(event, Broken | Failed):
            self._last_error = event.sentence, time.time()

    async def write(self, *, stopped: bool = False) -> None:
        """Write how things are now; raises StorageError."""
        snapshot = self._dispatcher.snapshot()
        running = sum(job.running for job in snapshot.jobs)
        sentence, told_at = self._last_error or (None, None)
        await self._file.write(
            Health(
                pid=os.getpid(),
                started_at=self._started_at,
                updated_at=time.time(),
                stopped=stopped,
                versions=self._versions,
                workers=tuple(
                    WorkerHealth(each.name, each.state, each.since, each.restarts, each.note)
                    for each in snapshot.workers
                ),
                running=running,
                waiting=len(snapshot.jobs) - running,
                last_error=sentence,
                last_error_at=told_at,
            )
        )
