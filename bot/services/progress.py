"""Keeps the answers of waiting and running jobs up to date: one edit at a time, and not too often."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from bot.core.events import Peek, Progress
from bot.core.job import Job, JobState
from bot.engine.state import Forecast
from bot.policy.verdicts import may_show
from bot.services.places import ceiling_of
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
    """How a job's answer is changed while it has no pictures yet; each may fail quietly."""

    async def waiting(self, job: Job, forecast: Forecast) -> None:
        """Show a waiting job's place."""

    async def progress(self, job: Job, progress: Progress, previews: Sequence[bytes] | None) -> None:
        """Show how far a job is; ``previews`` are PNG files, or None to leave those that are shown."""


@dataclasses.dataclass(slots=True)
class _Answer:
    edited_at: float
    looked_at: float
    told: Forecast | None = None
    running: bool = False
    edit: asyncio.Task[None] | None = None
    peeks: dict[int, Peek] = dataclasses.field(default_factory=dict)
    fresh: bool = False
    """Whether a preview has come since the last edit."""

    def free(self, now: float) -> bool:
        """Whether an edit may begin: none is under way, and the last is long enough ago."""
        return (self.edit is None or self.edit.done()) and now - self.edited_at >= BETWEEN_EDITS


class ProgressBoard:
    """Decides which answers are edited and when. Everything happens in the event loop."""

    def __init__(
        self, jobs: JobStore, messenger: Messenger, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._jobs = jobs
        self._messenger = messenger
        self._clock = clock
        self._answers: dict[str, _Answer] = {}

    def waits(self, job_id: str, told: Forecast | None) -> None:
        """A job waits from now on; ``told`` is what its answer says, None for one of an earlier run."""
        now = self._clock()
        self._answers[job_id] = _Answer(now, now, told)

    def progress(self, event: Progress) -> None:
        """Show a running job's progress, unless it is too soon after the last edit or before the end."""
        now = self._clock()
        answer = self._answers.setdefault(event.job_id, _Answer(now - BETWEEN_EDITS, now))
        answer.running = True
        soon = event.seconds_left is not None and event.seconds_left < NOT_BEFORE_THE_END
        if soon or not answer.free(now):
            return
        peeks, answer.fresh = (list(answer.peeks.values()) if answer.fresh else None), False
        self._edit(answer, now, self._show_progress(event, peeks))

    def peek(self, event: Peek) -> None:
        """Keep the newest preview of a picture for the next edit."""
        answer = self._answers.get(event.job_id)
        if answer is not None:
            answer.peeks[event.index] = event
            answer.fresh = True

    def refresh(self, place: Callable[[str], Forecast | None]) -> None:
        """Tell some of the waiting jobs where they are now, those first that were not looked at longest."""
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
            self._edit(answer, now, self._show_waiting(job_id, forecast))
            edits += 1
            if edits == WAITING_EDITS:
                return

    async def leave(self, job_id: str) -> None:
        """Forget a job that ended, once the edit that is under way is through: the end comes after it."""
        answer = self._answers.pop(job_id, None)
        if answer is not None and answer.edit is not None:
            await asyncio.wait([answer.edit])

    def _edit(self, answer: _Answer, now: float, showing: Coroutine[Any, Any, None]) -> None:
        answer.edited_at = now
        answer.edit = asyncio.create_task(_quietly(showing))

    async def _show_waiting(self, job_id: str, forecast: Forecast) -> None:
        job = await self._open(job_id)
        if job is not None and job.state is JobState.QUEUED:
            await self._messenger.waiting(job, forecast)

    async def _show_progress(self, event: Progress, peeks: Sequence[Peek] | None) -> None:
        job = await self._open(event.job_id)
        if job is None:
            return
        if job.state is JobState.QUEUED:
            await self._jobs.move(job.id, JobState.RUNNING)
        previews = None
        if peeks is not None:
            shown = [each for each in peeks if may_show(each.verdict, ceiling_of(job.place))]
            previews = [each.png for each in sorted(shown, key=lambda each: each.index)]
        await self._messenger.progress(job, event, previews)

    async def _open(self, job_id: str) -> Job | None:
        record = await self._jobs.get(job_id)
        return None if record is None or record.job.state.final else record.job


async def _quietly(showing: Coroutine[Any, Any, None]) -> None:
    try:
        await showing
    except Exception:
        # A missed edit costs nothing: the next one, or the result, takes its place.
        log.warning("an answer could not be brought up to date", exc_info=True)


def _is_news(told: Forecast | None, now: Forecast) -> bool:
    if told is None or told.ready != now.ready:
        return True
    if now.ahead < told.ahead and (now.ahead < CLOSE or now.ahead <= 0.75 * told.ahead):
        return True
    if now.seconds is None or told.seconds is None:
        return told.seconds != now.seconds
    shorter, longer = sorted((told.seconds, now.seconds))
    return longer > max(MOVED * shorter, shorter + 10)
