"""Ends jobs: decides what may be shown, writes the end down, and hands it to the outbox."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from bot.core.errors import BotError
from bot.core.events import Began, Broken, Cancelled, Done, Failed, JobEvent, Peek, Progress, Ready
from bot.core.job import Job, JobState, Rendered
from bot.core.language import later
from bot.policy.verdicts import discarded
from bot.services.answers import Answer, note_of
from bot.services.gate import Gate
from bot.services.outbox import Outbox
from bot.services.progress import ProgressBoard
from bot.storage.deliveries import Owed
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles

log = logging.getLogger(__name__)

PAUSES = (1.0, 4.0, 30.0)
"""Seconds before an end that could not be written is tried again; the last is that of all further times."""
RETRIES = 2
"""How often it is tried as it was meant; then it becomes a failure."""


class DeliveryService:
    """Listens to the dispatcher's events; what is on the way to the end goes to the board.

    Pictures that may not be shown are kept nowhere, unless there are files for those ``withheld``, for the
    owner's eyes; what the floor throws away is not even kept there.
    """

    def __init__(
        self,
        jobs: JobStore,
        files: PictureFiles,
        outbox: Outbox,
        board: ProgressBoard,
        gate: Gate,
        withheld: PictureFiles | None = None,
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._outbox = outbox
        self._board = board
        self._gate = gate
        self._withheld = withheld
        self._writes: set[asyncio.Task[None]] = set()
        self._reasons: dict[str, str] = {}
        self._closing = asyncio.Event()
        self._model = ""

    def handle(self, event: JobEvent) -> None:
        """Take one event, in the order in which they were told; the work goes on in tasks."""
        match event:
            case Ready(model):
                self._model = model.name
            case Began(job_id):
                self._write(self._began(job_id))
            case Progress():
                self._board.progress(event)
            case Peek():
                self._board.peek(event)
            case Done(job_id):
                self._end(job_id, lambda: self._done(event))
            case Failed(job_id, sentence, detail):
                log.warning("job %s failed: %s %s", job_id, sentence, detail)
                self._end(job_id, lambda: self._ended(job_id, JobState.FAILED, sentence))
            case Cancelled(job_id):
                why = self._reasons.get(job_id, CANCELLED)
                self._end(job_id, lambda: self._ended(job_id, JobState.CANCELLED, why))
            case Broken(sentence, detail):
                log.error("a worker broke: %s %s", sentence, detail)

    def cancelled_since(self, job_id: str, reason: str) -> None:
        """Say why a job is about to be cancelled, other than because its asker wished so."""
        self._reasons[job_id] = reason

    async def close(self, seconds: float) -> None:
        """Wait until everything is written down, and so long for their delivery; the rest is owed still."""
        self._closing.set()
        await asyncio.gather(*self._writes, return_exceptions=True)
        await self._outbox.close(seconds)

    def _end(self, job_id: str, ending: Callable[[], Awaitable[None]]) -> None:
        async def end() -> None:
            await self._board.leave(job_id)
            try:
                await ending()
            except Exception:
                log.exception("job %s could not be ended as it should", job_id)
                await self._end_late(job_id, ending)
            finally:
                self._reasons.pop(job_id, None)

        self._write(end())

    async def _end_late(self, job_id: str, ending: Callable[[], Awaitable[None]]) -> None:
        """Try again, as the disk may be full or locked for a moment; after that it fails, as soon as that can
        be written. A job without an end would hold its quota, and its asker would wait for ever."""
        for number in itertools.count():
            if await self._closes_within(PAUSES[min(number, RETRIES)]):
                log.error("job %s could not be ended; the next start takes it up again", job_id)
                return
            try:
                record = await self._jobs.get(job_id)
                if record is None or record.job.state.final:
                    return
                await (ending() if number < RETRIES else self._ended(job_id, JobState.FAILED, _FAULT))
                return
            except Exception:
                log.exception("job %s could not be ended yet", job_id)

    async def _closes_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)
        return self._closing.is_set()

    def _write(self, writing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(writing)
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def _began(self, job_id: str) -> None:
        # Now and not with an edit of the answer: a job that takes the whole bot down must have been counted.
        try:
            await self._jobs.move(job_id, JobState.RUNNING)
        except BotError as error:
            log.warning("job %s runs, which could not be written down: %s", job_id, error)

    async def _done(self, event: Done) -> None:
        job = await self._job(event.job_id)
        may_show = await self._gate.of(job)
        shown = [each for each in event.pictures if may_show(each.image.verdict)]
        kept_back = [each for each in event.pictures if each not in shown]
        for each in kept_back:
            await self._keep_back(job, each)
        if not shown:
            await self._ended(job.id, JobState.WITHHELD, _why(kept_back), again=True)
            return
        for each in shown:
            await self._files.add(each.png)
        images = [each.image for each in shown]
        # What was withheld is not paid for.
        gpu_seconds = event.gpu_seconds * len(shown) / len(event.pictures)
        model = job.request.model or self._model
        answer = Answer(
            tuple(shown),
            model,
            event.seconds,
            note=note_of(len(kept_back), len(event.pictures)),
            again=bool(kept_back),
        )
        await self._jobs.finish(
            job.id,
            JobState.DONE,
            model=model,
            images=images,
            gpu_seconds=gpu_seconds,
            owed=Owed(answer.seconds, answer.note, answer.again),
        )
        self._outbox.send(job.id, answer)

    async def _keep_back(self, job: Job, picture: Rendered) -> None:
        """Log what becomes of a picture that is not shown; keep it where the owner wants to look at it."""
        verdict, name = picture.image.verdict, f"job {job.id}, picture {picture.image.index + 1}"
        if verdict.fault is not None:
            log.error("%s could not be rated and is withheld: %s", name, verdict.fault)
        elif discarded(verdict, job.age_context):
            log.warning("%s is thrown away by rule F3", name)
        elif self._withheld is None:
            log.info("%s is withheld", name)
        else:
            try:
                sha256 = await self._withheld.add(picture.png)
            except BotError:
                log.exception("%s is withheld, and could not be kept for review", name)
            else:
                log.info("%s is withheld, and kept as %s", name, self._withheld.path(sha256))

    async def _ended(self, job_id: str, state: JobState, sentence: str, *, again: bool = False) -> None:
        await self._jobs.finish(job_id, state, error=sentence, owed=Owed(again=again))
        self._outbox.send(job_id, Answer(sentence=sentence, again=again))

    async def _job(self, job_id: str) -> Job:
        record = await self._jobs.get(job_id)
        if record is None:
            raise BotError(f"The worker spoke of job {job_id}, which nobody knows.")
        return record.job


def _why(kept_back: Sequence[Rendered]) -> str:
    if any(each.image.verdict.fault for each in kept_back):
        return _UNRATED
    return _WITHHELD if len(kept_back) == 1 else _ALL_WITHHELD


CANCELLED = later("This job was cancelled.")
_WITHHELD = later(
    "The picture came out above what this place may show, so it was not posted. Another seed "
    "or plainer tags may give one that can be shown."
)
_ALL_WITHHELD = later(
    "All the pictures came out above what this place may show, so none was posted. Another "
    "seed or plainer tags may give some that can be shown."
)
_UNRATED = later(
    "What was drawn could not be rated, so nothing was posted or kept. Please try again; if "
    "it happens again, tell whoever runs this bot."
)
_FAULT = later(
    "The picture was drawn but could not be kept, so it was not posted. Please try again; if "
    "it happens again, tell whoever runs this bot."
)
