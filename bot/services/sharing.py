"""Showing finished pictures elsewhere: a private one in its channel, any in a direct message."""

from __future__ import annotations

import asyncio
import dataclasses

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import Job, Place, Rendered
from bot.core.language import later
from bot.core.rating import Rating
from bot.services.answers import Answer
from bot.services.catalogue import Catalogue
from bot.services.ceilings import CeilingService
from bot.services.conduct import ConductService
from bot.services.gate import Gate
from bot.services.imagine import Asker
from bot.services.outbox import LOST_FILES, Outbox
from bot.services.seen import seen
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles


class SharingService:
    """Holds what is shared against the ceiling of the place where it goes, as that is now."""

    def __init__(
        self,
        jobs: JobStore,
        files: PictureFiles,
        conduct: ConductService,
        gate: Gate,
        outbox: Outbox,
        catalogue: Catalogue,
        ceilings: CeilingService,
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._conduct = conduct
        self._gate = gate
        self._outbox = outbox
        self._catalogue = catalogue
        self._ceilings = ceilings

    async def post(self, job_id: str, asker: Asker, place: Place) -> None:
        """Have a private job's pictures posted, once, in the channel in which they were asked for.

        They are owed like any answer from then on, so a restart or a fault of Discord's neither loses nor
        repeats them, and the job is everybody's. Raises Barred for somebody who may not use the bot, NotFound
        and InvalidRequest for what cannot be posted.
        """
        await self._conduct.check(asker.id, place.guild_id)
        record = await seen(self._jobs, job_id, asker.id, place)
        job = record.job
        if job.user_id != asker.id:
            raise InvalidRequest("Only the person who asked for this picture can post it.")
        if job.place.guild_id is None:
            raise InvalidRequest("This was asked for in direct messages, so there is no channel for it.")
        if not job.request.private:
            raise InvalidRequest(POSTED)
        if place.channel_id != job.place.channel_id:
            raise InvalidRequest(
                "This was asked for in <#{channel}>; use /show {job} there and press Post.",
                channel=job.place.channel_id,
                job=job.id,
            )
        may_show = await self._gate.of(job)
        shown = record.images and all(may_show(image.verdict) for image in record.images)
        if not shown or not await self._worded_for(job):
            raise InvalidRequest("This is above what the channel may show now, so it was not posted.")
        if not await self._jobs.publish(job_id):
            raise InvalidRequest(POSTED)
        self._outbox.send(job_id)

    async def direct(self, job_id: str, asker: Asker, place: Place) -> tuple[Job, Answer]:
        """What is sent to somebody who asks for a job's pictures in a direct message.

        Raises Barred for somebody who may not use the bot, NotFound for what is gone or not for their eyes,
        and InvalidRequest for what no direct message may show.
        """
        await self._conduct.check(asker.id, place.guild_id)
        record = await seen(self._jobs, job_id, asker.id, place)
        there = dataclasses.replace(record.job, place=Place(None, place.channel_id))
        may_show = await self._gate.of(there)
        shown = [image for image in record.images if may_show(image.verdict)]
        if record.images and not (shown and await self._worded_for(there)):
            raise InvalidRequest(
                "Direct messages show less than this place, and this is above that, so it was not sent."
            )
        files = [(image, await self._files.read(image.sha256)) for image in shown]
        pictures = tuple(Rendered(image, png) for image, png in files if png is not None)
        if not pictures:
            raise NotFound(LOST_FILES)
        return record.job, Answer(pictures, record.model or "")

    async def _worded_for(self, job: Job) -> bool:
        """Whether policy allows the words of a job where it goes, which stand beside its pictures."""
        ceiling = await self._ceilings.now(job.place)
        most = Rating.GENERAL if job.age_context else ceiling.rating
        prompts = self._catalogue.prompts_of(job.request)
        decision = await asyncio.to_thread(prompts.decide, job.request, job.prompt, most)
        return decision.allowed


POSTED = later("This was posted already, or is about to be.")
