"""Feeds one worker: decides which job runs next, says what a job can expect, outlives a worker's death."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable

from bot.core.errors import EngineError
from bot.core.events import Broken, Cancelled, Done, Failed, Progress, Ready, WorkerEvent
from bot.core.job import Task
from bot.core.size import DEFAULT_SIZE
from bot.engine.client import Listener, Transport
from bot.engine.turns import Turns

log = logging.getLogger(__name__)

TRIES = 2
"""How often a job is begun before it fails: a worker that died under it gets one more chance."""
SMOOTHING = 0.3
"""Weight of the newest measurement in the running mean of the engine's speed."""


@dataclasses.dataclass(frozen=True, slots=True)
class Forecast:
    """What a job can expect: jobs that go first, seconds until it is done (None: not measured yet).

    ``ready`` is False while the model is still loading.
    """

    ahead: int
    seconds: float | None
    ready: bool


@dataclasses.dataclass(slots=True)
class _Running:
    """The job at the worker, or that goes there as soon as there is one; ``share`` of it is done."""

    task: Task
    sent: bool = False
    tries: int = 0
    sent_at: float = 0.0
    share: float = 0.0


def work(task: Task) -> float:
    """A job's cost, in UNet rows of the card's default size."""
    rows = 2 if task.cfg > 1 else 1
    calls = 2 if task.sampler == "Heun" else 1
    area = (task.size.width * task.size.height) / (DEFAULT_SIZE.width * DEFAULT_SIZE.height)
    return len(task.seeds) * task.steps * rows * calls * area


class Dispatcher:
    """Holds waiting jobs and keeps one at a time at the worker; everything happens in the event loop.

    ``listener`` hears every event of the worker, and of jobs that end without one.
    """

    def __init__(
        self, worker: Transport, listener: Listener, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._worker = worker
        self._listener = listener
        self._clock = clock
        self._turns = Turns()
        self._running: _Running | None = None
        self._ready = False
        self._dead: Broken | None = None
        self._speed: float | None = None
        self._restart: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the worker; jobs may be submitted before it is ready."""
        await self._worker.start(self._hear)

    async def stop(self) -> None:
        """Stop the worker, whatever runs; nothing more is told of the jobs that did not end."""
        self._ready = False
        if self._restart is not None:
            self._restart.cancel()
            await asyncio.gather(self._restart, return_exceptions=True)
        await self._worker.stop()

    def submit(self, task: Task, owner: int) -> None:
        """Take a person's job; it runs when their turn comes, and fails at once when the engine is gone."""
        if self._dead is not None:
            self._listener(Failed(task.job_id, self._dead.sentence, self._dead.detail))
            return
        self._turns.put(owner, task)
        self._next()

    def cancel(self, job_id: str) -> None:
        """Drop a waiting job, or ask the worker to end a running one; Cancelled tells when it is done.

        A job that has ended, or never was, is nothing to cancel: no event follows.
        """
        if self._running is not None and self._running.task.job_id == job_id:
            self._worker.cancel(job_id)
        elif self._turns.drop(job_id):
            self._listener(Cancelled(job_id))

    def forecast(self, task: Task, owner: int) -> Forecast:
        """What the person's job could expect if it were submitted now."""
        first = self._turns.before(owner)
        cost = sum(map(work, [*first, task]))
        if self._running is not None:
            cost += work(self._running.task) * (1 - self._running.share)
        ahead = len(first) + (self._running is not None)
        return Forecast(ahead, None if self._speed is None else cost * self._speed, self._ready)

    def _hear(self, event: WorkerEvent) -> None:
        match event:
            case Ready():
                self._ready = True
            case Progress(job_id, step, steps):
                self._moved(job_id, step / steps)
            case Done(job_id, _, seconds):
                self._ended(job_id, seconds)
            case Failed(job_id) | Cancelled(job_id):
                self._ended(job_id, None)
            case Broken():
                self._broke(event)
                return
        self._listener(event)
        self._next()

    def _moved(self, job_id: str, share: float) -> None:
        running = self._running
        if running is None or running.task.job_id != job_id:
            return
        running.share = share
        if self._speed is None and share > 0:
            # The very first job: an early guess is better than none, and its end corrects it.
            self._speed = (self._clock() - running.sent_at) / (share * work(running.task))

    def _ended(self, job_id: str, seconds: float | None) -> None:
        running = self._running
        if running is None or running.task.job_id != job_id:
            return
        self._running = None
        if seconds is not None:
            speed = seconds / work(running.task)
            known = speed if self._speed is None else self._speed
            self._speed = known + SMOOTHING * (speed - known)

    def _broke(self, event: Broken) -> None:
        """Start the worker again, unless it could not even load; its job gets one more try."""
        self._listener(event)
        running = self._running
        if running is not None and (running.tries >= TRIES or not self._ready):
            self._running = None
            self._listener(Failed(running.task.job_id, event.sentence, event.detail))
        elif running is not None:
            running.sent = False
        if self._ready:
            self._ready = False
            self._restart = asyncio.create_task(self._start_again())
            return
        self._dead = event
        while self._turns:
            _, task = self._turns.take()
            self._listener(Failed(task.job_id, event.sentence, event.detail))

    async def _start_again(self) -> None:
        log.warning("starting the worker again")
        try:
            await self._worker.start(self._hear)
        except OSError as error:
            self._broke(Broken("The engine could not be started again.", str(error)))

    def _next(self) -> None:
        if not self._ready:
            return
        if self._running is None and self._turns:
            _, task = self._turns.take()
            self._running = _Running(task)
        running = self._running
        if running is None or running.sent:
            return
        running.sent, running.tries = True, running.tries + 1
        running.sent_at, running.share = self._clock(), 0.0
        try:
            self._worker.send(running.task)
        except EngineError:
            # Its Broken is on the way, and the job is sent again to the next worker.
            log.warning("the worker was gone before job %s reached it", running.task.job_id)
