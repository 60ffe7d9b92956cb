"""Asking once more for pictures that were withheld: the same request with another seed."""

from __future__ import annotations

import dataclasses

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import JobState
from bot.core.request import Request
from bot.services.imagine import Asker
from bot.storage.jobs import JobStore, Record


class AgainService:
    """Says what is asked for; `ImagineService.accept` decides on it."""

    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs

    async def request(self, job_id: str, asker: Asker) -> Request:
        """A request for as many pictures as were withheld of a person's own.

        Raises NotFound for a job that nobody knows, InvalidRequest for another person's and for one of which
        nothing was withheld.
        """
        record = await self._jobs.get(job_id)
        if record is None:
            raise NotFound("The request of this button is gone; please ask with /imagine.")
        if record.job.user_id != asker.id:
            raise InvalidRequest("Only the person who asked for this picture can ask for it again.")
        request = _request(record)
        if request is None:
            raise InvalidRequest("Nothing of this request was withheld; please ask with /imagine.")
        return request


def _request(record: Record) -> Request | None:
    """The same request for what was withheld alone, None where nothing was."""
    missing = record.job.request.count - len(record.images)
    if record.job.state not in (JobState.WITHHELD, JobState.DONE) or missing < 1:
        return None
    return dataclasses.replace(record.job.request, count=missing, seed=None)
