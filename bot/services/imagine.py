"""From what a person asked to a job that the dispatcher holds, and back out of it again."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from bot.core.errors import BotError, Busy, InvalidRequest, NotFound, StorageError
from bot.core.events import Failed, JobEvent
from bot.core.job import Job, JobState, Place, Reply, Task, new_job_id
from bot.core.language import later
from bot.core.rating import Rating
from bot.core.request import MAX_SEED, Request
from bot.engine.dispatcher import Dispatcher
from bot.engine.state import Forecast
from bot.prompt.memory import forget
from bot.services.answers import require_sendable
from bot.services.catalogue import Catalogue
from bot.services.ceilings import Ceiling, CeilingService
from bot.services.conduct import ConductService
from bot.services.progress import ProgressBoard
from bot.services.quota import QuotaService
from bot.services.review import Review
from bot.services.sources import Given, SourceService
from bot.services.tasks import tasks_of
from bot.storage.jobs import JobStore

log = logging.getLogger(__name__)

ATTEMPTS = 10
"""Runs of the bot that may begin a job and end before it does: it may be what ends them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: ``roles`` are the ids and names of their roles where they ask; the config names either.

    ``locale`` is Discord's name of the language that they read.
    """

    id: int
    roles: Collection[str] = ()
    locale: str = "en-US"


@dataclasses.dataclass(frozen=True, slots=True)
class Accepted:
    """A job that was written down, and what the dispatcher expects of it."""

    job: Job
    forecast: Forecast


class ImagineService:
    """Takes requests and cancels them. Every path that makes a job comes through ``accept``.

    ``listener`` hears of jobs that end before the dispatcher has them; ``weights`` are shares of the engine
    by role id or name.
    """

    def __init__(
        self,
        jobs: JobStore,
        dispatcher: Dispatcher,
        catalogue: Catalogue,
        board: ProgressBoard,
        ceilings: CeilingService,
        conduct: ConductService,
        listener: Callable[[JobEvent], None],
        *,
        sources: SourceService,
        quota: QuotaService,
        weights: Mapping[str, float],
    ) -> None:
        self._ceilings = ceilings
        self._conduct = conduct
        self._listener = listener
        self._jobs = jobs
        self._dispatcher = dispatcher
        self._catalogue = catalogue
        self._board = board
        self._sources = sources
        self._quota = quota
        self._weights = weights
        self._review = Review(catalogue, conduct)
        self._starting: set[str] = set()
        self._unwanted: set[str] = set()
        self._closed = False

    def close(self) -> None:
        """Accept nothing more: the bot is about to stop."""
        self._closed = True

    async def accept(
        self,
        asker: Asker,
        place: Place,
        request: Request,
        reply: Reply,
        given: Given | None = None,
        notes: Sequence[str] = (),
    ) -> Accepted:
        """Compose, decide, and write the job down; the asker may be told once this returns.

        ``notes`` are sentences for the asker on how the request came about.

        A picture to begin from is ``given``, or was kept for an earlier job whose request this one repeats;
        it is looked at in either case, which takes a moment. Raises Barred for somebody who may not ask,
        InvalidRequest for what cannot be drawn, Refused for what this place does not allow or what is never
        drawn, Busy when a quota is used up or the bot stops, and NotFound for a picture that is gone.
        """
        if self._closed:
            raise Busy(_STOPPING)
        await self._conduct.check(asker.id, place.guild_id)
        require_sendable(request)
        ceiling = await self._ceilings.of(place)
        seed = secrets.randbelow(MAX_SEED + 1) if request.seed is None else request.seed
        ordered = await self._review.order(asker.id, place.guild_id, request, ceiling.rating)
        prompt, decision = await self._review.allow(asker.id, ordered, ceiling.rating, seed)
        request, age_context = ordered.request, decision.age_context
        if given is not None or request.source is not None:  # before it is fetched and looked at
            await self._quota.require_room(asker.id, place.guild_id, asker.roles, request.count)
        seen = await self._sources.look(request, given)
        if seen is not None:
            request = seen.request
            if seen.aged and not age_context:
                age_context = True
                prompt, _ = await self._review.allow(asker.id, ordered, Rating.GENERAL, seed)
            self._sources.require_allowed(seen, ceiling, age_context=age_context)
            await self._sources.keep(seen)
        if notes:
            prompt = dataclasses.replace(prompt, notes=(*notes, *prompt.notes))
        job = Job(
            id=new_job_id(),
            user_id=asker.id,
            place=place,
            request=request,
            prompt=prompt,
            seed=seed,
            state=JobState.QUEUED,
            created_at=time.time(),
            reply=reply,
            weight=weight_of(asker.roles, self._weights),
            age_context=age_context,
            locale=asker.locale,
        )
        tasks = await self._tasks(job)
        forecast = self._dispatcher.forecast(tasks, asker.id, weight=job.weight)
        if self._closed:
            raise Busy(_STOPPING)
        await self._quota.add(job, asker.roles, self._dispatcher.estimate(tasks))
        self._starting.add(job.id)
        return Accepted(job, forecast)

    async def start(self, accepted: Accepted, message_id: int | None) -> None:
        """Hand a job over, once its asker has read that it is queued; None when no message is known."""
        job = accepted.job
        if message_id is not None:
            try:
                await self._jobs.answered(job.id, message_id)
            except StorageError as error:
                # The job was accepted, so it goes on; its token tells of its message as well.
                log.warning("the answer of job %s could not be written down: %s", job.id, error)
        self._starting.discard(job.id)
        if self._closed:
            return  # the next start takes it up
        self._board.waits(job.id, accepted.forecast)
        await self._submit(job)
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
            raise NotFound("There is no job {job_id}; /queue shows those that wait or run.", job_id=job_id)
        job = record.job
        if job.user_id != user_id:
            raise InvalidRequest("Only the person who asked for this picture can cancel it.")
        if job.state is JobState.CANCELLED:
            raise InvalidRequest("This job was cancelled already.")
        if job.state.final:
            raise InvalidRequest("This job has ended, so there is nothing left to cancel.")
        self.stop(job_id)

    def stop(self, job_id: str) -> None:
        """End a job, whosever it is and whatever the reason; one that has ended is left alone."""
        if job_id in self._starting:
            # The dispatcher does not have it yet: it comes as soon as Discord has told the answer's id.
            self._unwanted.add(job_id)
        else:
            self._dispatcher.cancel(job_id)

    async def resume(self) -> list[Job]:
        """Hand over every job that an earlier run accepted and did not end, oldest first.

        One that today's rules refuse, or that many runs began in vain, ends here; when it is the floor that
        refuses it, its text is forgotten. Returns those that go on.
        """
        kept = []
        for job in await self._jobs.unfinished():
            if job.state is JobState.RUNNING:
                await self._jobs.move(job.id, JobState.QUEUED)
            if job.attempts >= ATTEMPTS:
                self._listener(Failed(job.id, _GIVEN_UP, f"{job.attempts} runs of the bot began it"))
            elif await self._still_allowed(job):
                self._board.waits(job.id, None)
                if await self._submit(job):
                    kept.append(job)
        return kept

    async def _still_allowed(self, job: Job) -> bool:
        ceiling = await self._ceilings.now(job.place)
        most = Rating.GENERAL if job.age_context else ceiling.rating
        prompts = self._catalogue.prompts_of(job.request)
        decision = await asyncio.to_thread(prompts.decide, job.request, job.prompt, most)
        barred = self._conduct.blocked(job.user_id, job.place.guild_id)
        # With an age context the pictures are judged more strictly, which the job must have been told of; a
        # picture to begin from may have told of it, too.
        by_picture = job.age_context and job.request.source is not None
        known = by_picture or decision.age_context == job.age_context
        if decision.allowed and barred is None and known:
            return await self._source_allowed(job, ceiling)
        if decision.floor is not None:
            forget()
            await self._jobs.forget(job.id)
        # The answer may be public, so it says nothing of the text.
        self._listener(Failed(job.id, barred or _RULES_CHANGED, ""))
        return False

    async def _source_allowed(self, job: Job, ceiling: Ceiling) -> bool:
        """Whether what a job begins from is here still and may be used by the rules of the day."""
        try:
            seen = await self._sources.look(job.request, None)
            if seen is not None:
                self._sources.require_allowed(seen, ceiling, age_context=job.age_context)
        except BotError as error:
            self._listener(Failed(job.id, str(error), ""))
            return False
        return True

    async def _submit(self, job: Job) -> bool:
        """Hand a job to the dispatcher; one that cannot be ends here. Returns whether it was."""
        try:
            tasks = await self._tasks(job)
        except BotError as error:
            self._listener(Failed(job.id, str(error), ""))
            return False
        self._dispatcher.submit(tasks, job.user_id, guild=job.place.guild_id, weight=job.weight)
        return True

    async def _tasks(self, job: Job) -> list[Task]:
        request = job.request
        start = None if request.source is None else await self._sources.start(request.source)
        fast = self._catalogue.fast(request)
        enlarge = self._catalogue.enlarge(request)
        drawn = tasks_of(job.id, request, job.prompt, job.seed, fast=fast, start=start)
        return [dataclasses.replace(task, enlarge=enlarge) for task in drawn]


def weight_of(roles: Collection[str], weights: Mapping[str, float]) -> float:
    """A person's share of the engine: that of their best role, 1 when none of theirs is named."""
    return max((weights[role] for role in roles if role in weights), default=1.0)


_RULES_CHANGED = later(
    "What may be drawn here has changed since this was asked, so it was not drawn; ask again to read more."
)
_GIVEN_UP = later(
    "The bot stopped again and again while it drew this, so it was given up; another size or fewer steps "
    "may work, or the same again later."
)
_STOPPING = later("The bot is about to restart; please ask again in a minute.")
