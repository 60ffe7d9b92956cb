"""Time for the loopback Discord: the real one, and one that a test moves by hand."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What the sandbox asks of time: a Unix time in seconds and a way to wait."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that stands still until `advance`; it starts at the present,
    because discord.py compares the ids made here with its own clock.
    """

    def __init__(self) -> None:
        self._now = time.time()
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + seconds, waiter))
        await waiter

    def advance(self, seconds: float) -> None:
        """Moves time forward and wakes everything that was due."""
        self._now += seconds
        for when, waiter in list(self._sleepers):
            if waiter.done():
                self._sleepers.remove((when, waiter))
            elif when <= self._now:
                self._sleepers.remove((when, waiter))
                waiter.set_result(None)
