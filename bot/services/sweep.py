"""Removes what nobody knows of any more, and what has been kept for as long as the owner wants."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from bot.core.quota import DAY
from bot.storage.deliveries import DeliveryStore
from bot.storage.pictures import PictureFiles
from bot.storage.sweep import SweepStore

log = logging.getLogger(__name__)

EVERY = 3600.0
"""Seconds between two sweeps."""
TOKENS_EVERY = 60.0
"""Seconds between two looks for tokens that have expired."""
FRESH = 3600.0
"""Seconds for which a file may be without a record: it is written first."""
GRAIN = 0.1
"""Seconds by which a file's time may lag behind the clock: the system's ticks are coarser."""
GB = 1_000_000_000


class SweepService:
    """``keep_days`` and ``keep_gb`` are how much is kept of jobs and their pictures, also of those that they
    began from; 0 is everything.

    What an earlier run wrote and did not record is removed at the first sweep, however fresh it is: nobody
    else writes into the folder.
    """

    def __init__(
        self,
        store: SweepStore,
        deliveries: DeliveryStore,
        files: PictureFiles,
        sources: PictureFiles,
        *,
        keep_days: float,
        keep_gb: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._deliveries = deliveries
        self._files = files
        self._sources = sources
        self._keep_days = keep_days
        self._keep_gb = keep_gb
        self._clock = clock
        self._begun = clock() - GRAIN
        self._swept = False

    async def forget_tokens(self) -> None:
        """Erase tokens that have expired."""
        await self._deliveries.forget_expired(self._clock())

    async def sweep(self) -> None:
        """Let go of old jobs, then of files that no record names; mark records whose file is gone."""
        await self._retire()
        before = self._clock() - FRESH if self._swept else self._begun
        unnamed = await self._files.names()
        missing = 0
        there = frozenset(unnamed)
        async for some in self._store.pictures():
            for named in some:
                unnamed.pop(named.sha256, None)
                if named.sha256 in there or named.gone or self._files.path(named.sha256).exists():
                    continue
                missing += 1
                await self._store.mark_gone(named)
        if missing:
            log.error("%d pictures have a record and no file", missing)
        if gone := await self._files.sweep(unnamed, before):
            log.info("removed %d files that no record names", gone)
        await self._sweep_sources(before)
        self._swept = True

    async def _sweep_sources(self, before: float) -> None:
        """Let go of pictures that no job begins from any more."""
        unnamed = set(await self._sources.names())
        if unnamed:
            unnamed -= await self._store.sources()
        if gone := await self._sources.sweep(unnamed, before):
            log.info("removed %d pictures that no request begins from", gone)

    async def _retire(self) -> None:
        old = []
        if self._keep_days:
            old = await self._store.older_than(self._clock() - self._keep_days * DAY)
            await self._store.delete(old)
        if self._keep_gb:
            old += await self._retire_most()
        if old:
            log.info("let go of %d jobs that were kept long enough", len(old))

    async def _retire_most(self) -> list[str]:
        """Let go of the oldest jobs until the files fit; their files go in the sweep that follows.

        What several jobs begin from goes with the last of them.
        """
        sizes, sources = await self._files.names(), await self._sources.names()
        begun = await self._store.begun_from()
        room = sum(sizes.values()) + sum(sources.get(name, 0) for name in begun) - self._keep_gb * GB
        old = []
        for kept in await self._store.oldest_first() if room > 0 else ():
            if room <= 0:
                break
            old.append(kept.job_id)
            room -= sum(sizes.pop(sha256, 0) for sha256 in kept.pictures)
            begun.subtract(kept.sources)
            room -= sum(sources.pop(name, 0) for name in kept.sources if not begun[name])
        await self._store.delete(old)
        return old
