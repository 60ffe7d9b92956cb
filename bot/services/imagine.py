"""From what a person asked to a job that the dispatcher holds."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
import time

from bot.core.errors import Refused
from bot.core.job import Job, JobState, Place, Reply, Task, new_job_id
from bot.core.rating import Rating
from bot.core.request import MAX_SEED, Request
from bot.engine.dispatcher import Dispatcher, Forecast
from bot.policy.policy import explain
from bot.services.prompts import PromptService
from bot.storage.jobs import JobStore


@dataclasses.dataclass(frozen=True, slots=True)
class Accepted:
    """A job that was written down, what the dispatcher expects of it, and friendly sentences about it."""

    job: Job
    forecast: Forecast
    advice: tuple[str, ...]


class ImagineService:
    """Takes requests. ``enlarge`` is the whole factor by which pictures are enlarged for showing."""

    def __init__(
        self, jobs: JobStore, dispatcher: Dispatcher, prompts: PromptService, *, enlarge: int
    ) -> None:
        self._jobs = jobs
        self._dispatcher = dispatcher
        self._prompts = prompts
        self._enlarge = enlarge

    async def accept(self, user_id: int, place: Place, request: Request, reply: Reply) -> Accepted:
        """Compose, decide, and write the job down; the asker may be told once this returns.

        Raises InvalidRequest for what cannot be drawn and Refused for what this place does not allow.
        """
        ceiling = ceiling_of(place)
        prompt, decision = await asyncio.to_thread(self._prompts.review, request, ceiling)
        if not decision.allowed:
            raise Refused(explain(decision), decision)
        job = Job(
            id=new_job_id(),
            user_id=user_id,
            place=place,
            request=request,
            prompt=prompt,
            seed=secrets.randbelow(MAX_SEED + 1) if request.seed is None else request.seed,
            state=JobState.QUEUED,
            created_at=time.time(),
            reply=reply,
        )
        await self._jobs.add(job)
        forecast = self._dispatcher.forecast(self._task(job), user_id)
        return Accepted(job, forecast, (*request.advice(), *prompt.notes))

    async def start(self, job: Job, message_id: int | None) -> None:
        """Hand a job over, once its asker has read that it is queued; None when no message is known."""
        if message_id is not None:
            await self._jobs.answered(job.id, message_id)
        self._dispatcher.submit(self._task(job), job.user_id)

    async def abandon(self, job: Job, why: str) -> None:
        """End a job whose asker could not be told that it was accepted."""
        await self._jobs.finish(job.id, JobState.CANCELLED, error=why)

    async def resume(self) -> list[Job]:
        """Hand over every job that an earlier run accepted and did not end, oldest first."""
        jobs = await self._jobs.unfinished()
        for job in jobs:
            if job.state is JobState.RUNNING:
                await self._jobs.move(job.id, JobState.QUEUED)
            self._dispatcher.submit(self._task(job), job.user_id)
        return jobs

    def _task(self, job: Job) -> Task:
        return Task(
            job_id=job.id,
            positive=job.prompt.positive,
            negative=job.prompt.negative,
            size=job.request.size,
            steps=job.request.steps,
            cfg=job.request.cfg,
            sampler=job.request.sampler,
            seeds=job.request.seeds(job.seed),
            enlarge=self._enlarge,
        )


def ceiling_of(place: Place) -> Rating:
    """The highest rating that a place may show. Every place is general, whatever Discord says of it."""
    del place
    return Rating.GENERAL
