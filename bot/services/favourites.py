"""Marking requests to find them again."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.core.errors import NotFound
from bot.core.job import Place
from bot.services.conduct import ConductService
from bot.services.imagine import Asker
from bot.services.seen import GONE, seen
from bot.storage.favourites import FavouriteStore
from bot.storage.jobs import JobStore


class FavouriteService:
    """Everybody has favourites of their own, among whatever they see."""

    def __init__(
        self,
        jobs: JobStore,
        store: FavouriteStore,
        conduct: ConductService,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._jobs = jobs
        self._store = store
        self._conduct = conduct
        self._clock = clock

    async def toggle(self, job_id: str, asker: Asker, place: Place) -> bool:
        """Mark a job or take the mark away; returns whether it is marked now.

        Raises Barred for somebody who may not use the bot, NotFound for a job that they may not see.
        """
        await self._conduct.check(asker.id, place.guild_id)
        await seen(self._jobs, job_id, asker.id, place)
        marked = await self._store.toggle(asker.id, job_id, self._clock())
        if marked is None:
            raise NotFound(GONE)
        return marked
