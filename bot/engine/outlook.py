"""What jobs can expect: how many start first, and when they will be done."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

from bot.core.job import Task
from bot.engine.costs import Costs
from bot.engine.feeder import Feeder
from bot.engine.plan import Load, ends
from bot.engine.state import Forecast

FRESH_SECONDS = 1.0
"""How old an outlook may be while the queue stays as it is."""


class Outlook:
    """Forecasts for jobs here and jobs to come. ``running`` names the jobs that have begun."""

    def __init__(
        self, feeder: Feeder, costs: Costs, running: Callable[[], list[str]], clock: Callable[[], float]
    ) -> None:
        self._feeder = feeder
        self._costs = costs
        self._running = running
        self._clock = clock
        self._known: dict[str, Forecast] | None = None
        self._known_at = 0.0

    def changed(self) -> None:
        """The queue, or what is at the workers, is not what it was."""
        self._known = None

    def of(self, job_id: str) -> Forecast | None:
        """A job's forecast; None for one that is not here."""
        now = self._clock()
        if self._known is None or now - self._known_at > FRESH_SECONDS:
            self._known, self._known_at = self._look(), now
        forecast = self._known.get(job_id)
        if forecast is None or forecast.seconds is None:
            return forecast
        return dataclasses.replace(forecast, seconds=max(0.0, forecast.seconds - (now - self._known_at)))

    def of_new(self, tasks: Sequence[Task], owner: int, weight: float) -> Forecast:
        """The forecast of a job that is not here yet."""
        job_id, left = tasks[0].job_id, len(tasks)
        order = list(self._feeder.order(tasks, owner, weight))
        names = [task.job_id for _, task in order]
        ahead = {*self._running(), *names[: names.index(job_id)]}
        seconds: float | None = None
        for name, at in self._ends(order):
            left -= name == job_id
            if left == 0:
                seconds = at
                break
        return Forecast(len(ahead), seconds, bool(self._feeder.able()))

    def _look(self) -> dict[str, Forecast]:
        order = list(self._feeder.order())
        done = dict(self._ends(order))  # the last picture's end is the job's
        running = self._running()
        starts = dict.fromkeys([*running, *(task.job_id for _, task in order)])
        ready = bool(self._feeder.able())
        return {
            job_id: Forecast(0 if place < len(running) else place, done.get(job_id), ready)
            for place, job_id in enumerate(starts)
        }

    def _ends(self, order: Sequence[tuple[int, Task]]) -> Iterator[tuple[str, float]]:
        """(job, seconds from now) for every picture's end; nothing while that cannot be known."""
        workers = self._feeder.able()
        if not self._costs.known or not workers:
            return iter(())
        running = [
            [Load.of(each.ticket.owner, each.ticket.task, each.step) for each in worker.flights.values()]
            for worker in workers
        ]
        waiting = [Load.of(owner, task) for owner, task in order]
        return ends(running, waiting, self._feeder.batch, self._costs)
