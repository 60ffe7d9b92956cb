"""Anything in any order: whatever happens to jobs and workers, each job ends once and the books balance."""

from __future__ import annotations

import random

import pytest

from bot.core.events import Began, Cancelled, Capped, Done, Failed, JobEvent, Progress
from bot.core.size import SIZES
from bot.engine.fair import Ticket
from tests.engine.desk import Desk

ENDS = Done | Failed | Cancelled
OWNERS = 5
DEEDS = ("ask", "ask", "ask", "ask", "cancel", "cancel", "die", "hang", "refuse", "cap", "wait", "wait")


class Walk:
    """A desk to which things happen, and what must hold meanwhile."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.desk = Desk(
            workers=self.rng.randint(1, 3), batch=self.rng.randint(1, 2), max_batch=self.rng.choice([1, 2, 4])
        )
        self.asked: list[str] = []
        self.refunded: list[Ticket] = []
        self.seen = 0
        self.time = 0.0
        self.queue = self.desk.dispatcher._feeder._queue
        refund, rest = self.queue.refund, self.queue.rest

        def note(ticket: Ticket, part: float) -> None:
            assert 0.0 <= part <= 1.0
            assert all(ticket is not other for other in self.refunded), "nothing is given back twice"
            self.refunded.append(ticket)
            refund(ticket, part)

        def begin_anew() -> None:
            self.time = 0.0
            rest()

        self.queue.refund, self.queue.rest = note, begin_anew  # type: ignore[method-assign]

    async def go(self, deeds: int) -> None:
        await self.desk.open()
        for _ in range(deeds):
            getattr(self, self.rng.choice(DEEDS))()
            self.check()
            await self.desk.watch(self.rng.choice([0, 0, 1, 2]))
            self.check()
        for worker in self.desk.workers:
            worker.hanging, worker.deadly = False, set()
        for _ in range(3600):
            await self.desk.watch(1)
            self.check()

    def ask(self) -> None:
        name = f"{len(self.asked)}"
        self.asked.append(name)
        self.desk.ask(
            self.rng.randrange(OWNERS),
            name,
            self.rng.randint(1, 4),
            self.rng.choice([0.5, 1.0, 3.0]),
            steps=self.rng.choice([1, 4, 28, 60]),
            size=self.rng.choice([SIZES[0], SIZES[4]]),
            cfg=self.rng.choice([1.0, 7.0]),
            sampler=self.rng.choice(["Euler a", "Heun"]),
        )
        if self.rng.random() < 0.1:
            for worker in self.desk.workers:
                worker.deadly.add(name)

    def cancel(self) -> None:
        self.desk.dispatcher.cancel(self.rng.choice([*self.asked, "nobody's"]))

    def die(self) -> None:
        self.rng.choice(self.desk.workers).die()

    def hang(self) -> None:
        worker = self.rng.choice(self.desk.workers)
        worker.hanging = not worker.hanging

    def refuse(self) -> None:
        for worker in self.desk.workers:
            worker.refused |= {*self.asked[-1:]}

    def cap(self) -> None:
        self.rng.choice(self.desk.workers).tell(Capped(self.rng.choice(SIZES), self.rng.randint(0, 2)))

    def wait(self) -> None:
        self.desk.dispatcher.snapshot()

    def check(self) -> None:
        assert self.queue._now >= self.time, "virtual time goes back"
        self.time = self.queue._now
        most = self.desk.dispatcher._settings.max_batch
        for worker in self.desk.dispatcher._workers:
            flights = worker.flights.values()
            stepping = [flight for flight in flights if flight.step < flight.ticket.task.steps]
            assert len(stepping) <= max(2, most)
            assert len(flights) == 1 or not any(flight.alone for flight in flights)

    def lives(self) -> dict[str, list[JobEvent]]:
        lives: dict[str, list[JobEvent]] = {name: [] for name in self.asked}
        for event in self.desk.heard:
            if isinstance(event, Began | Progress | ENDS):
                lives[event.job_id].append(event)
        return lives


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_each_job_ends_once_and_the_books_balance(seed: int) -> None:
    walk = Walk(seed)
    await walk.go(60)
    for name, life in walk.lives().items():
        assert [isinstance(event, ENDS) for event in life] == [False] * (len(life) - 1) + [True], name
        assert [isinstance(event, Began) for event in life].count(True) <= 1
        if len(life) > 1:
            assert isinstance(life[0], Began)
    dispatcher = walk.desk.dispatcher
    assert not list(dispatcher._jobs)
    assert not dispatcher._feeder._again
    assert not len(walk.queue)
    assert not any(worker.flights for worker in dispatcher._workers)
