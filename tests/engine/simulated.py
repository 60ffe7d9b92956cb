"""A worker in a virtual world: it steps and ends pictures at known costs, and fails when it is told to."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable

from bot.core.errors import EngineError
from bot.core.events import Broken, Drawn, Left, ModelInfo, Ready, Stepped, Took, Undrawn, WorkerEvent
from bot.core.job import Task
from bot.core.size import Size
from bot.engine.client import Listener
from bot.engine.costs import area, calls, rows
from tests.engine.tasks import drawn

READY = Ready(ModelInfo("tiny", "00", 0.125, "cpu"))


class World:
    """Virtual time: what is due happens in order, and no time passes otherwise."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._number), action))

    async def run(self, seconds: float | None = None) -> None:
        """Let time pass, until nothing more is due or for so many seconds."""
        until = float("inf") if seconds is None else self.now + seconds
        await _settle()
        while self._due and self._due[0][0] <= until:
            self.now, _, action = heapq.heappop(self._due)
            action()
            await _settle()
        if seconds is not None:
            self.now = until


async def _settle() -> None:
    """Let the tasks do what they can at this moment: a restart is a few turns of the loop long."""
    for _ in range(5):
        await asyncio.sleep(0)


class Simulated:
    """A transport whose worker needs ``call`` + ``row`` x rows x area a step, and ``extra`` a picture."""

    def __init__(
        self, world: World, *, call: float = 0.01, row: float = 0.004, extra: float = 0.1, most: int = 4
    ) -> None:
        self.world, self.call, self.row, self.extra, self.most = world, call, row, extra, most
        self.sent: list[str] = []
        self.cancelled: list[str] = []
        self.starts = 0
        self.kills = 0
        self.stops = 0
        self.gone = False
        self.loads = True
        self.deadly: set[str] = set()
        """Jobs that take the worker's process with them at their second step."""
        self.refused: set[str] = set()
        """Jobs whose pictures it cannot draw, which shows at their next step."""
        self.hanging = False
        self._tell: Listener = lambda event: None
        self._pictures: dict[tuple[str, int], tuple[Task, int]] = {}
        self._life = 0
        self._busy = False

    async def start(self, listener: Listener) -> None:
        self.starts += 1
        self._life += 1
        self._tell = listener
        self._forget()
        life = self._life
        self.world.after(1.0, lambda: self._loaded(life))

    def send(self, task: Task) -> None:
        if self.gone:
            raise EngineError("gone")
        self.sent.append(task.job_id)
        self._pictures[task.key] = (task, 0)
        if not self._busy:
            self._turn()

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    async def stop(self, *, at_once: bool = False) -> None:
        self.kills += at_once
        self.stops += not at_once
        self._life += 1
        self._forget()

    def tell(self, event: WorkerEvent) -> None:
        """Say something out of turn."""
        self._tell(event)

    def die(self, why: str = "signal 9") -> None:
        """End as a killed process does."""
        self._life += 1
        self._forget()
        self.gone = False
        self._tell(Broken("The engine stopped.", why))

    def _forget(self) -> None:
        self._pictures.clear()
        self._busy = False

    def _loaded(self, life: int) -> None:
        if life == self._life:
            if self.loads:
                self._tell(READY)
            else:
                self.die("no model")

    def _turn(self) -> None:
        """Take up what was asked and begin the next step of the first size in line."""
        life = self._life
        self._busy = True
        if self.hanging:
            return
        running = list(self._pictures.values())[: self.most]
        sizes: dict[Size, list[Task]] = {}
        for task, _ in running:
            sizes.setdefault(task.size, []).append(task)
        took = []
        for size, tasks in sizes.items():
            count = sum(map(rows, tasks))
            padded = 1 << (count - 1).bit_length()
            took.append(Took(size, padded, self.call + self.row * padded * area(size)))
        self.world.after(sum(each.seconds for each in took), lambda: self._stepped(life, took, running))

    def _stepped(self, life: int, took: list[Took], running: list[tuple[Task, int]]) -> None:
        if life != self._life:
            return
        ended = []
        for task, step in running:
            if task.job_id in self.cancelled:
                continue
            step += 1
            self._pictures[task.key] = (task, step)
            if task.job_id in self.deadly and step == 2:
                self.die()
                return
            whole = step == calls(task, task.steps)
            self._tell(Stepped(*task.key, task.steps if whole else min(step, task.steps - 1), task.steps))
            if whole:
                ended.append(task)
        for each in took:
            self._tell(each)
        for key in [key for key in self._pictures if key[0] in self.cancelled]:
            _, step = self._pictures.pop(key)
            self._tell(Left(*key, step))
        for key in [key for key in self._pictures if key[0] in self.refused]:
            del self._pictures[key]
            self._tell(Undrawn(*key, "No.", "because"))
        self.world.after(self.extra * len(ended), lambda: self._ended(life, ended))

    def _ended(self, life: int, tasks: list[Task]) -> None:
        if life != self._life:
            return
        for task in tasks:
            if self._pictures.pop(task.key, None) is not None:
                self._tell(Drawn(*task.key, drawn(*task.key), 1.0))
        self._busy = False
        if self._pictures:
            self._turn()
