"""Pictures that have no seat yet: those that wait, and one that was made ready ahead; worker side only.

Admission takes memory too (texts, merged LoRAs, further models, a source's latents), and goes the same ladder
as a step when it runs out: room is made and the same is tried again; what still does not fit beside others
waits until one of them has left, and only what does not fit alone is refused.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import logging
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future

import torch

from bot.core.errors import EngineError
from bot.core.job import Task
from bot.core.size import Size
from bot.engine import rows, source
from bot.engine.aside import Aside
from bot.engine.batch import Seat
from bot.engine.finish import Finisher
from bot.engine.library import Library
from bot.engine.start import Start

log = logging.getLogger(__name__)

Key = tuple[str, int]
"""A picture's name: its job and its index."""


@dataclasses.dataclass(slots=True, eq=False, kw_only=True)
class Guest(Seat):
    """A seat with what makes its file in the end; ``again`` says that this was tried once in vain."""

    finisher: Finisher
    again: bool = False


@dataclasses.dataclass(slots=True, eq=False)
class _Arrival:
    """A picture that waits: what it begins from while and after that is read, and whether memory ran out."""

    task: Task
    start: Future[Start] | None = None
    tried: bool = False

    @property
    def reading(self) -> bool:
        return self.start is not None and not self.start.done()


class Lobby:
    """Admits pictures in the order in which they came; one whose source is still being read is passed by.

    ``failed`` is told of a picture that cannot be admitted, ``capped`` of how many of a size the memory
    holds, and ``room`` is asked to make some.
    """

    def __init__(
        self,
        library: Library,
        aside: Aside,
        *,
        failed: Callable[[Task, Exception], None],
        capped: Callable[[Size, int], None],
        room: Callable[[], None],
    ) -> None:
        self._library = library
        self._aside = aside
        self._failed = failed
        self._capped = capped
        self._room = room
        self._waiting: collections.OrderedDict[Key, _Arrival] = collections.OrderedDict()
        self._ahead: Guest | None = None
        self._most: int | None = None
        """Seats beside which there was no memory for one more."""

    @property
    def ready(self) -> bool:
        """Whether somebody could be admitted now."""
        return self._ahead is not None or any(not arrival.reading for arrival in self._waiting.values())

    @property
    def empty(self) -> bool:
        """Whether nobody waits; who is neither ready nor gone has a source that is being read."""
        return self._ahead is None and not self._waiting

    @property
    def models(self) -> set[str | None]:
        """The models that sources are read for."""
        return {arrival.task.model for arrival in self._waiting.values() if arrival.start is not None}

    def add(self, task: Task) -> None:
        """Let a picture wait."""
        self._waiting[task.key] = _Arrival(task)

    def cancel(self, job_id: str) -> list[Key]:
        """Forget a job's pictures that wait; returns their names."""
        gone = [key for key in self._waiting if key[0] == job_id]
        for key in gone:
            del self._waiting[key]
        return gone

    def forget(self, seat: Seat) -> None:
        """Forget the picture that was made ready, if it is this one."""
        if seat is self._ahead:
            self._ahead = None

    def look_ahead(self, seated: int) -> Guest | None:
        """Make one picture ready beside so many that have seats, unless one is already; returns it if so."""
        if self._ahead is not None:
            return None
        self._ahead = self.take(seated)
        return self._ahead

    def take(self, seated: int) -> Guest | None:
        """The next picture, admitted; None when there is none or no memory for one beside ``seated``."""
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            return ahead
        if self._most is not None and seated >= self._most:
            return None
        self._most = None
        for arrival in list(self._waiting.values()):
            guest = self._try(arrival, seated)
            if guest is not None:
                del self._waiting[arrival.task.key]
                return guest
            if self._held:
                return None
        return None

    @property
    def _held(self) -> bool:
        """Whether memory ran out beside those that have seats."""
        return self._most is not None

    def _try(self, arrival: _Arrival, seated: int) -> Guest | None:
        """A picture's seat; None when it is not ready yet, has to wait, or failed."""
        try:
            return self._admit(arrival) if self._read(arrival) else None
        except torch.OutOfMemoryError as error:
            return self._too_large(arrival, seated, error)
        except Exception as error:
            self._refuse(arrival, error)
            return None

    def _too_large(self, arrival: _Arrival, seated: int, error: torch.OutOfMemoryError) -> Guest | None:
        log.warning("no memory to admit a picture of %s beside %s others", arrival.task.size, seated)
        # The frames of what failed hold its tensors for as long as the error lives.
        traceback.clear_frames(error.__traceback__)
        self._room()
        if arrival.start is not None and arrival.start.done() and arrival.start.exception() is not None:
            arrival.start = None
        if not arrival.tried:
            arrival.tried = True
            return self._try(arrival, seated)
        if seated:
            self._most = seated
            self._capped(arrival.task.size, seated)
            return None
        self._refuse(arrival, error)
        return None

    def _refuse(self, arrival: _Arrival, error: Exception) -> None:
        task = arrival.task
        del self._waiting[task.key]
        if isinstance(error, torch.OutOfMemoryError) and not self._library.holds(task.model):
            cause = error
            error = EngineError(f"The engine's memory does not hold the model {task.model!r} too.")
            error.__cause__ = cause
        self._failed(task, error)

    def _read(self, arrival: _Arrival) -> bool:
        """Whether what a picture begins from is known; else it is read aside, like pictures are decoded."""
        task = arrival.task
        if task.start is None:
            return True
        if arrival.start is None:
            parts = self._library.parts(task.model)
            size = parts.model.native(task.size)
            read = functools.partial(source.read, task.start, size, parts.model, parts.decoder)
            arrival.start = self._aside.start([], read)
        return arrival.start.done()

    def _admit(self, arrival: _Arrival) -> Guest:
        began = time.monotonic()
        task = arrival.task
        task.check()
        parts = self._library.parts(task.model)
        slot = parts.denoiser.admit(
            task.positive,
            task.negative,
            parts.model.native(task.size),
            task.steps,
            task.cfg,
            task.sampler,
            task.seed,
            None if arrival.start is None else arrival.start.result(),
            task.vary,
            loras=task.loras,
            schedule=task.schedule,
            guidance=task.guidance,
        )
        rows.check(task.rows, slot.width)
        finisher = Finisher(
            parts.model.info,
            parts.decoder,
            parts.previewer,
            parts.rater,
            self._library.hashes(task),
            parts.upscaler,
        )
        return Guest(task=task, slot=slot, began=began, peeked=began, finisher=finisher)
