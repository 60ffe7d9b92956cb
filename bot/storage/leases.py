"""What a job holds of its asker's quota, as SQL that goes into the job's own transactions."""

from __future__ import annotations

import time

from bot.core.job import Job, JobState
from bot.storage.database import Statement


def taking(job: Job, gpu_seconds: float, conditions: str, parameters: tuple[object, ...]) -> Statement:
    """What writes the lease of a new job where the conditions hold, and nothing where they do not."""
    values = (job.id, job.user_id, job.place.guild_id, job.request.count, gpu_seconds, job.created_at)
    sql = (
        "INSERT INTO leases (job_id, user_id, guild_id, state, pictures, gpu_seconds, taken_at)"
        f" SELECT ?, ?, ?, 'held', ?, ?, ? WHERE {conditions}"
    )
    return sql, (*values, *parameters)


def settling(job_id: str, state: JobState, gpu_seconds: float | None = None) -> Statement:
    """What settles the lease of a job that ends in a state, once: its images must be written already.

    Of a job that was delivered the lease keeps the pictures that were, and their seconds where they are
    known; of any other it keeps nothing but the time of asking.
    """
    if state is JobState.DONE:
        return (
            "UPDATE leases SET state = 'spent', settled_at = ?, gpu_seconds = coalesce(?, gpu_seconds),"
            " pictures = (SELECT count(*) FROM images WHERE images.job_id = leases.job_id)"
            " WHERE job_id = ? AND state = 'held'",
            (time.time(), gpu_seconds, job_id),
        )
    return (
        "UPDATE leases SET state = 'refunded', settled_at = ?, pictures = 0, gpu_seconds = 0"
        " WHERE job_id = ? AND state = 'held'",
        (time.time(), job_id),
    )


def giving_back(job_id: str, share: float) -> Statement:
    """What refunds a part of a spent lease: a ``share`` of its seconds stays, and the pictures kept."""
    return (
        "UPDATE leases SET state = iif(?1 > 0, 'spent', 'refunded'), gpu_seconds = gpu_seconds * ?1,"
        " pictures = (SELECT count(*) FROM images WHERE images.job_id = leases.job_id)"
        " WHERE job_id = ?2 AND state = 'spent'",
        (share, job_id),
    )
