"""Asking once more for pictures that were withheld: the same request with another seed."""

from __future__ import annotations

import dataclasses

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import JobState, Place, Reply
from bot.core.request import Request
from bot.services.imagine import Accepted, Asker, ImagineService
from bot.storage.jobs import JobStore, Record


class AgainService:
    """Takes such requests the way that all others take, so that every rule applies as it is now."""

    def __init__(self, jobs: JobStore, imagine: ImagineService) -> None:
        self._jobs = jobs
        self._imagine = imagine

    async def accept(self, job_id: str, asker: Asker, place: Place, reply: Reply) -> Accepted:
        """Accept a new job for as many pictures as were withheld of a person's own.

        Raises NotFound for a job that nobody knows, InvalidRequest for another person's and for one of which
        nothing was withheld, and whatever `ImagineService.accept` raises.
        """
        record = await self._jobs.get(job_id)
        if record is None:
            raise NotFound("The request of this button is gone; please ask with /imagine.")
        if record.job.user_id != asker.id:
            raise InvalidRequest("Only the person who asked for this picture can ask for it again.")
        request = _request(record)
        if request is None:
            raise InvalidRequest("Nothing of this request was withheld; please ask with /imagine.")
        return await self._imagine.accept(asker, place, request, reply)


def _request(record: Record) -> Request | None:
    """The same request for what was withheld alone, None where nothing was."""
    missing = record.job.request.count - len(record.images)
    if record.job.state not in (JobState.WITHHELD, JobState.DONE) or missing < 1:
        return None
    return dataclasses.replace(record.job.request, count=missing, seed=None)
