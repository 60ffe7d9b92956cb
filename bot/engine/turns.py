"""Whose turn it is: people take turns, one job each, in the order in which they came."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Iterator

from bot.core.job import Task


class Turns:
    """Waiting jobs by person. Whoever had a turn goes behind everyone who waits."""

    def __init__(self) -> None:
        self._waiting: collections.OrderedDict[int, collections.deque[Task]] = collections.OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, owner: int, task: Task) -> None:
        """Add a job behind its owner's others."""
        self._waiting.setdefault(owner, collections.deque()).append(task)

    def take(self) -> tuple[int, Task]:
        """Remove and return the next job and its owner; raises KeyError when nobody waits."""
        owner, tasks = self._waiting.popitem(last=False)
        task = tasks.popleft()
        if tasks:
            self._waiting[owner] = tasks
        return owner, task

    def drop(self, job_id: str) -> bool:
        """Remove a waiting job; False when it does not wait here."""
        for owner, tasks in self._waiting.items():
            for task in tasks:
                if task.job_id == job_id:
                    tasks.remove(task)
                    if not tasks:
                        del self._waiting[owner]
                    return True
        return False

    def order(self) -> Iterator[tuple[int, Task]]:
        """Every waiting job with its owner, in the order in which they would be taken."""
        rounds = itertools.zip_longest(*(list(tasks) for tasks in self._waiting.values()))
        for turn in rounds:
            for owner, task in zip(self._waiting, turn, strict=True):
                if task is not None:
                    yield owner, task

    def before(self, owner: int) -> list[Task]:
        """The jobs that would be taken before one that this person would add now."""
        rounds = len(self._waiting.get(owner, ()))
        people = list(self._waiting)
        own_place = people.index(owner) if rounds else len(people)
        first: list[Task] = []
        for place, tasks in enumerate(self._waiting.values()):
            # Those ahead in the round get one turn more than the person has had when the new job comes up.
            first += list(tasks)[: rounds + (place < own_place)]
        return first
