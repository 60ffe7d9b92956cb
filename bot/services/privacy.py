"""What is kept about a person: telling it, handing it out, and deleting it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable

from bot.core.errors import Busy, NotFound, UserError
from bot.core.language import later
from bot.storage.database import Database
from bot.storage.export import export
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles
from bot.storage.privacy import Holdings, PrivacyStore

__all__ = ["Deleted", "Holdings", "PrivacyService"]

PATIENCE = 60.0
"""Seconds for which a deletion waits for the person's running jobs to stop."""
LOOK = 0.1
"""Seconds between two looks at whether they have."""
FORGET_EVERY = 3600.0
"""Seconds between two clearings of what is too old to be kept."""


@dataclasses.dataclass(frozen=True, slots=True)
class Deleted:
    """What went, in numbers, and what is kept until it is too old."""

    jobs: int
    cancelled: int
    pictures: int
    kept: Holdings


class PrivacyService:
    """``cancel`` stops one job of a person, as `ImagineService.cancel` does."""

    def __init__(
        self,
        database: Database,
        files: PictureFiles,
        sources: PictureFiles,
        cancel: Callable[[str, int], Awaitable[None]],
    ) -> None:
        self._database = database
        self._store = PrivacyStore(database)
        self._jobs = JobStore(database)
        self._files = files
        self._sources = sources
        self._cancel = cancel
        self._deleting: set[int] = set()

    async def show(self, user_id: int) -> Holdings:
        """How much is kept about a person, be it nothing."""
        return await self._store.count(user_id)

    async def export(self, user_id: int) -> bytes:
        """Everything about a person as JSON, in UTF-8; raises NotFound when there is nothing."""
        if (await self._store.count(user_id)).nothing:
            raise NotFound(NOTHING)
        everything = await export(self._database, user_id)
        return await asyncio.to_thread(
            lambda: json.dumps(everything, ensure_ascii=False, indent=1).encode("utf-8", "replace")
        )

    async def delete(self, user_id: int) -> Deleted:
        """Cancel what a person has waiting or running, then delete rows, files, words and logs for good.

        What they ask for while that goes on is kept. Raises NotFound when there is nothing, Busy when it is
        being deleted already or a job does not stop, StorageError when some of it cannot be deleted.
        """
        if user_id in self._deleting:
            raise Busy("Your data is being deleted already; that takes a moment.")
        self._deleting.add(user_id)
        try:
            if (await self._store.count(user_id)).nothing:
                raise NotFound(NOTHING)
            cancelled = await self._cancel_all(user_id)
            jobs = pictures = 0
            while (gone := await self._store.erase_some(user_id)).jobs:
                for sha256 in gone.pictures:
                    await self._files.remove(sha256)
                for sha256 in gone.sources:
                    await self._sources.remove(sha256)
                jobs, pictures = jobs + gone.jobs, pictures + len(gone.pictures)
            await self._store.erase_rest(user_id)
            await self._store.scrub()
            return Deleted(jobs, cancelled, pictures, await self._store.count(user_id))
        finally:
            self._deleting.discard(user_id)

    async def forget_old(self) -> None:
        """Forget what is too old to be kept."""
        await self._store.forget_old()

    async def _cancel_all(self, user_id: int) -> int:
        unfinished = {job.id for job in await self._jobs.unfinished() if job.user_id == user_id}
        for job_id in unfinished:
            try:
                await self._cancel(job_id, user_id)
            except UserError:
                continue  # it has ended by itself
        left = unfinished
        for _ in range(round(PATIENCE / LOOK)):
            left = unfinished & {job.id for job in await self._jobs.unfinished()}
            if not left:
                return len(unfinished)
            await asyncio.sleep(LOOK)
        raise Busy(
            "Nothing was deleted, since {left} of your jobs did not stop within {patience:g} "
            "seconds; please try again in a minute.",
            left=len(left),
            patience=PATIENCE,
        )


NOTHING = later("Nothing is kept about you.")
