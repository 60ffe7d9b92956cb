"""A dispatcher with simulated workers, what it told, and how to ask it for things."""

from __future__ import annotations

from typing import Any, TypeVar

from bot.core.events import Done, JobEvent
from bot.core.job import Task
from bot.engine.costs import Costs
from bot.engine.dispatcher import Dispatcher
from bot.engine.state import DispatcherSettings, Forecast
from tests.engine.simulated import Simulated, World
from tests.engine.tasks import pictures

E = TypeVar("E")


class Desk:
    """Everything that a test of the dispatcher needs; nothing in it waits for a real clock."""

    def __init__(self, workers: int = 1, costs: Costs | None = None, **settings: Any) -> None:
        self.world = World()
        self.workers = [Simulated(self.world) for _ in range(workers)]
        self.heard: list[JobEvent] = []
        self.done_at: dict[str, float] = {}
        self.dispatcher = Dispatcher(
            self.workers,
            self._hear,
            DispatcherSettings(**settings),
            costs or Costs(),
            clock=lambda: self.world.now,
        )

    @property
    def worker(self) -> Simulated:
        return self.workers[0]

    async def open(self) -> Desk:
        """Start the workers and wait until they are ready; the watch is the test's own."""
        await self.start()
        await self.world.run(1.5)
        return self

    async def start(self) -> None:
        await self.dispatcher.start()
        assert self.dispatcher._watch is not None
        self.dispatcher._watch.cancel()

    def ask(self, owner: int, job: str, count: int = 1, weight: float = 1.0, **more: Any) -> list[Task]:
        """Submit a job of some pictures."""
        tasks = pictures(job, count, **more)
        self.dispatcher.submit(tasks, owner, weight=weight)
        return tasks

    def forecast(self, owner: int, **more: Any) -> Forecast:
        return self.dispatcher.forecast(pictures("new", more.pop("count", 1), **more), owner)

    async def watch(self, seconds: float) -> None:
        """Let time pass with somebody looking after the workers every second."""
        for _ in range(round(seconds)):
            await self.world.run(1.0)
            self.dispatcher.look()
            await self.world.run(0.0)

    def all_heard(self, kind: type[E]) -> list[E]:
        return [event for event in self.heard if isinstance(event, kind)]

    def done(self) -> list[str]:
        """The finished jobs, in the order in which they ended."""
        return [event.job_id for event in self.all_heard(Done)]

    def _hear(self, event: JobEvent) -> None:
        self.heard.append(event)
        if isinstance(event, Done):
            self.done_at[event.job_id] = self.world.now
