"""Whose picture is next: start-time fair queueing per person (Goyal, Vin and Cheng, 1996).

Virtual time runs in standard pictures per unit of weight. A person's next picture has a start tag: the
virtual time at which they came, or the finish tag of their picture before it, whichever is later. The
smallest start tag is next, and virtual time is the start tag of whatever was taken last. Among people who
always have something waiting, what one was given never runs ahead of another's by more than one picture of
each, by weight.

The short lane is no way around this. It takes only a picture whose start tag is not past virtual time, that
is, one that no other person's is before; it is charged like any other; so many short pictures give nobody
more than a few long ones do.
"""

from __future__ import annotations

import collections
import dataclasses
import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence

from bot.core.job import Task

Fits = Callable[[Task], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class Ticket:
    """A picture on its way to a worker, and what its owner was charged in virtual time."""

    owner: int
    task: Task
    charge: float


@dataclasses.dataclass(frozen=True, slots=True)
class _Waiting:
    task: Task
    weight: float
    number: int


@dataclasses.dataclass(slots=True)
class _Line:
    """A person's waiting pictures and the start tag of the first."""

    start: float
    pictures: collections.deque[_Waiting]


class FairQueue:
    """Waiting pictures by person. ``cost`` gives a picture's cost in standard ones, asked when it is taken.

    Pictures of at most ``short_steps`` steps are short: before others of the same tag, and in the lane.
    """

    def __init__(self, cost: Callable[[Task], float], short_steps: int) -> None:
        self._cost = cost
        self._short_steps = short_steps
        self._lines: dict[int, _Line] = {}
        self._due: dict[int, float] = {}
        self._now = 0.0
        self._number = itertools.count()

    def __len__(self) -> int:
        return sum(len(line.pictures) for line in self._lines.values())

    def put(self, owner: int, tasks: Sequence[Task], weight: float = 1.0) -> None:
        """Add pictures behind their owner's others; a weight of 2 is served twice as much."""
        line = self._lines.get(owner)
        if line is None:
            line = self._lines[owner] = _Line(self._start(owner), collections.deque())
        line.pictures.extend(_Waiting(task, weight, next(self._number)) for task in tasks)

    def take(self, fits: Fits = lambda task: True) -> Ticket | None:
        """Remove and charge the next picture that fits; None when there is none."""
        return self._take([owner for owner, line in self._lines.items() if fits(line.pictures[0].task)])

    def take_short(self, fits: Fits = lambda task: True) -> Ticket | None:
        """The same for the lane: a short picture whose owner is not ahead of their share."""
        due = [owner for owner, line in self._lines.items() if line.start <= self._now]
        firsts = {owner: self._lines[owner].pictures[0].task for owner in due}
        return self._take([owner for owner, task in firsts.items() if self._short(task) and fits(task)])

    def drop(self, job_id: str) -> int:
        """Remove a job's waiting pictures, which were not charged yet; how many there were."""
        dropped = 0
        for owner, line in list(self._lines.items()):
            stay = collections.deque(each for each in line.pictures if each.task.job_id != job_id)
            dropped += len(line.pictures) - len(stay)
            line.pictures = stay
            if not stay:
                del self._lines[owner]
        return dropped

    def refund(self, ticket: Ticket, part: float) -> None:
        """Give back a part (0 to 1) of what a picture was charged that was not drawn to its end."""
        amount = ticket.charge * part
        self._due[ticket.owner] = self._due.get(ticket.owner, 0.0) - amount
        if line := self._lines.get(ticket.owner):
            line.start = max(self._now, line.start - amount)

    def rest(self) -> None:
        """Nothing waits and nothing runs: everyone begins equal again."""
        self._due.clear()
        self._now = 0.0

    def owners(self) -> set[int]:
        """Everyone who has a picture waiting."""
        return set(self._lines)

    def order(
        self, extra: Sequence[Task] = (), owner: int = 0, weight: float = 1.0
    ) -> Iterator[tuple[int, Task]]:
        """Every waiting picture with its owner, as they would be taken.

        ``extra`` ones are placed as if ``owner`` had put them.
        """
        lines = {each: (line.start, [*line.pictures]) for each, line in self._lines.items()}
        if extra:
            start, pictures = lines.get(owner, (self._start(owner), []))
            last = next(self._number)  # behind everything; a gap in the numbers is no harm
            lines[owner] = (start, [*pictures, *(_Waiting(task, weight, last) for task in extra)])
        heads = [(self._rank(start, pictures[0]), each, 0) for each, (start, pictures) in lines.items()]
        heapq.heapify(heads)
        while heads:
            rank, each, index = heads[0]
            pictures = lines[each][1]
            yield each, pictures[index].task
            if index + 1 == len(pictures):
                heapq.heappop(heads)
                continue
            start = rank[0] + self._charge(pictures[index])
            heapq.heapreplace(heads, (self._rank(start, pictures[index + 1]), each, index + 1))

    def _take(self, owners: Sequence[int]) -> Ticket | None:
        if not owners:
            return None
        firsts = ((self._lines[owner], owner) for owner in owners)
        line, owner = min(firsts, key=lambda first: self._rank(first[0].start, first[0].pictures[0]))
        picture = line.pictures.popleft()
        charge = self._charge(picture)
        self._now = max(self._now, line.start)
        self._due = {each: due for each, due in self._due.items() if due > self._now}
        line.start = self._due[owner] = line.start + charge
        if not line.pictures:
            del self._lines[owner]
        return Ticket(owner, picture.task, charge)

    def _start(self, owner: int) -> float:
        return max(self._now, self._due.get(owner, 0.0))

    def _charge(self, picture: _Waiting) -> float:
        return self._cost(picture.task) / picture.weight

    def _short(self, task: Task) -> bool:
        return task.all_steps <= self._short_steps

    def _rank(self, start: float, picture: _Waiting) -> tuple[float, bool, int]:
        return start, not self._short(picture.task), picture.number
