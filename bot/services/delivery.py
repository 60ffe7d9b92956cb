"""Brings what becomes of a job to the person who asked: the pictures, or a plain word why not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from bot.core.errors import BotError
from bot.core.events import Broken, Cancelled, Done, Failed, JobEvent, Peek, Progress, Ready
from bot.core.job import Job, JobState, Rendered
from bot.policy.verdicts import may_show
from bot.services.places import ceiling_of
from bot.services.progress import ProgressBoard
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles

log = logging.getLogger(__name__)


class Messenger(Protocol):
    """How a job's answer comes to its end where it was asked for."""

    async def result(self, job: Job, pictures: Sequence[Rendered], model: str, seconds: float) -> None:
        """Show the pictures; raises when they could not be shown anywhere."""

    async def word(self, job: Job, sentence: str) -> None:
        """Show a sentence in place of the pictures; raises when it could not be shown anywhere."""


class DeliveryService:
    """Listens to the dispatcher's events; what is on the way to the end goes to the board."""

    def __init__(
        self, jobs: JobStore, files: PictureFiles, messenger: Messenger, board: ProgressBoard
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._messenger = messenger
        self._board = board
        self._ends: set[asyncio.Task[None]] = set()
        self._model = ""

    def handle(self, event: JobEvent) -> None:
        """Take one event, in the order in which they were told; the work goes on in tasks."""
        match event:
            case Ready(model):
                self._model = model.name
            case Progress():
                self._board.progress(event)
            case Peek():
                self._board.peek(event)
            case Done(job_id):
                self._end(job_id, self._done(event))
            case Failed(job_id, sentence, detail):
                log.warning("job %s failed: %s %s", job_id, sentence, detail)
                self._end(job_id, self._ended(job_id, JobState.FAILED, sentence))
            case Cancelled(job_id):
                self._end(job_id, self._ended(job_id, JobState.CANCELLED, "This job was cancelled."))
            case Broken(sentence, detail):
                log.error("a worker broke: %s %s", sentence, detail)

    async def close(self) -> None:
        """Wait for the deliveries that are under way."""
        await asyncio.gather(*self._ends, return_exceptions=True)

    def _end(self, job_id: str, ending: Coroutine[Any, Any, None]) -> None:
        async def end() -> None:
            await self._board.leave(job_id)
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
