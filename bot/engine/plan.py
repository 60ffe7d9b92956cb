"""When pictures will be done, as far as anyone can tell: the queue played forward at the measured costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.core.job import Task
from bot.core.size import Size
from bot.engine.costs import Costs, area, calls, rows


@dataclasses.dataclass(slots=True)
class Load:
    """What is left of a picture: UNet calls, of so many rows."""

    job_id: str
    size: Size
    rows: int
    calls: int

    @classmethod
    def of(cls, task: Task, step: int = 0) -> Load:
        """A picture after ``step`` of its steps."""
        left = calls(task, task.steps) - calls(task, step) if step else calls(task, task.steps)
        return cls(task.job_id, task.size, rows(task), left)


@dataclasses.dataclass(slots=True)
class _Course:
    """One worker's future: what it runs from ``time`` on."""

    running: list[Load]
    time: float = 0.0

    def next_end(self, costs: Costs) -> float:
        return self.time + min(load.calls for load in self.running) * step_seconds(self.running, costs)

    def advance(self, costs: Costs) -> Load:
        """Go to the end of the picture that ends first."""
        self.time = self.next_end(costs) + (costs.extra or 0.0)
        first = min(self.running, key=lambda load: load.calls)
        for load in self.running:
            if load is not first:
                load.calls -= first.calls
        self.running.remove(first)
        return first


def ends(
    running: Sequence[Sequence[Load]],
    waiting: Iterable[Load],
    batch: Callable[[int], int],
    costs: Costs,
) -> Iterator[tuple[str, float]]:
    """(job, seconds from now) for each picture's end, soonest first; the costs must be known.

    ``running`` holds what each worker does now. ``batch`` says how many pictures a worker is given after so
    many of ``waiting`` went before.
    """
    courses = [_Course([dataclasses.replace(load) for load in loads]) for loads in running]
    queue = iter(waiting)
    gone = 0
    more = True
    while True:
        # Whoever is free soonest takes the next one, as the dispatcher would give it.
        free = [course for course in courses if len(course.running) < batch(gone)] if more else []
        if free:
            load = next(queue, None)
            if load is None:
                more = False
            else:
                gone += 1
                min(free, key=lambda course: (len(course.running), course.time)).running.append(load)
            continue
        busy = [course for course in courses if course.running]
        if not busy:
            return
        course = min(busy, key=lambda course: course.next_end(costs))
        yield course.advance(costs).job_id, course.time


def step_seconds(loads: Sequence[Load], costs: Costs) -> float:
    """Seconds of one step of everything at a worker; 0 while the costs are unknown.

    A call's rows are padded to a power of two, and each size is a call of its own.
    """
    counts: dict[Size, int] = {}
    for load in loads:
        counts[load.size] = counts.get(load.size, 0) + load.rows
    padded = sum((1 << (count - 1).bit_length()) * area(size) for size, count in counts.items())
    return costs.call(padded, len(counts)) or 0.0
