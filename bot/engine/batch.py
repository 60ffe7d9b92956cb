"""The running batch: which pictures share the next call of the UNet, and what happens when it fails."""

from __future__ import annotations

import dataclasses
import logging
import traceback
from collections.abc import Callable, Sequence
from typing import Protocol

import torch

from bot.core.errors import EngineError
from bot.core.job import Task
from bot.core.size import Size
from bot.engine import hires
from bot.engine.caps import Caps
from bot.engine.denoise import Key, Slot
from bot.engine.rows import MOST, divide, padded, total
from bot.engine.timing import Timer

log = logging.getLogger(__name__)

Bucket = tuple[Key, int | None]
"""Pictures of one bucket share calls: what their slots can share, and the row count that they insist on."""


SMALL = 1024
"""Latent pixels of a picture below which two rows cost less than another call. Estimated: a step of a model
of the demo's size took 23.0, 32.6, 52.8 and 94.4 ms for 2, 4, 8 and 16 rows on a CPU's thread, so that a call
costs as much as two or three rows; at SDXL's sizes the rows are what costs."""


class Denoising(Protocol):
    """What the batch needs of `bot.engine.denoise.Denoiser`, or of several behind one."""

    def predict(self, slots: Sequence[Slot], count: int | None = None) -> list[torch.Tensor]:
        """The model's answer for each of some slots of one key."""

    def advance(self, slot: Slot, answer: torch.Tensor) -> None:
        """Move a slot by its answer."""

    def alive(self) -> bool:
        """Whether the device still answers."""


class DeviceLost(Exception):
    """The device does not answer any more; only a new process helps."""


@dataclasses.dataclass(slots=True, eq=False)
class Seat:
    """A picture that was admitted. ``began`` and ``peeked`` are on the monotonic clock, in seconds.

    ``before`` counts the steps of a pass that is over; its slot is then the second pass's.
    """

    task: Task
    slot: Slot
    began: float
    peeked: float
    peeked_at: int = 0
    before: int = 0

    @property
    def step(self) -> int:
        """Steps done so far, of all passes."""
        return self.before + self.slot.steps_done

    @property
    def size(self) -> Size:
        """What is drawn now, as the card counts."""
        return hires.size(self.task.size) if self.before else self.task.size

    @property
    def due_again(self) -> bool:
        """Whether it is the second pass's turn."""
        return self.slot.finished and self.task.hires and not self.before

    @property
    def width(self) -> int:
        return self.slot.width

    @property
    def bucket(self) -> Bucket:
        return self.slot.key, self.task.rows


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A call of the UNet that was made, perhaps not over yet: which seats it moved, and to which step."""

    moved: tuple[tuple[Seat, int], ...]
    size: Size
    rows: int
    timer: Timer


class Batch:
    """Seats, and turns of one call for each bucket after the other.

    ``failed`` is told of a seat that had to leave, ``capped`` of what the memory holds, and ``room`` is asked
    to make some.
    """

    def __init__(
        self,
        denoiser: Denoising,
        *,
        failed: Callable[[Seat, Exception], None],
        capped: Callable[[Size, int], None] = lambda size, pictures: None,
        room: Callable[[], None] = lambda: None,
    ) -> None:
        self.seats: list[Seat] = []
        self._denoiser = denoiser
        self._failed = failed
        self._capped = capped
        self._room = room
        self._caps = Caps()
        self._turns: list[Bucket] = []

    def turn(self) -> list[Call]:
        """Move the pictures of the bucket that has waited longest by one call each.

        They share it as far as the memory and their wishes allow. Raises DeviceLost.
        """
        waiting = dict.fromkeys(seat.bucket for seat in self.seats if not seat.slot.finished)
        if not waiting:
            return []
        # Those that never had a turn come first, then the others by how long ago theirs was.
        old = [bucket for bucket in self._turns if bucket in waiting]
        bucket = next((new for new in waiting if new not in old), old[0] if old else next(iter(waiting)))
        self._turns = [*(other for other in old if other != bucket), bucket]
        seats = [seat for seat in self.seats if seat.bucket == bucket and not seat.slot.finished]
        wished = bucket[1]
        limit = self._caps.most(seats[0].size, MOST) if wished is None else wished
        calls: list[Call] = []
        slack = _slack(bucket[0]) if wished is None else wished
        for part in divide(seats, limit, slack):
            self._call(part, wished, calls)
        return calls

    def _call(
        self, seats: Sequence[Seat], wished: int | None, calls: list[Call], again: bool = False
    ) -> None:
        """One call for these seats; when it fails, exactly the same in smaller calls, to the last picture."""
        rows = wished or padded(total(seats))
        size = seats[0].size
        timer = Timer(seats[0].slot.latents.device)
        try:
            answers = self._denoiser.predict([seat.slot for seat in seats], rows)
        except torch.OutOfMemoryError as error:
            self._too_large(seats, wished, rows, calls, again, error)
            return
        except Exception as error:
            self._broken(seats, wished, calls, error)
            return
        moved = []
        for seat, answer in zip(seats, answers, strict=True):
            try:
                self._denoiser.advance(seat.slot, answer)
            except Exception as error:
                self._drop(seat, error)
            else:
                moved.append((seat, seat.step))
        timer.stop()
        calls.append(Call(tuple(moved), size, rows, timer))
        self._learn(size, self._caps.worked(size, rows))

    def _too_large(
        self,
        seats: Sequence[Seat],
        wished: int | None,
        rows: int,
        calls: list[Call],
        again: bool,
        error: torch.OutOfMemoryError,
    ) -> None:
        size = seats[0].size
        log.warning("no memory for %s rows of %s", rows, size)
        # The frames of the failed call hold its tensors for as long as the error lives.
        traceback.clear_frames(error.__traceback__)
        self._room()
        if len(seats) > 1 and wished is None:
            self._learn(size, self._caps.failed(size, rows))
            for part in divide(seats, rows // 2, 0):
                self._call(part, wished, calls)
        elif not again:
            # With the room that was just made it may fit.
            self._call(seats, wished, calls, again=True)
        else:
            sentence = f"The memory of the engine does not hold {rows} rows of {size}; try a smaller size."
            for seat in seats:
                self._drop(seat, EngineError(sentence), error)

    def _broken(self, seats: Sequence[Seat], wished: int | None, calls: list[Call], error: Exception) -> None:
        if len(seats) == 1:
            self._drop(seats[0], error)
            return
        self._require_device(error)
        # One of them may be at fault; the others shall not pay for it.
        for seat in seats:
            self._call([seat], wished, calls)

    def _learn(self, size: Size, rows: int | None) -> None:
        if rows is not None:
            self._capped(size, max(1, rows // 2))

    def _drop(self, seat: Seat, error: Exception, cause: Exception | None = None) -> None:
        self._require_device(error)
        error.__cause__ = error.__cause__ or cause
        self.seats.remove(seat)
        self._failed(seat, error)

    def _require_device(self, error: Exception) -> None:
        if not self._denoiser.alive():
            raise DeviceLost(str(error)) from error


def _slack(key: Key) -> int:
    """Rows that are filled up sooner than make another call."""
    return 2 if key.height * key.width < SMALL else 0
