"""What of finished jobs somebody may be shown in a place: theirs or this server's, and under its ceiling."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable

from bot.core.job import Image, Job, Place
from bot.core.rating import Rating
from bot.policy.verdicts import Thresholds, may_show
from bot.services.catalogue import Catalogue
from bot.services.ceilings import Ceiling, CeilingService
from bot.services.imagine import Asker
from bot.storage.jobs import Record


@dataclasses.dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks, and from where; ``sees`` tells whether they may read a place of their server."""

    asker: Asker
    place: Place
    sees: Callable[[Place], bool]

    def may(self, job: Job) -> bool:
        """Whether a job is for their eyes: their own, or one that was posted here where they can read it."""
        if job.user_id == self.asker.id:
            return True
        here = self.place.guild_id is not None and self.place.guild_id == job.place.guild_id
        return here and not job.request.private and self.sees(job.place)


@dataclasses.dataclass(frozen=True, slots=True)
class Glance:
    """A record as it may be shown: with ``words`` or without, and those of its pictures that are left.

    ``theirs`` tells whether it is for these eyes at all, wherever the ceiling lies.
    """

    record: Record
    theirs: bool
    words: bool
    images: tuple[Image, ...]


class SightService:
    """Asks for every look anew, so that what was lowered or forbidden since holds."""

    def __init__(self, ceilings: CeilingService, thresholds: Thresholds, catalogue: Catalogue) -> None:
        self._ceilings = ceilings
        self._thresholds = thresholds
        self._catalogue = catalogue

    async def ceiling(self, place: Place) -> Ceiling:
        """The ceiling that everything is held against."""
        return await self._ceilings.now(place)

    async def look(self, viewer: Viewer, records: tuple[Record, ...], ceiling: Ceiling) -> list[Glance]:
        """How each record may be shown; a job that is not for these eyes shows nothing."""
        theirs = [viewer.may(each.job) for each in records]  # which is not for other threads to ask
        return await asyncio.to_thread(
            lambda: [self._glance(*pair, ceiling) for pair in zip(records, theirs, strict=True)]
        )

    def _glance(self, record: Record, theirs: bool, ceiling: Ceiling) -> Glance:
        job = record.job
        if not theirs or not self._may_read(job, ceiling.rating):
            return Glance(record, theirs, False, ())
        shown = tuple(
            image
            for image in record.images
            if may_show(
                image.verdict,
                ceiling.rating,
                self._thresholds,
                strict=ceiling.strict,
                age_context=job.age_context,
            )
        )
        # Words go with their pictures: what was drawn of them was judged above this place.
        return Glance(record, True, bool(shown) or not record.images, shown)

    def _may_read(self, job: Job, ceiling: Rating) -> bool:
        """Whether a job's words could be asked for here today."""
        prompts = self._catalogue.prompts_of(job.request)
        most = Rating.GENERAL if job.age_context else ceiling
        return prompts.decide(job.request, job.prompt, most).allowed
