"""Follows the bot out of servers: their jobs are cancelled, and their data is deleted some time later."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection

from bot.core.language import later
from bot.core.quota import DAY
from bot.storage.guilds import GuildStore
from bot.storage.jobs import JobStore
from bot.storage.sweep import SweepStore

log = logging.getLogger(__name__)

LEFT = later("This job was cancelled, since the bot was removed from the server.")


class GuildService:
    """``cancel`` stops a job and tells its asker why; ``purge_days`` is how long a server's data is kept."""

    def __init__(
        self,
        store: GuildStore,
        jobs: JobStore,
        sweep: SweepStore,
        cancel: Callable[[str, str], None],
        *,
        purge_days: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._sweep = sweep
        self._cancel = cancel
        self._purge_days = purge_days
        self._clock = clock

    async def found(self, guild_ids: Collection[int]) -> None:
        """The bot is in exactly these servers, as Discord tells at the start.

        What waits is handed to the dispatcher before: only that can be cancelled.
        """
        here, known = set(guild_ids), await self._store.here()
        for guild_id in known - here:
            await self._write_down(guild_id)
        await self._store.joined(here - known)
        # An earlier run may have ended between its writing down and its cancelling.
        for job in await self._jobs.unfinished():
            if job.place.guild_id is not None and job.place.guild_id not in here:
                self._cancel(job.id, LEFT)

    async def joined(self, guild_id: int) -> None:
        """The bot was added to a server; what was to be deleted of it stays."""
        await self._store.joined([guild_id])

    async def left(self, guild_id: int) -> None:
        """A server removed the bot."""
        await self._write_down(guild_id)
        for job in await self._jobs.unfinished():
            if job.place.guild_id == guild_id:
                self._cancel(job.id, LEFT)

    async def _write_down(self, guild_id: int) -> None:
        log.info("server %d removed the bot; its data goes in %g days", guild_id, self._purge_days)
        await self._store.left(guild_id, self._clock())

    async def purge(self) -> None:
        """Delete the jobs, settings and books of servers that removed the bot long enough ago.

        The files of the jobs' pictures go in the next sweep.
        """
        for guild_id in await self._store.left_before(self._clock() - self._purge_days * DAY):
            jobs = await self._sweep.of_guild(guild_id)
            await self._sweep.delete(jobs)
            await self._store.forget(guild_id)
            log.info("deleted the data of server %d, %d jobs among it", guild_id, len(jobs))
