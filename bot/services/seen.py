"""For whose eyes a job is: what may be asked of it goes by this."""

from __future__ import annotations

from bot.core.errors import NotFound
from bot.core.job import Job, Place
from bot.core.language import later
from bot.storage.jobs import JobStore, Record

GONE = later("The request of this picture is gone, or was not made in this server; ask anew with /imagine.")


def may_see(job: Job, user_id: int, place: Place) -> bool:
    """Whether a person in a place may see a job: their own, or one that was shown to all of this server."""
    public = not job.request.private and place.guild_id is not None and place.guild_id == job.place.guild_id
    return public or job.user_id == user_id


async def seen(jobs: JobStore, job_id: str, user_id: int, place: Place) -> Record:
    """A job with its pictures; raises NotFound alike for one that is gone and one that they may not see."""
    record = await jobs.get(job_id)
    if record is None or not may_see(record.job, user_id, place):
        raise NotFound(GONE)
    return record
