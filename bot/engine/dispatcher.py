"""Takes jobs and cancels, hears the workers, and says what a job can expect; `jobs.py` knows how jobs end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from bot.core.events import (
    Broken,
    Capped,
    Drawn,
    JobEvent,
    Left,
    Loading,
    Peek,
    Progress,
    Ready,
    Stepped,
    Took,
    Undrawn,
    WorkerEvent,
)
from bot.core.job import Task
from bot.engine.client import Transport
from bot.engine.costs import Costs
from bot.engine.feeder import Feeder
from bot.engine.held import Held
from bot.engine.jobs import Jobs
from bot.engine.outlook import Outlook
from bot.engine.plan import Load, step_seconds
from bot.engine.state import DispatcherSettings, Forecast, QueuedJob, Snapshot
from bot.engine.supervisor import Supervisor

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
STEPS_OF_SILENCE = 20
FIRST_SILENCE = 300.0
"""Seconds that a worker may say nothing until the first step it tells of, which warms it up."""


class Dispatcher:
    """Decides whose picture runs next, says what a job can expect; everything happens in the event loop.

    ``listener`` hears what happens to jobs, and how the workers are. ``costs`` is what an earlier run learnt;
    it goes on learning.
    """

    def __init__(
        self,
        workers: Sequence[Transport],
        listener: Callable[[JobEvent], None],
        settings: DispatcherSettings,
        costs: Costs,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.costs = costs
        self._listener = listener
        self._settings = settings
        self._clock = clock
        self._workers = [
            Supervisor(number, worker, self._hear, self._silence, clock)
            for number, worker in enumerate(workers, 1)
        ]
        self._feeder = Feeder(self._workers, settings, costs, self._sent)
        self._outlook = Outlook(self._feeder, costs, self._begun, clock)
        self._jobs = Jobs(self._workers, self._feeder, self._outlook, listener, clock)
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the workers; jobs may be submitted before they are ready."""
        await asyncio.gather(*(worker.start() for worker in self._workers))
        self._watch = asyncio.create_task(self._look_on())

    async def stop(self) -> None:
        """Stop the workers, whatever runs; nothing more is told of the jobs that did not end."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    def submit(
        self, tasks: Sequence[Task], owner: int, *, guild: int | None = None, weight: float = 1.0
    ) -> None:
        """Take all pictures of a person's job; they run when their turns come.

        A person of weight 2 is served twice as much. The job fails at once when every worker is dead. One
        that is here already is left as it is. Raises ValueError for no pictures, for pictures of several
        jobs, and for a weight that is not above zero.
        """
        if len({task.job_id for task in tasks}) != 1 or len({task.index for task in tasks}) != len(tasks):
            raise ValueError("a job has at least one picture, and each once")
        if not weight > 0:
            raise ValueError(f"weight {weight} is not above 0")
        job = Held(owner, guild, tuple(tasks))
        if job.id in self._jobs:
            return
        self._jobs.add(job)
        if all(worker.dead for worker in self._workers):
            self._jobs.fail(job, self._workers[0].state.note, "every worker is dead")
            return
        self._feeder.put(job.tasks, owner, weight)
        self._feeder.feed()

    def cancel(self, job_id: str) -> None:
        """End a job: a waiting one now, a running one at its next step; Cancelled tells when it has ended.

        A job that has ended, or never was, is nothing to cancel: no event follows.
        """
        job = self._jobs.get(job_id)
        if job is None or job.cancelled:
            return
        self._jobs.cancel(job)
        self._feeder.feed()

    def forecast(self, tasks: Sequence[Task], owner: int, *, weight: float = 1.0) -> Forecast:
        """What the person's job could expect if it were submitted now."""
        return self._outlook.of_new(tasks, owner, weight)

    def estimate(self, tasks: Sequence[Task]) -> float:
        """About how many seconds of a worker these pictures take in all; 0 while that is not known."""
        if not self.costs.known:
            return 0.0
        return sum(self.costs.seconds(task, self._settings.batch) for task in tasks)

    def place(self, job_id: str) -> Forecast | None:
        """What a waiting or running job can expect; None when it has ended or never was."""
        return self._outlook.of(job_id)

    def snapshot(self) -> Snapshot:
        """The whole queue and the workers, as they are now."""
        expected = [(job, forecast) for job in self._jobs if (forecast := self.place(job.id))]
        expected.sort(key=lambda pair: (pair[0].began is None, pair[1].ahead))
        jobs = (
            QueuedJob(
                job.id, job.owner, job.guild, job.began is not None, job.done, job.total, forecast.seconds
            )
            for job, forecast in expected
        )
        return Snapshot(tuple(jobs), tuple(worker.state for worker in self._workers))

    def look(self) -> None:
        """Look after the workers; done by itself about once a second."""
        for worker in self._workers:
            worker.look()

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def _hear(self, worker: Supervisor, event: WorkerEvent) -> None:
        match event:
            case Stepped():
                self._stepped(worker, event)
            case Peek(job_id):
                job = self._jobs.get(job_id)
                if job is not None and not job.cancelled:
                    self._listener(event)
            case Drawn():
                self._drawn(worker, event)
            case Undrawn(job_id, index, sentence, detail):
                self._left(worker, job_id, index)
                if (job := self._jobs.get(job_id)) is not None:
                    self._jobs.fail(job, sentence, detail)
            case Left(job_id, index):
                self._left(worker, job_id, index)
            case Took():
                self._took(worker, event)
            case Capped(size, pictures):
                worker.cap(size, pictures)
            case Loading():
                self._listener(event)
            case Ready(model):
                self.costs.begin(model)
                self._outlook.changed()
                self._listener(event)
            case Broken():
                self._broke(worker, event)
        if not isinstance(event, Stepped | Took | Peek):
            self._feeder.feed()

    def _stepped(self, worker: Supervisor, event: Stepped) -> None:
        flight = worker.flights.get((event.job_id, event.index))
        job = self._jobs.get(event.job_id)
        if flight is None:
            return
        flight.step, flight.moved = event.step, True
        if job is not None and not job.cancelled:
            job.steps[event.index] = event.step
            forecast = self.place(job.id)
            self._listener(Progress(job.id, job.done, job.total, forecast.seconds if forecast else None))
        if event.step == event.steps:
            self._feeder.feed()  # what is being decoded leaves room for the next

    def _drawn(self, worker: Supervisor, event: Drawn) -> None:
        flight = worker.flights.pop((event.job_id, event.index), None)
        job = self._jobs.get(event.job_id)
        beside = worker.proved()
        if flight is None or flight.ticket.task.upscale == 1:
            self.costs.drawn(beside)
        self._outlook.changed()
        if flight is None or job is None:
            return
        job.gpu_seconds += flight.gpu_seconds + beside
        job.pictures[event.index] = event.picture
        job.steps[event.index] = flight.ticket.task.all_steps
        self._jobs.end_if_over(job)

    def _took(self, worker: Supervisor, event: Took) -> None:
        if not self.costs.known:
            self._outlook.changed()
        worker.took(event)
        self.costs.took(event.size, event.rows, event.seconds)

    def _left(self, worker: Supervisor, job_id: str, index: int) -> None:
        """A picture left its worker before its end; what it did not use is its owner's again."""
        flight = worker.flights.pop((job_id, index), None)
        self._outlook.changed()
        if flight is not None:
            self._feeder.refund(flight.ticket, flight.step)
        if (job := self._jobs.get(job_id)) is not None:
            self._jobs.end_if_over(job)

    def _broke(self, worker: Supervisor, event: Broken) -> None:
        self._outlook.changed()
        lost, worker.flights = worker.flights, {}
        all_dead = all(each.dead for each in self._workers)
        if all_dead or not worker.dead:
            self._listener(event)
        else:
            log.error("one worker of several cannot be used: %s %s", event.sentence, event.detail)
        for flight in lost.values():
            self._jobs.lost(flight, event)
        if all_dead:
            for job in list(self._jobs):
                self._jobs.fail(job, event.sentence, event.detail)

    def _sent(self, task: Task) -> None:
        """A picture goes to a worker."""
        self._outlook.changed()
        self._jobs.sent(task)

    def _begun(self) -> list[str]:
        return [job.id for job in self._jobs if job.began is not None]

    def _silence(self, worker: Supervisor) -> float:
        """How many seconds a worker that holds pictures may say nothing."""
        tickets = [flight.ticket for flight in worker.flights.values()]
        step = step_seconds([Load.of(ticket.owner, ticket.task) for ticket in tickets], self.costs)
        if not worker.called or not step:
            return FIRST_SILENCE
        return max(self._settings.watchdog, STEPS_OF_SILENCE * step + (self.costs.extra or 0.0))
