"""From what a person asked to a job that the dispatcher holds, and back out of it again."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
import time
from collections.abc import Collection, Mapping

from bot.core.errors import InvalidRequest, NotFound, Refused
from bot.core.job import Job, JobState, Place, Reply, Task, new_job_id
from bot.core.prompt import Decision, Prompt
from bot.core.rating import Rating
from bot.core.request import MAX_SEED, Request
from bot.engine.dispatcher import Dispatcher
from bot.engine.state import Forecast
from bot.policy.policy import explain
from bot.services.places import ceiling_of
from bot.services.progress import ProgressBoard
from bot.services.prompts import PromptService
from bot.storage.jobs import JobStore

SHORT = 600
"""Characters in a request up to which it is read at once: at most about three milliseconds."""


@dataclasses.dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: ``roles`` are the ids and names of their roles where they ask; the config names either."""

    id: int
    roles: Collection[str] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Accepted:
    """A job that was written down, and what the dispatcher expects of it."""

    job: Job
    forecast: Forecast


class ImagineService:
    """Takes requests and cancels them.

    ``enlarge`` is the whole factor by which pictures are enlarged for showing; ``weights`` are shares of
    the engine by role id or name.
    """

    def __init__(
        self,
        jobs: JobStore,
        dispatcher: Dispatcher,
        prompts: PromptService,
        board: ProgressBoard,
        *,
        enlarge: int,
        weights: Mapping[str, float],
    ) -> None:
        self._jobs = jobs
        self._dispatcher = dispatcher
        self._prompts = prompts
        self._board = board
        self._enlarge = enlarge
        self._weights = weights
        self._reviewing = asyncio.Lock()
        self._starting: set[str] = set()
        self._unwanted: set[str] = set()

    async def accept(self, asker: Asker, place: Place, request: Request, reply: Reply) -> Accepted:
        """Compose, decide, and write the job down; the asker may be told once this returns.

        Raises InvalidRequest for what cannot be drawn, Refused for what this place does not allow, and Busy
        when as many jobs wait as may.
        """
        self._dispatcher.room(asker.id, place.guild_id)
        prompt, decision = await self._review(request, ceiling_of(place))
        if not decision.allowed:
            raise Refused(explain(decision), decision)
        job = Job(
            id=new_job_id(),
            user_id=asker.id,
            place=place,
            request=request,
            prompt=prompt,
            seed=secrets.randbelow(MAX_SEED + 1) if request.seed is None else request.seed,
            state=JobState.QUEUED,
            created_at=time.time(),
            reply=reply,
            weight=weight_of(asker.roles, self._weights),
        )
        forecast = self._dispatcher.forecast(self._tasks(job), asker.id, weight=job.weight)
        await self._jobs.add(job)
        self._starting.add(job.id)
        return Accepted(job, forecast)

    async def start(self, accepted: Accepted, message_id: int | None) -> None:
        """Hand a job over, once its asker has read that it is queued; None when no message is known."""
        job = accepted.job
        if message_id is not None:
            await self._jobs.answered(job.id, message_id)
        self._starting.discard(job.id)
        self._board.waits(job.id, accepted.forecast)
        self._submit(job)
        if job.id in self._unwanted:
            self._unwanted.discard(job.id)
            self._dispatcher.cancel(job.id)

    async def abandon(self, job: Job, why: str) -> None:
        """End a job whose asker could not be told that it was accepted."""
        self._starting.discard(job.id)
        self._unwanted.discard(job.id)
        await self._jobs.finish(job.id, JobState.CANCELLED, error=why)

    async def cancel(self, job_id: str, user_id: int) -> None:
        """Stop a person's own job, waiting or running; its answer says so as soon as it has stopped.

        Raises NotFound for a job that nobody knows, InvalidRequest for another person's and for one that
        has ended. Whatever was drawn by the moment it stops may still be shown.
        """
        record = await self._jobs.get(job_id)
        if record is None:
            raise NotFound(f"There is no job {job_id}; /queue shows those that wait or run.")
        job = record.job
        if job.user_id != user_id:
            raise InvalidRequest("Only the person who asked for this picture can cancel it.")
        if job.state is JobState.CANCELLED:
            raise InvalidRequest("This job was cancelled already.")
        if job.state.final:
            raise InvalidRequest("This job has ended, so there is nothing left to cancel.")
        if job_id in self._starting:
            # The dispatcher does not have it yet: it comes as soon as Discord has told the answer's id.
            self._unwanted.add(job_id)
        else:
            self._dispatcher.cancel(job_id)

    async def resume(self) -> list[Job]:
        """Hand over every job that an earlier run accepted and did not end, oldest first."""
        jobs = await self._jobs.unfinished()
        for job in jobs:
            if job.state is JobState.RUNNING:
                await self._jobs.move(job.id, JobState.QUEUED)
            self._board.waits(job.id, None)
            self._submit(job)
        return jobs

    async def _review(self, request: Request, ceiling: Rating) -> tuple[Prompt, Decision]:
        """One at a time and one to a turn of the loop, so that a crowd does not hold up everything else."""
        async with self._reviewing:
            await asyncio.sleep(0)
            if _length(request) <= SHORT:
                # Half a millisecond: handing it to a thread and waking up again would take longer.
                return self._prompts.review(request, ceiling)
            return await asyncio.to_thread(self._prompts.review, request, ceiling)

    def _submit(self, job: Job) -> None:
        self._dispatcher.submit(self._tasks(job), job.user_id, guild=job.place.guild_id, weight=job.weight)

    def _tasks(self, job: Job) -> list[Task]:
        return [
            Task(
                job_id=job.id,
                index=index,
                positive=job.prompt.positive,
                negative=job.prompt.negative,
                size=job.request.size,
                steps=job.request.steps,
                cfg=job.request.cfg,
                sampler=job.request.sampler,
                seed=seed,
                enlarge=self._enlarge,
            )
            for index, seed in enumerate(job.request.seeds(job.seed))
        ]


def _length(request: Request) -> int:
    texts = (request.prompt, request.negative, request.subject, request.character, request.series)
    return sum(len(text or "") for text in texts)


def weight_of(roles: Collection[str], weights: Mapping[str, float]) -> float:
    """A person's share of the engine: that of their best role, 1 when none of theirs is named."""
    return max((weights[role] for role in roles if role in weights), default=1.0)
