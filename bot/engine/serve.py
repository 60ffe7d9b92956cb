"""The worker's loop: read commands, admit pictures, let them take steps, hand over those that are done."""

from __future__ import annotations

import collections
import dataclasses
import functools
import logging
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing.connection import Connection

import torch

from bot.core.errors import BotError, EngineError
from bot.core.events import (
    Capped,
    Drawn,
    Left,
    Loading,
    Peek,
    Ready,
    Stepped,
    Took,
    Undrawn,
    WorkerEvent,
)
from bot.core.job import Rendered, Task
from bot.core.size import Size
from bot.engine import hires, rows, source
from bot.engine.aside import Aside
from bot.engine.batch import Batch, Call, DeviceLost, Seat
from bot.engine.finish import Finisher
from bot.engine.library import Library
from bot.engine.messages import Cancel, Command, Stop, Submit, WorkerSettings
from bot.engine.parts import Parts, Warmer

log = logging.getLogger(__name__)

Key = tuple[str, int]
"""A picture's name: its job and its index."""
QUIET = 10.0
"""Seconds in which nobody came, before something is made ready for which the next one might have to wait."""
NAP = 0.005
"""Seconds between looks at work that is done aside, while there is no step to take."""


@dataclasses.dataclass(slots=True, eq=False, kw_only=True)
class Guest(Seat):
    """A seat with what makes its file in the end."""

    finisher: Finisher


class Worker:
    """At most ``max_batch`` pictures at a time, in the order in which they came, and one more made ready."""

    def __init__(
        self,
        parts: Parts,
        settings: WorkerSettings,
        tell: Callable[[WorkerEvent], None],
        *,
        threaded: bool | None = None,
    ) -> None:
        """``threaded`` says whether pictures are finished in a thread: on CUDA, unless told otherwise."""
        self._parts = parts
        self._settings = settings
        self._tell = tell
        self._cuda = parts.model.device.type == "cuda"
        self._aside = Aside(parts.model.device, threaded=self._cuda if threaded is None else threaded)
        self._seats: dict[Key, Guest] = {}
        self._library = Library(parts, settings, tell, self._models_in_use)
        self._batch = Batch(self._library, failed=self._fail, capped=self._cap, room=self._make_room)
        self._waiting: collections.OrderedDict[Key, Task] = collections.OrderedDict()
        self._next: Guest | None = None
        self._calls: collections.deque[Call] = collections.deque()
        self._finishing: dict[Key, Future[Rendered]] = {}
        self._peeking: dict[Key, Future[Peek | None]] = {}

    def serve(self, pipe: Connection) -> None:
        """Work until Stop; raises EOFError when the other end of the pipe is closed, and DeviceLost."""
        try:
            while self._listen(pipe):
                self._turn()
        finally:
            self._aside.close()

    def _turn(self) -> None:
        self._fill()
        self._calls.extend(self._batch.turn())
        self._prefetch()
        self._leave()
        # On CUDA a call is only queued here: the one before it is waited for, so that the device always has
        # one to do and people are told what is true.
        self._settle(int(self._cuda and bool(self._batch.seats)))
        self._collect()

    def _listen(self, pipe: Connection) -> bool:
        """Obey what has come, and wait when there is nothing else to do; False for Stop."""
        while True:
            if self._batch.seats or self._waiting or self._next:
                patience: float | None = 0
            elif self._finishing or self._peeking:
                patience = NAP
            else:
                patience = None
            warmer = self._parts.warmer
            if patience is None and warmer is not None and warmer.cold and not pipe.poll(QUIET):
                self._warm(warmer)
                continue  # somebody may have come meanwhile
            if patience is not None and not pipe.poll(patience):
                return True
            command: Command = pipe.recv()
            match command:
                case Stop():
                    return False
                case Submit(task):
                    self._waiting[task.key] = task
                case Cancel(job_id):
                    self._cancel(job_id)

    def _warm(self, warmer: Warmer) -> None:
        """Make something ready; the bot hears of it, since nothing else is done meanwhile."""
        self._tell(Loading("compiling"))
        warmer.warm()
        self._tell(Ready(self._parts.model.info))

    def _cancel(self, job_id: str) -> None:
        for key in [key for key in self._waiting if key[0] == job_id]:
            del self._waiting[key]
            self._tell(Left(*key, 0))
        for key in [key for key in self._seats if key[0] == job_id]:
            seat = self._seats.pop(key)
            self._forget(seat)
            self._tell(Left(*key, seat.step))

    def _forget(self, seat: Seat) -> None:
        """Drop a seat wherever it is; what is being done aside for it ends in nothing."""
        key = seat.task.key
        if seat is self._next:
            self._next = None
        if seat in self._batch.seats:
            self._batch.seats.remove(seat)
        self._finishing.pop(key, None)
        self._peeking.pop(key, None)

    def _fill(self) -> None:
        while len(self._batch.seats) < self._settings.max_batch and (seat := self._take()) is not None:
            self._batch.seats.append(seat)

    def _prefetch(self) -> None:
        """Make the next picture ready while the device works, so that a free seat is taken at once."""
        if self._next is None and self._waiting and len(self._batch.seats) >= self._settings.max_batch:
            self._next = self._take()

    def _take(self) -> Guest | None:
        """The next picture, admitted; None when there is none."""
        if self._next is not None:
            seat, self._next = self._next, None
            return seat
        while self._waiting:
            key, task = self._waiting.popitem(last=False)
            try:
                seat = self._admit(task)
            except Exception as error:
                self._undrawn(task, error)
            else:
                self._seats[key] = seat
                return seat
        return None

    def _admit(self, task: Task) -> Guest:
        began = time.monotonic()
        task.check()
        parts = self._library.parts(task.model)
        size = parts.model.native(task.size)
        start = None if task.start is None else source.read(task.start, size, parts.model, parts.decoder)
        slot = parts.denoiser.admit(
            task.positive,
            task.negative,
            size,
            task.steps,
            task.cfg,
            task.sampler,
            task.seed,
            start,
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

    def _leave(self) -> None:
        """Let those that are done leave the batch, and look at those that are due."""
        for seat in list(self._batch.seats):
            task, slot = seat.task, seat.slot
            finisher = self._seats[task.key].finisher
            if seat.due_again:
                self._again(seat)
            elif slot.finished:
                self._batch.seats.remove(seat)
                self._finishing[task.key] = self._aside.start(
                    [slot.latents],
                    functools.partial(finisher.finish, task, slot.latents, slot.counts),
                )
            elif self._due(seat) and (glimpse := slot.glimpse) is not None:
                seat.peeked, seat.peeked_at = time.monotonic(), seat.step
                self._peeking[task.key] = self._aside.start(
                    [glimpse.seen, glimpse.answer],
                    functools.partial(finisher.peek, task, glimpse),
                )

    def _again(self, seat: Seat) -> None:
        """Begin a picture's second pass, which shares calls with others of its own size."""
        try:
            slot = hires.second_pass(self._library.parts(seat.task.model).denoiser, seat.task, seat.slot)
        except Exception as error:
            self._fail(seat, error)
        else:
            seat.before, seat.slot = seat.step, slot

    def _models_in_use(self) -> set[str | None]:
        return {seat.task.model for seat in self._seats.values()}

    def _due(self, seat: Seat) -> bool:
        """Whether a preview is due: not in the first half, whose blur a classifier cannot judge."""
        every = self._settings.preview_every
        return (
            bool(every)
            and self._seats[seat.task.key].finisher.previews
            and seat.task.key not in self._peeking
            and 2 * seat.step >= seat.task.all_steps
            and seat.step - seat.peeked_at >= every
            and time.monotonic() - seat.peeked >= self._settings.preview_seconds
        )

    def _settle(self, left: int = 0) -> None:
        """Tell of the calls that are over, waiting for all but the last ``left``."""
        while len(self._calls) > left:
            call = self._calls.popleft()
            seconds = call.timer.seconds()
            for seat, step in call.moved:
                if seat.task.key in self._seats:
                    self._tell(Stepped(*seat.task.key, step, seat.task.all_steps))
            self._tell(Took(call.size, call.rows, seconds))

    def _collect(self) -> None:
        """Hand over what was done aside."""
        for key in [key for key, future in self._peeking.items() if future.done()]:
            future = self._peeking.pop(key)
            error = future.exception()
            if error is not None:
                log.warning("no preview of %s", key, exc_info=error)
            elif (peek := future.result()) is not None and key not in self._finishing:
                self._tell(peek)
        for key in [key for key, future in self._finishing.items() if future.done()]:
            # Its last step is told before the picture.
            self._settle()
            finished, seat = self._finishing.pop(key), self._seats.pop(key)
            failure = finished.exception()
            if isinstance(failure, Exception):
                self._undrawn(seat.task, failure)
            else:
                self._tell(Drawn(*key, finished.result(), time.monotonic() - seat.began))

    def _fail(self, seat: Seat, error: Exception) -> None:
        self._seats.pop(seat.task.key, None)
        self._forget(seat)
        self._undrawn(seat.task, error)

    def _undrawn(self, task: Task, error: Exception) -> None:
        """Tell that a picture failed; raises DeviceLost when all others would as well."""
        if not self._parts.denoiser.alive():
            raise DeviceLost(str(error)) from error
        detail = "".join(traceback.format_exception(error))
        log.error("picture %s of job %s failed\n%s", task.index, task.job_id, detail)
        self._tell(Undrawn(*task.key, _sentence(task, error), detail))

    def _cap(self, size: Size, pictures: int) -> None:
        self._tell(Capped(size, pictures))

    def _make_room(self) -> None:
        self._aside.drain()
        self._library.make_room()


def _sentence(task: Task, error: Exception) -> str:
    """For people: our own exceptions speak to them; any other is for the log alone."""
    if isinstance(error, torch.OutOfMemoryError):
        error = EngineError(
            f"The engine's memory does not hold a picture of {task.size}; try a smaller size."
        )
    return str(error) if isinstance(error, BotError) else "The engine could not draw this."
