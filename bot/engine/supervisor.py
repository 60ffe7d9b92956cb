"""Looks after one worker: what it holds, whether it still answers, and when it is started again."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable

from bot.core.errors import EngineError
from bot.core.events import Broken, Loading, Ready, Took, WorkerEvent
from bot.core.size import Size
from bot.engine.client import Transport
from bot.engine.costs import rows
from bot.engine.fair import Ticket
from bot.engine.state import Condition, WorkerState

log = logging.getLogger(__name__)

DEATHS, WITHIN = 3, 600.0
"""So many deaths in so many seconds, with no picture finished in between, make a worker degraded."""
PAUSE, LONGEST_PAUSE = 30.0, 600.0
"""Seconds before a degraded worker is started again; they double with each death."""
GIVE_UP = 6
"""Starts in a row that did not end in Ready after which a worker that once was ready stays dead."""
OUR_PAUSE = 5.0
"""Seconds between two looks that say that this process itself stood still."""
CAP_HOLDS = 300.0
"""Seconds after which one picture more than a size's cap may be sent, for the worker to try."""

Key = tuple[str, int]


@dataclasses.dataclass(slots=True)
class Flight:
    """A picture at a worker after ``step`` steps: by the short ``lane``, ``alone`` there, or neither.

    ``gpu_seconds`` is its part of the UNet's calls so far; ``moved`` says that the next is too.
    """

    ticket: Ticket
    lane: bool = False
    alone: bool = False
    step: int = 0
    moved: bool = False
    gpu_seconds: float = 0.0


class Supervisor:
    """One worker and what it holds. ``tell`` hears its events, each with this supervisor.

    ``silence`` says how many seconds it may say nothing while it holds pictures.
    """

    def __init__(
        self,
        number: int,
        transport: Transport,
        tell: Callable[[Supervisor, WorkerEvent], None],
        silence: Callable[[Supervisor], float],
        clock: Callable[[], float],
    ) -> None:
        self.flights: dict[Key, Flight] = {}
        self.ready = False
        """Takes pictures now."""
        self.dead = False
        """Stays away."""
        self.called = False
        """Told of a call of the UNet since it was started."""
        self._name = f"worker {number}"
        self._transport = transport
        self._tell = tell
        self._silence = silence
        self._clock = clock
        self._life = 0
        self._once_ready = False
        self._loading = True
        self._heard_at = self._looked_at = self._counted_from = clock()
        self._in_calls = 0.0
        self._start_at: float | None = None
        self._starting: asyncio.Task[None] | None = None
        self._deaths: list[float] = []
        self._failed_starts = 0
        self._caps: dict[Size, tuple[int, float]] = {}
        self._restarts = 0
        self._note = ""
        self._condition: Condition = "loading"
        self._since = time.time()

    @property
    def state(self) -> WorkerState:
        """How it is, for people."""
        return WorkerState(self._name, self._condition, self._since, self._restarts, self._note)

    async def start(self) -> None:
        """Start the worker for the first time; raises OSError when its process cannot be made."""
        await self._begin()

    async def stop(self) -> None:
        """End the worker, whatever runs; nothing of it is heard any more."""
        self._life += 1
        self.ready, self._start_at = False, None
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self._transport.stop()

    def send(self, flight: Flight) -> None:
        """Hand a picture over."""
        task = flight.ticket.task
        if not self.flights:
            self._heard_at = self._counted_from = self._clock()
            self._in_calls = 0.0
        self.flights[task.key] = flight
        try:
            self._transport.send(task)
        except EngineError:
            # Its Broken is on the way, and brings the picture back with the others.
            log.warning("%s was gone before job %s reached it", self._name, task.job_id)

    def holds(self, job_id: str) -> bool:
        """Whether a picture of this job is here."""
        return any(key[0] == job_id for key in self.flights)

    def cancel(self, job_id: str) -> None:
        """Ask for a job's pictures to end at the next step."""
        if self.holds(job_id):
            self._transport.cancel(job_id)

    def fits(self, size: Size) -> bool:
        """Whether the card's memory holds one more picture of a size, as far as the worker told."""
        if size not in self._caps:
            return True
        pictures, heard_at = self._caps[size]
        allowed = max(1, pictures) + (self._clock() - heard_at > CAP_HOLDS)
        return sum(flight.ticket.task.size == size for flight in self.flights.values()) < allowed

    def cap(self, size: Size, pictures: int) -> None:
        """Remember what the worker learnt of a size."""
        self._caps[size] = (pictures, self._clock())

    def took(self, call: Took) -> None:
        """It told of a call of the UNet; the pictures in it share its seconds by their rows."""
        self._in_calls += call.seconds
        self.called = True
        same = [each for each in self.flights.values() if each.ticket.task.size == call.size]
        # Heun's first half of a step moves nothing.
        moved = [each for each in same if each.moved] or same
        whole = sum(rows(each.ticket.task) for each in moved)
        for each in moved:
            each.moved = False
            each.gpu_seconds += call.seconds * rows(each.ticket.task) / whole

    def proved(self) -> float:
        """It finished a picture, so its earlier deaths count no more.

        Returns the busy seconds since the picture before that were no call of the UNet.
        """
        self._deaths.clear()
        if self._condition == "degraded":
            self._become("ready")
        now = self._clock()
        beside = now - self._counted_from - self._in_calls
        self._counted_from, self._in_calls = now, 0.0
        return beside

    def look(self) -> None:
        """Once a second or so: end a worker that hangs, start one whose pause is over."""
        now = self._clock()
        if now - self._looked_at > OUR_PAUSE:
            # This process itself stood still, and its events may wait to be read.
            self._heard_at = now
        self._looked_at = now
        if self._start_at is not None and now >= self._start_at:
            self._start_at = None
            self._starting = asyncio.create_task(self._start_again())
        silent = now - self._heard_at
        if self.ready and self.flights and not self._loading and silent > self._silence(self):
            self._hear(self._life, Broken("The engine stopped answering.", f"{silent:.0f} s without a word"))

    async def _begin(self) -> None:
        self._life += 1
        life = self._life
        self._loading, self.called = True, False
        self._caps.clear()
        await self._transport.start(lambda event: self._hear(life, event))

    async def _start_again(self) -> None:
        self._restarts += 1
        log.warning("starting %s again", self._name)
        if self._condition != "degraded":
            self._become("loading")
        try:
            await self._transport.stop(at_once=True)
            await self._begin()
        except OSError as error:
            self._hear(self._life, Broken("The engine could not be started again.", str(error)))

    def _hear(self, life: int, event: WorkerEvent) -> None:
        if life != self._life:
            return  # late words of a process that was given up
        self._heard_at = self._clock()
        self._loading = isinstance(event, Loading)
        match event:
            case Ready(model):
                self.ready = self._once_ready = True
                self._failed_starts = 0
                self._name = f"{self._name.partition(' (')[0]} ({model.device})"
                if self._condition != "degraded":
                    self._become("ready")
            case Broken():
                self._broke(event)
        self._tell(self, event)

    def _broke(self, event: Broken) -> None:
        now = self._clock()
        self._life += 1
        if not self.ready:
            self._failed_starts += 1
        self.ready, self._note = False, event.sentence
        if self._condition != "degraded":
            self._deaths = [at for at in self._deaths if now - at < WITHIN]
        self._deaths.append(now)
        if not self._once_ready or self._failed_starts >= GIVE_UP:
            self.dead = True
            self._become("dead")
            return
        extra = len(self._deaths) - DEATHS
        if extra < 0:
            self._become("loading")
            self._starting = asyncio.create_task(self._start_again())
            return
        self._become("degraded")
        self._start_at = now + min(LONGEST_PAUSE, PAUSE * 2**extra)
        log.error("%s keeps failing; next start in %.0f s", self._name, self._start_at - now)

    def _become(self, condition: Condition) -> None:
        if condition != self._condition:
            self._condition, self._since = condition, time.time()
