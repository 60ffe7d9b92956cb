"""The jobs that have not ended, and every way in which one ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bot.core.events import Began, Broken, Cancelled, Done, Failed, JobEvent
from bot.core.job import Task
from bot.engine.feeder import Feeder
from bot.engine.held import Held
from bot.engine.outlook import Outlook
from bot.engine.supervisor import Flight, Supervisor

RETRIES = 2
"""How often a picture whose worker died is drawn again; the last time it has a worker to itself."""


class Jobs:
    """What was submitted and has not ended. Each ends once, by one event to ``listener``, and is then gone.

    A cancelled job ends only when no worker holds a picture of it any more.
    """

    def __init__(
        self,
        workers: Sequence[Supervisor],
        feeder: Feeder,
        outlook: Outlook,
        listener: Callable[[JobEvent], None],
        clock: Callable[[], float],
    ) -> None:
        self._workers = workers
        self._feeder = feeder
        self._outlook = outlook
        self._listener = listener
        self._clock = clock
        self._jobs: dict[str, Held] = {}

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._jobs

    def __iter__(self) -> Iterator[Held]:
        return iter(self._jobs.values())

    def get(self, job_id: str) -> Held | None:
        """The job; None when it has ended or never was."""
        return self._jobs.get(job_id)

    def add(self, job: Held) -> None:
        """Hold a job from now on."""
        self._outlook.changed()
        self._jobs[job.id] = job

    def sent(self, task: Task) -> None:
        """A picture goes to a worker; with its first one the job begins."""
        job = self._jobs[task.job_id]
        if job.began is None:
            job.began = self._clock()
            self._listener(Began(job.id))

    def cancel(self, job: Held) -> None:
        """Have a job end: now, or when the last of its pictures has left its worker."""
        job.cancelled = True
        self._withdraw(job)
        self.end_if_over(job)

    def fail(self, job: Held, sentence: str, detail: str) -> None:
        """End a job that cannot be drawn; one that was cancelled ends as that."""
        if job.cancelled:
            self.end_if_over(job)
            return
        self._withdraw(job)
        self._end(job, Failed(job.id, sentence, detail))

    def lost(self, flight: Flight, event: Broken) -> None:
        """A picture went down with its worker: it is drawn again, or its job fails."""
        task = flight.ticket.task
        job = self._jobs.get(task.job_id)
        if job is None or job.cancelled:
            self._feeder.refund(flight.ticket, flight.step)
            if job is not None:
                self.end_if_over(job)
            return
        job.steps.pop(task.index, None)
        job.deaths[task.index] += 1
        if job.deaths[task.index] > RETRIES:
            self.fail(job, _GIVEN_UP, f"{event.sentence} {event.detail}")
        else:
            self._feeder.again(flight.ticket, alone=job.deaths[task.index] == RETRIES)

    def end_if_over(self, job: Held) -> None:
        """End a job that has all its pictures, or that was cancelled and is at no worker."""
        if job.id not in self._jobs:
            return
        if job.cancelled:
            if not any(worker.holds(job.id) for worker in self._workers):
                self._end(job, Cancelled(job.id))
        elif (pictures := job.finished) is not None:
            now = self._clock()
            seconds = now - (now if job.began is None else job.began)
            self._end(job, Done(job.id, pictures, seconds, job.gpu_seconds))

    def _withdraw(self, job: Held) -> None:
        """Take what waits of a job out of the queue, and ask for what runs to end."""
        self._outlook.changed()
        self._feeder.drop(job.id)
        for worker in self._workers:
            worker.cancel(job.id)

    def _end(self, job: Held, event: JobEvent) -> None:
        self._outlook.changed()
        del self._jobs[job.id]
        if not self._jobs:
            self._feeder.rest()
        self._listener(event)


_GIVEN_UP = (
    f"The engine stopped {RETRIES + 1} times while it drew this, so it was given up; "
    "another size or fewer steps may work, or the same again later."
)
