"""Keeps the answers of waiting and running jobs up to date: one edit at a time, and not too often."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from bot.core.errors import BotError
from bot.core.events import Peek, Progress
from bot.core.job import Job, JobState
from bot.engine.state import Forecast
from bot.services.answers import AnswerGone, TokenOver
from bot.services.gate import Gate
from bot.storage.deliveries import DeliveryStore
from bot.storage.jobs import JobStore

__all__ = ["Forecast", "Messenger", "ProgressBoard"]

log = logging.getLogger(__name__)

BETWEEN_EDITS = 3.0
"""Seconds between two edits of one answer; Discord allows about five edits in five seconds."""
NOT_BEFORE_THE_END = 1.0
"""No progress edit when the picture is expected within this many seconds: it would only delay it."""
REFRESH = 1.0
"""Seconds between two looks at the waiting jobs."""
WAITING_EDITS = 2
"""Answers of waiting jobs that one ``refresh`` may edit: with hundreds waiting, news must not be a flood."""
WAITING_LOOKS = 10
"""Waiting jobs that one ``refresh`` asks about; the others have their turn at the next."""
CLOSE = 3
"""From this place on, every step forward is news; farther back only a quarter of the way is."""
MOVED = 1.5
"""A time is told again once it is this many times longer or shorter than was said, and by ten seconds."""


class Messenger(Protocol):
    """How a job's answer is changed while it has no pictures yet; each raises as the answers' does."""

    async def waiting(self, job: Job, forecast: Forecast, *, restarted: bool) -> None:
        """Show a waiting job's place, and of one from before the start that it is kept."""

    async def stopping(self, job: Job) -> None:
        """Show that the bot restarts and the job's place is kept."""

    async def progress(self, job: Job, progress: Progress, previews: Sequence[bytes] | None) -> None:
        """Show how far a job is; ``previews`` are PNG files, or None to leave those that are shown."""


@dataclasses.dataclass(slots=True)
class _Answer:
    edited_at: float
    looked_at: float
    told: Forecast | None = None
    restarted: bool = False
    """Whether an earlier run of the bot accepted the job."""
    running: bool = False
    edit: asyncio.Task[None] | None = None
    peeks: dict[int, Peek] = dataclasses.field(default_factory=dict)
    fresh: bool = False
    """Whether a preview has come since the last edit."""

    def free(self, now: float) -> bool:
        """Whether an edit may begin: none is under way, and the last is long enough ago."""
        return (self.edit is None or self.edit.done()) and now - self.edited_at >= BETWEEN_EDITS


class ProgressBoard:
    """Decides which answers are edited and when. Everything happens in the event loop.

    ``on_deleted`` hears of jobs whose answer somebody deleted.
    """

    def __init__(
        self,
        jobs: JobStore,
        messenger: Messenger,
        gate: Gate,
        deliveries: DeliveryStore,
        on_deleted: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs = jobs
        self._messenger = messenger
        self._gate = gate
        self._deliveries = deliveries
        self._on_deleted = on_deleted
        self._clock = clock
        self._stopping = False
        self._answers: dict[str, _Answer] = {}

    def waits(self, job_id: str, told: Forecast | None) -> None:
        """A job waits from now on; ``told`` is what its answer says, None for one of an earlier run."""
        now = self._clock()
        self._answers[job_id] = _Answer(now, now, told, restarted=told is None)

    def progress(self, event: Progress) -> None:
        """Show a running job's progress, unless it is too soon after the last edit or before the end."""
        now = self._clock()
        answer = self._answers.setdefault(event.job_id, _Answer(now - BETWEEN_EDITS, now))
        answer.running = True
        soon = event.seconds_left is not None and event.seconds_left < NOT_BEFORE_THE_END
        if soon or self._stopping or not answer.free(now):
            return
        peeks, answer.fresh = (list(answer.peeks.values()) if answer.fresh else None), False
        self._edit(event.job_id, answer, now, self._show_progress(event, peeks))

    def peek(self, event: Peek) -> None:
        """Keep the newest preview of a picture for the next edit."""
        answer = self._answers.get(event.job_id)
        if answer is not None:
            answer.peeks[event.index] = event
            answer.fresh = True

    def refresh(self, place: Callable[[str], Forecast | None]) -> None:
        """Tell some of the waiting jobs where they are now, those first that were not looked at longest."""
        if self._stopping:
            return
        now = self._clock()
        waiting = [(answer, job_id) for job_id, answer in self._answers.items() if not answer.running]
        waiting.sort(key=lambda each: each[0].looked_at)
        edits = 0
        for answer, job_id in waiting[:WAITING_LOOKS]:
            answer.looked_at = now
            forecast = place(job_id) if answer.free(now) else None
            if forecast is None or not _is_news(answer.told, forecast):
                continue
            answer.told = forecast
            showing = self._show_waiting(job_id, forecast, answer.restarted)
            self._edit(job_id, answer, now, showing)
            edits += 1
            if edits == WAITING_EDITS:
                return

    async def leave(self, job_id: str) -> None:
        """Forget a job that ended, once the edit that is under way is through: the end comes after it."""
        answer = self._answers.pop(job_id, None)
        if answer is not None and answer.edit is not None:
            await asyncio.wait([answer.edit])

    async def tell_stop(self) -> None:
        """Tell everybody whose job has not ended that it is kept; from now on nothing else is told."""
        self._stopping = True
        await asyncio.gather(*(self._tell_stop(job_id, each) for job_id, each in self._answers.items()))

    async def _tell_stop(self, job_id: str, answer: _Answer) -> None:
        if answer.edit is not None:
            await asyncio.wait([answer.edit])
        if job_id in self._answers:
            await self._edit(job_id, answer, self._clock(), self._show_stopping(job_id))

    def _edit(
        self, job_id: str, answer: _Answer, now: float, showing: Coroutine[Any, Any, None]
    ) -> asyncio.Task[None]:
        answer.edited_at = now
        answer.edit = asyncio.create_task(self._quietly(job_id, showing))
        return answer.edit

    async def _quietly(self, job_id: str, showing: Coroutine[Any, Any, None]) -> None:
        # A missed edit costs nothing: the next one, or the result, takes its place.
        try:
            await showing
        except AnswerGone:
            log.info("the answer of job %s was deleted", job_id)
            self._on_deleted(job_id)
        except TokenOver:
            await self._deliveries.forget_token(job_id)
        except BotError as error:
            log.info("the answer of job %s could not be brought up to date: %s", job_id, error)
        except Exception:
            log.exception("the answer of job %s could not be brought up to date", job_id)

    async def _show_stopping(self, job_id: str) -> None:
        if (job := await self._open(job_id)) is not None:
            await self._messenger.stopping(job)

    async def _show_waiting(self, job_id: str, forecast: Forecast, restarted: bool) -> None:
        job = await self._open(job_id)
        if job is not None and job.state is JobState.QUEUED:
            await self._messenger.waiting(job, forecast, restarted=restarted)

    async def _show_progress(self, event: Progress, peeks: Sequence[Peek] | None) -> None:
        job = await self._open(event.job_id)
        if job is None:
            return
        previews = None
        if peeks is not None:
            may_show = await self._gate.of(job, unfinished=True)
            shown = [each for each in peeks if may_show(each.verdict)]
            previews = [each.png for each in sorted(shown, key=lambda each: each.index)]
        await self._messenger.progress(job, event, previews)

    async def _open(self, job_id: str) -> Job | None:
        record = await self._jobs.get(job_id)
        return None if record is None or record.job.state.final else record.job


def _is_news(told: Forecast | None, now: Forecast) -> bool:
    if told is None or told.ready != now.ready:
        return True
    if now.ahead < told.ahead and (now.ahead < CLOSE or now.ahead <= 0.75 * told.ahead):
        return True
    if now.seconds is None or told.seconds is None:
        return told.seconds != now.seconds
    shorter, longer = sorted((told.seconds, now.seconds))
    return longer > max(MOVED * shorter, shorter + 10)
