"""What goes where: takes pictures from the fair queue and hands them to the workers."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable, Iterator, Sequence

from bot.core.job import Task
from bot.engine.costs import Costs
from bot.engine.fair import FairQueue, Ticket
from bot.engine.state import DispatcherSettings
from bot.engine.supervisor import Flight, Supervisor


class Feeder:
    """The waiting pictures and the rules by which workers get them. ``sent`` hears of each that goes."""

    def __init__(
        self,
        workers: Sequence[Supervisor],
        settings: DispatcherSettings,
        costs: Costs,
        sent: Callable[[Task], None],
    ) -> None:
        self._workers = workers
        self._settings = settings
        self._sent = sent
        self._queue = FairQueue(lambda task: costs.share(task, settings.batch), settings.short_steps)
        self._again: collections.deque[Flight] = collections.deque()
        """Pictures whose worker died; they are paid for, and go before all others."""

    def put(self, tasks: Sequence[Task], owner: int, weight: float) -> None:
        """Add a job's pictures to the queue."""
        self._queue.put(owner, tasks, weight)

    def again(self, ticket: Ticket, *, alone: bool) -> None:
        """Have a picture drawn once more, ``alone`` when nothing else may be at its worker meanwhile."""
        self._again.append(Flight(ticket, alone=alone))

    def drop(self, job_id: str) -> None:
        """Forget a job's pictures that wait."""
        self._queue.drop(job_id)
        for flight in [flight for flight in self._again if flight.ticket.task.job_id == job_id]:
            self._again.remove(flight)
            self._queue.refund(flight.ticket, 1.0)

    def refund(self, ticket: Ticket, step: int) -> None:
        """A picture left its worker for good after so many steps."""
        self._queue.refund(ticket, 1 - step / ticket.task.all_steps)

    def rest(self) -> None:
        """No job is left: nobody owes anything."""
        self._queue.rest()

    def feed(self) -> None:
        """Give the workers what they can take, the emptiest first."""
        while any(map(self._feed_one, sorted(self.able(), key=lambda worker: len(worker.flights)))):
            pass

    def able(self) -> list[Supervisor]:
        """The workers that take pictures now."""
        return [worker for worker in self._workers if worker.ready]

    def batch(self, people: int) -> int:
        """How many pictures a worker is given while so many people wait.

        People and not pictures, so that nobody makes the queue long alone and then fills the batch.

        Where one picture fills the card a second one goes there ahead, so that the card need not wait for it.
        A person who is here alone has only pictures of one job together: their further jobs gain little by
        sharing, and leave the next one who comes a place.
        """
        long = people >= self._settings.long_queue * max(1, len(self.able()))
        most = self._settings.max_batch
        return 2 if most == 1 else most if long else self._settings.batch

    def order(
        self, extra: Sequence[Task] = (), owner: int = 0, weight: float = 1.0
    ) -> Iterator[tuple[int, Task]]:
        """Every waiting picture and its owner as they would go, ``extra`` ones as if they had been put."""
        again = ((flight.ticket.owner, flight.ticket.task) for flight in self._again)
        return itertools.chain(again, self._queue.order(extra, owner, weight))

    def _people(self) -> set[int]:
        """Everyone who has a picture here, waiting or at a worker."""
        flights = [*self._again, *(flight for worker in self._workers for flight in worker.flights.values())]
        return self._queue.owners() | {flight.ticket.owner for flight in flights}

    def _feed_one(self, worker: Supervisor) -> bool:
        """Hand one worker one picture, if it may have one more."""
        flight = self._next_for(worker)
        if flight is None:
            return False
        self._sent(flight.ticket.task)
        worker.send(flight)
        return True

    def _next_for(self, worker: Supervisor) -> Flight | None:
        if any(flight.alone for flight in worker.flights.values()):
            return None
        # Those that have taken their last step are being decoded, and are in no step's way.
        most = self._settings.max_batch
        flights = [flight for flight in worker.flights.values() if flight.step < flight.ticket.task.all_steps]
        if len(worker.flights) - len(flights) >= most:
            return None
        if self._again:
            room = not worker.flights if self._again[0].alone else len(flights) < most
            return self._again.popleft() if room else None

        alone = len(self._people()) == 1

        def fits(task: Task) -> bool:
            same = all(flight.ticket.task.job_id == task.job_id for flight in flights)
            return worker.fits(task.size) and (same or not alone)

        in_lane = sum(flight.lane for flight in flights)
        batch = self.batch(len(self._queue.owners()))
        if len(flights) - in_lane < batch and len(flights) < max(most, batch):
            ticket = self._queue.take(fits)
            return None if ticket is None else Flight(ticket)
        if not in_lane and len(flights) < most:
            ticket = self._queue.take_short(fits)
            return None if ticket is None else Flight(ticket, lane=True)
        return None
