"""The worker's loop: read commands, admit pictures, let them take steps, hand over those that are done."""

from __future__ import annotations

import collections
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
from bot.engine import hires
from bot.engine.aside import Aside
from bot.engine.batch import Batch, Call, DeviceLost, Seat
from bot.engine.library import Library
from bot.engine.lobby import Guest, Key, Lobby
from bot.engine.messages import Cancel, Command, Stop, Submit, WorkerSettings
from bot.engine.parts import Parts, Warmer

log = logging.getLogger(__name__)

QUIET = 10.0
"""Seconds in which nobody came, before something is made ready for which the next one might have to wait."""
NAP = 0.005
"""Seconds between looks at work that is done aside, while there is no step to take."""


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
        self._lobby = Lobby(
            self._library, self._aside, failed=self._undrawn, capped=self._cap, room=self._make_room
        )
        self._calls: collections.deque[Call] = collections.deque()
        self._finishing: dict[Key, Future[Rendered]] = {}
        self._peeking: dict[Key, Future[Peek | None]] = {}

    def serve(self, pipe: Connection) -> None:
        """Work until Stop; raises EOFError when the other end of the pipe is closed, and DeviceLost."""
        try:
            while self._listen(pipe):
                self._turn()
        except RuntimeError as error:
            # A card's fault may be told late, by whatever asks it next.
            self._require_device(error)
            raise
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
            if self._batch.seats or self._lobby.ready:
                patience: float | None = 0
            elif self._finishing or self._peeking or not self._lobby.empty:
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
                    self._lobby.add(task)
                case Cancel(job_id):
                    self._cancel(job_id)

    def _warm(self, warmer: Warmer) -> None:
        """Make something ready; the bot hears of it, since nothing else is done meanwhile."""
        self._tell(Loading("compiling"))
        warmer.warm()
        self._tell(Ready(self._parts.model.info))

    def _cancel(self, job_id: str) -> None:
        for key in self._lobby.cancel(job_id):
            self._tell(Left(*key, 0))
        for key in [key for key in self._seats if key[0] == job_id]:
            seat = self._seats.pop(key)
            self._forget(seat)
            self._tell(Left(*key, seat.step))

    def _forget(self, seat: Seat) -> None:
        """Drop a seat wherever it is; what is being done aside for it ends in nothing."""
        key = seat.task.key
        self._lobby.forget(seat)
        if seat in self._batch.seats:
            self._batch.seats.remove(seat)
        self._finishing.pop(key, None)
        self._peeking.pop(key, None)

    def _fill(self) -> None:
        while len(self._batch.seats) < self._settings.max_batch:
            guest = self._lobby.take(len(self._batch.seats))
            if guest is None:
                return
            self._seats[guest.task.key] = guest
            self._batch.seats.append(guest)

    def _prefetch(self) -> None:
        """Make the next picture ready while the device works, so that a free seat is taken at once."""
        seated = len(self._batch.seats)
        if seated >= self._settings.max_batch and (guest := self._lobby.look_ahead(seated)) is not None:
            self._seats[guest.task.key] = guest

    def _leave(self) -> None:
        """Let those that are done leave the batch, and look at those that are due."""
        for seat in list(self._batch.seats):
            task, slot = seat.task, seat.slot
            finisher = self._seats[task.key].finisher
            if seat.due_again:
                self._again(seat)
            elif slot.finished:
                self._batch.seats.remove(seat)
                self._finish(self._seats[task.key])
            elif self._due(seat) and (glimpse := slot.glimpse) is not None:
                seat.peeked, seat.peeked_at = time.monotonic(), seat.step
                self._peeking[task.key] = self._aside.start(
                    [glimpse.seen, glimpse.answer],
                    functools.partial(finisher.peek, task, glimpse),
                )

    def _finish(self, seat: Guest) -> None:
        task, slot = seat.task, seat.slot
        finish = functools.partial(seat.finisher.finish, task, slot.latents, slot.counts)
        self._finishing[task.key] = self._aside.start([slot.latents], finish)

    def _again(self, seat: Seat, tried: bool = False) -> None:
        """Begin a picture's second pass, which shares calls with others of its own size."""
        try:
            slot = hires.second_pass(self._library.parts(seat.task.model).denoiser, seat.task, seat.slot)
        except torch.OutOfMemoryError as error:
            self._clear(error)
            if tried:
                self._fail(seat, error)
            else:
                self._again(seat, tried=True)
        except Exception as error:
            self._fail(seat, error)
        else:
            seat.before, seat.slot = seat.step, slot

    def _models_in_use(self) -> set[str | None]:
        return {seat.task.model for seat in self._seats.values()} | self._lobby.models

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
            finished, seat = self._finishing.pop(key), self._seats[key]
            failure = finished.exception()
            if isinstance(failure, torch.OutOfMemoryError) and not seat.again:
                # Even its tiles did not fit; with room made they may.
                seat.again = True
                self._clear(failure)
                self._finish(seat)
                continue
            del self._seats[key]
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
        self._require_device(error)
        detail = "".join(traceback.format_exception(error))
        log.error("picture %s of job %s failed\n%s", task.index, task.job_id, detail)
        self._tell(Undrawn(*task.key, _sentence(task, error), detail))

    def _require_device(self, error: Exception) -> None:
        if not self._parts.denoiser.alive():
            raise DeviceLost(str(error)) from error

    def _cap(self, size: Size, pictures: int) -> None:
        self._tell(Capped(size, pictures))

    def _clear(self, error: torch.OutOfMemoryError) -> None:
        """Make room; the frames of what failed hold its tensors for as long as the error lives."""
        traceback.clear_frames(error.__traceback__)
        self._make_room()

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
