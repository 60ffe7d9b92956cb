"""Brings what the worker tells to the person who asked: progress, pictures, or a plain word why not."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from bot.core.errors import BotError
from bot.core.events import Broken, Cancelled, Done, Failed, Progress, Ready, WorkerEvent
from bot.core.job import Job, JobState, Rendered
from bot.policy.verdicts import may_show
from bot.services.imagine import ceiling_of
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles

log = logging.getLogger(__name__)

BETWEEN_EDITS = 3.0
"""Seconds between two progress edits of one answer; Discord allows about five edits in five seconds."""
NOT_BEFORE_THE_END = 1.0
"""No progress edit when the picture is expected within this many seconds: it would only delay it."""


class Messenger(Protocol):
    """How a job's answer is changed where it was asked for."""

    async def progress(self, job: Job, step: int, steps: int, seconds_left: float | None) -> None:
        """Show how far a job is; may fail quietly."""

    async def result(self, job: Job, pictures: Sequence[Rendered], model: str, seconds: float) -> None:
        """Show the pictures; raises when they could not be shown anywhere."""

    async def word(self, job: Job, sentence: str) -> None:
        """Show a sentence in place of the pictures; raises when it could not be shown anywhere."""


@dataclasses.dataclass(slots=True)
class _Running:
    started_at: float
    edited_at: float
    edit: asyncio.Task[None] | None = None


class DeliveryService:
    """Listens to the dispatcher's events. One task per job keeps its edits in order."""

    def __init__(
        self,
        jobs: JobStore,
        files: PictureFiles,
        messenger: Messenger,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._messenger = messenger
        self._clock = clock
        self._running: dict[str, _Running] = {}
        self._ends: set[asyncio.Task[None]] = set()
        self._model = ""

    def handle(self, event: WorkerEvent) -> None:
        """Take one event, in the order that the worker sent them; the work goes on in tasks."""
        match event:
            case Ready(model):
                self._model = model.name
            case Progress(job_id, step, steps):
                self._progress(job_id, step, steps)
            case Done(job_id):
                self._end(job_id, self._done(event))
            case Failed(job_id, sentence, detail):
                log.warning("job %s failed: %s %s", job_id, sentence, detail)
                self._end(job_id, self._ended(job_id, JobState.FAILED, sentence))
            case Cancelled(job_id):
                self._end(job_id, self._ended(job_id, JobState.CANCELLED, "This job was cancelled."))
            case Broken(sentence, detail):
                log.error("the worker broke: %s %s", sentence, detail)

    async def close(self) -> None:
        """Wait for the deliveries that are under way."""
        await asyncio.gather(*self._ends, return_exceptions=True)

    def _progress(self, job_id: str, step: int, steps: int) -> None:
        now = self._clock()
        running = self._running.setdefault(job_id, _Running(now, now - BETWEEN_EDITS))
        left = (now - running.started_at) / (step - 1) * (steps - step) if step > 1 else None
        busy = running.edit is not None and not running.edit.done()
        soon = left is not None and left < NOT_BEFORE_THE_END
        if busy or soon or now - running.edited_at < BETWEEN_EDITS:
            return
        running.edited_at = now
        running.edit = asyncio.create_task(self._show_progress(job_id, step, steps, left))

    async def _show_progress(self, job_id: str, step: int, steps: int, left: float | None) -> None:
        try:
            record = await self._jobs.get(job_id)
            if record is None or record.job.state.final:
                return
            if record.job.state is JobState.QUEUED:
                await self._jobs.move(job_id, JobState.RUNNING)
            await self._messenger.progress(record.job, step, steps, left)
        except Exception:
            # A missed progress edit costs nothing: the next one, or the result, takes its place.
            log.warning("progress of job %s could not be shown", job_id, exc_info=True)

    def _end(self, job_id: str, ending: Coroutine[Any, Any, None]) -> None:
        async def end() -> None:
            running = self._running.pop(job_id, None)
            if running and running.edit:
                await asyncio.wait([running.edit])
            try:
                await ending
            except Exception:
                log.exception("job %s could not be delivered", job_id)
                await self._give_up(job_id)

        task = asyncio.create_task(end())
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)

    async def _done(self, event: Done) -> None:
        job = await self._job(event.job_id)
        if not all(may_show(each.image.verdict, ceiling_of(job.place)) for each in event.pictures):
            faults = [each.image.verdict.fault for each in event.pictures if each.image.verdict.fault]
            for fault in faults:
                log.error("job %s: the picture could not be rated: %s", job.id, fault)
            why = _UNRATED if faults else _WITHHELD
            await self._ended(job.id, JobState.WITHHELD, why)
            return
        for each in event.pictures:
            await self._files.add(each.png)
        images = [each.image for each in event.pictures]
        await self._jobs.finish(job.id, JobState.DONE, model=self._model, images=images)
        await self._messenger.result(job, event.pictures, self._model, event.seconds)

    async def _ended(self, job_id: str, state: JobState, sentence: str) -> None:
        job = await self._job(job_id)
        await self._jobs.finish(job_id, state, error=sentence)
        await self._messenger.word(job, sentence)

    async def _give_up(self, job_id: str) -> None:
        try:
            if not (await self._job(job_id)).state.final:
                await self._ended(job_id, JobState.FAILED, _FAULT)
        except Exception:
            log.exception("job %s could not be ended; the next start takes it up again", job_id)

    async def _job(self, job_id: str) -> Job:
        record = await self._jobs.get(job_id)
        if record is None:
            raise BotError(f"The worker spoke of job {job_id}, which nobody knows.")
        return record.job


_WITHHELD = (
    "The picture came out above what this place may show, so it was not posted or kept. "
    "Another seed or plainer tags may give one that can be shown."
)
_UNRATED = (
    "The picture could not be rated, so it was not posted or kept. "
    "Please try again; if it happens again, tell whoever runs this bot."
)
_FAULT = (
    "The picture was drawn but could not be kept, so it was not posted. "
    "Please try again; if it happens again, tell whoever runs this bot."
)
