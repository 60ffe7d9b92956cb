"""Bringing a finished job back, wherever its message is now."""

from __future__ import annotations

import dataclasses

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import ID_LENGTH, Job, JobState, Rendered, is_job_id
from bot.services.answers import Answer, note_of
from bot.services.conduct import ConductService
from bot.services.outbox import LOST_FILES
from bot.services.sight import SightService, Viewer
from bot.storage.jobs import JobStore, Record
from bot.storage.pictures import PictureFiles


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """A job and its answer, as it may be shown here."""

    job: Job
    answer: Answer


class ShowService:
    """Looks jobs up for those who may see them. Of all others it says the same as of none."""

    def __init__(
        self, jobs: JobStore, files: PictureFiles, conduct: ConductService, sight: SightService
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._conduct = conduct
        self._sight = sight

    async def find(self, viewer: Viewer, typed: str) -> Record:
        """The job of a typed id, in any case and among spaces.

        Raises InvalidRequest for what is no id, NotFound for a job that is gone or not for these eyes, Barred
        for somebody who may not use the bot.
        """
        await self._conduct.check(viewer.asker.id, viewer.place.guild_id)
        job_id = typed.strip().lower()
        if not is_job_id(job_id):
            raise InvalidRequest(
                "That is no job id: one has {number} letters and digits and stands under every "
                "picture; /history lists yours.",
                number=ID_LENGTH,
            )
        record = await self._jobs.get(job_id)
        if record is None or not viewer.may(record.job):
            raise NotFound(
                "There is no job {job_id} that can be shown to you here; /history lists yours.", job_id=job_id
            )
        if not record.job.state.final:
            raise InvalidRequest("This job has not ended yet; /queue shows how far it is.")
        return record

    async def show(self, viewer: Viewer, record: Record) -> Shown:
        """A job with its files, under the place's ceiling as it is now.

        Raises InvalidRequest where the ceiling allows none of it.
        """
        job, ceiling = record.job, await self._sight.ceiling(viewer.place)
        (glance,) = await self._sight.look(viewer, (record,), ceiling)
        if not glance.words:
            raise InvalidRequest(
                "This is above {rating}, the most that is shown here ({why}); it can be shown where more "
                "is allowed.",
                rating=ceiling.rating.word,
                why=ceiling.why,
            )
        if job.state is not JobState.DONE:
            return Shown(job, Answer(sentence=job.error or LOST_FILES, again=job.state is JobState.WITHHELD))
        files = [(image, await self._files.read(image.sha256)) for image in glance.images]
        pictures = tuple(Rendered(image, png) for image, png in files if png is not None)
        if not pictures:
            return Shown(job, Answer(sentence=LOST_FILES))
        note = note_of(len(record.images) - len(glance.images), len(record.images))
        return Shown(job, Answer(pictures, record.model or "", note=note))
