"""When pictures will be done, as far as anyone can tell: the queue played forward at the measured costs."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.core.job import Task
from bot.core.size import Size
from bot.engine.costs import Costs, area, calls, rows
from bot.engine.rows import padded


@dataclasses.dataclass(slots=True)
class Load:
    """What is left of a person's picture: UNet calls, of so many rows."""

    owner: int
    job_id: str
    size: Size
    rows: int
    calls: int

    @classmethod
    def of(cls, owner: int, task: Task, step: int = 0) -> Load:
        """A picture after ``step`` of its steps."""
        left = calls(task, task.all_steps) - (calls(task, step) if step else 0)
        return cls(owner, task.job_id, task.size, rows(task), left)


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

    ``running`` holds what each worker does now. ``batch`` says how many pictures a worker is given while so
    many people wait; who is left alone has only pictures of one job together (`bot.engine.feeder`).
    """
    courses = [_Course([dataclasses.replace(load) for load in loads]) for loads in running]
    queue = collections.deque(waiting)
    people = collections.Counter(load.owner for load in queue)
    left = people + collections.Counter(load.owner for course in courses for load in course.running)

    def has_room(course: _Course) -> bool:
        same = all(load.job_id == queue[0].job_id for load in course.running)
        return len(course.running) < batch(len(people)) and (same or len(left) > 1)

    while True:
        # Whoever is free soonest takes the next one, as the dispatcher would give it.
        if queue and (free := [course for course in courses if has_room(course)]):
            first = min(free, key=lambda course: (len(course.running), course.time))
            first.running.append(queue.popleft())
            _drop(people, first.running[-1].owner)
            continue
        busy = [course for course in courses if course.running]
        if not busy:
            return
        course = min(busy, key=lambda course: course.next_end(costs))
        load = course.advance(costs)
        _drop(left, load.owner)
        yield load.job_id, course.time


def _drop(counts: collections.Counter[int], owner: int) -> None:
    counts[owner] -= 1
    if not counts[owner]:
        del counts[owner]


def step_seconds(loads: Sequence[Load], costs: Costs) -> float:
    """Seconds of one step of everything at a worker; 0 while the costs are unknown.

    Each size is a call of its own, with its rows padded.
    """
    counts: dict[Size, int] = {}
    for load in loads:
        counts[load.size] = counts.get(load.size, 0) + load.rows
    whole = sum(padded(count) * area(size) for size, count in counts.items())
    return costs.call(whole, len(counts)) or 0.0
