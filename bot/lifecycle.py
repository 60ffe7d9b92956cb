"""What the bot does from its start to its end, beside what people ask for."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bot.client import Client
from bot.engine.dispatcher import Dispatcher
from bot.services import costs, health, privacy, progress, sweep
from bot.services import quota as quotas
from bot.services.health import HealthService
from bot.services.progress import ProgressBoard
from bot.services.quota import QuotaService
from bot.services.sweep import SweepService
from bot.storage.backup import CHECK, Backups

log = logging.getLogger(__name__)

TELLING = 0.2
"""Share of the time for a stop in which those who wait are told of it."""


@dataclasses.dataclass(frozen=True, slots=True)
class App:
    """What runs, opened and wired; `bot.app` makes it."""

    client: Client
    dispatcher: Dispatcher
    board: ProgressBoard
    health: HealthService
    quota: QuotaService
    keep_costs: Callable[[], Awaitable[None]]
    backups: Backups
    loaded: asyncio.Future[None]
    sweeper: SweepService
    stop_seconds: float

    async def begin(self, on_ready: Callable[[], None]) -> None:
        """Load the model, take up what an earlier run left, and say when all is ready."""
        await self.dispatcher.start()
        await self.client.wait_until_ready()
        if owed := await self.client.services.outbox.resume():
            log.info("delivering what %d jobs of an earlier run came to", owed)
        if settled := await self.quota.repair():
            log.warning("settled the quota of %d jobs that an earlier run had ended", settled)
        left = await self.client.services.imagine.resume()
        if left:
            log.info("resuming %d jobs of an earlier run", len(left))
        await self.client.services.guilds.found([guild.id for guild in self.client.guilds])
        await self.loaded
        log.info("ready")
        on_ready()

    def housekeeping(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on beside the requests, for as long as the bot runs."""
        return [
            _every(progress.REFRESH, self.refresh),
            _every(health.EVERY, self.health.write),
            _every(costs.EVERY, self.keep_costs),
            _every(CHECK, self.backups.tend),
            _every(quotas.FORGET_EVERY, self.quota.forget_old),
            _every(privacy.FORGET_EVERY, self.client.services.privacy.forget_old),
            _every(sweep.TOKENS_EVERY, self.sweeper.forget_tokens),
            _every(sweep.EVERY, self.tidy),
        ]

    async def tidy(self) -> None:
        """Delete what is no longer to be kept, and files that nobody knows of."""
        await self.client.services.guilds.purge()
        await self.sweeper.sweep()

    async def wind_down(self) -> None:
        """Accept nothing more, stop drawing, and tell those who wait that their place is kept."""
        self.client.services.imagine.close()
        telling = asyncio.create_task(self.board.tell_stop())
        await self.dispatcher.stop()
        await asyncio.wait([telling], timeout=TELLING * self.stop_seconds)
        telling.cancel()

    async def refresh(self) -> None:
        """Bring the answers of waiting jobs up to date."""
        self.board.refresh(self.dispatcher.place)

    async def close_books(self) -> None:
        """Keep what the next start wants to know, and tell other programs that this run has ended."""
        await _tried(self.keep_costs)
        await _tried(functools.partial(self.health.write, stopped=True))


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do something now and then, for ever; when it fails, the next time may be better."""
    while True:
        await _tried(work)
        await asyncio.sleep(seconds)


async def _tried(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except Exception:
        log.warning("housekeeping failed", exc_info=True)
