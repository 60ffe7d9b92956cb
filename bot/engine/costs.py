"""What pictures cost in seconds of a worker, learnt from what it tells while it draws."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from bot.core.events import ModelInfo
from bot.core.job import HIRES_SCALE, Task
from bot.core.size import DEFAULT_SIZE, Size

NOMINAL_CALL, NOMINAL_ROW, NOMINAL_EXTRA = 6.6e-3, 18.4e-3, 122e-3
"""Seconds on an H100, derived from operation counts: per UNet call, per row in it, per picture decoded.

Only their proportions are used, and only until a worker has been measured."""
UPSCALE_ROWS = 2.0
"""What enlarging a picture by a network costs, in rows of UNet calls, by operation counts: for one of the
default size, Real-ESRGAN's model for drawings makes 5.8e12 multiplications, and a row about 3.2e12."""
FORGET = 0.995
"""What a measured call still weighs one call later: about the last 200 calls count."""
FORGET_EXTRA = 0.9
SURPRISE = 4.0
"""A call that took this many times what was expected counts as this many: pauses are not speed."""
TRUSTED = 8
"""Calls after which an expectation is good enough to call another one a surprise."""
PRIOR = 1.0
"""How many calls' worth the nominal proportion weighs, which settles what equal calls leave open."""


def area(size: Size) -> float:
    """Pixels, in units of the default size."""
    return (size.width * size.height) / (DEFAULT_SIZE.width * DEFAULT_SIZE.height)


def rows(task: Task) -> int:
    """A picture's rows in a UNet call: two with guidance."""
    return 2 if task.cfg > 1 else 1


def mean_rows(task: Task) -> float:
    """The same on the average over its steps: guidance may work in a share of them only."""
    first, last = task.guidance or (0.0, 1.0)
    return 1 + (rows(task) - 1) * (last - first)


def calls(task: Task, steps: int) -> int:
    """UNet calls of so many steps of a picture: Heun calls twice but for each pass's last step.

    A call of the second pass counts as as many of the first one's as its size is larger.
    """
    first = min(steps, task.first_steps)
    made = _calls(task, first, task.first_steps)
    if steps > first:
        made += round(_calls(task, steps - first, task.second_steps) * HIRES_SCALE**2)
    return made


def _calls(task: Task, steps: int, last: int) -> int:
    return 2 * steps - (steps == last) if task.sampler == "Heun" else steps


_STANDARD = Task("", 0, "", None, DEFAULT_SIZE, 28, 7.0, "Euler a", 0)


@dataclasses.dataclass(slots=True)
class _Sums:
    """Least squares of seconds over rows x area, each call weighing ``FORGET`` of the next one."""

    one: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    y: float = 0.0
    xy: float = 0.0

    def add(self, x: float, y: float) -> None:
        self.one = self.one * FORGET + 1
        self.x = self.x * FORGET + x
        self.xx = self.xx * FORGET + x * x
        self.y = self.y * FORGET + y
        self.xy = self.xy * FORGET + x * y

    def solve(self) -> tuple[float, float]:
        """Seconds per call and per row, neither below zero, the nominal proportion where nothing tells."""
        a, c = NOMINAL_CALL, NOMINAL_ROW
        scale = (a * self.y + c * self.xy) / (a * a * self.one + 2 * a * c * self.x + c * c * self.xx)
        one, xx = self.one + PRIOR, self.xx + PRIOR
        y, xy = self.y + PRIOR * scale * a, self.xy + PRIOR * scale * c
        determinant = one * xx - self.x * self.x
        call = (y * xx - xy * self.x) / determinant
        row = (xy * one - y * self.x) / determinant
        if call < 0:
            return 0.0, self.xy / self.xx
        if row < 0:
            return self.y / self.one, 0.0
        return call, row


class Costs:
    """Seconds of a UNet call = a + c x rows x area, and an extra per picture for text, VAE and PNG.

    Nothing is known until calls were measured; the first of each shape is not, since it warms up.
    """

    def __init__(self) -> None:
        self._model = ""
        self._sums = _Sums()
        self._fit: tuple[float, float] | None = None
        self._extra: float | None = None
        self._warm: set[tuple[Size, int]] = set()

    def begin(self, model: ModelInfo) -> None:
        """A worker is ready with this model: another model, or another kind of device, is learnt anew."""
        name = f"{model.hash} on {model.device.partition(':')[0]}"
        if name != self._model:
            self._model, self._sums, self._fit, self._extra = name, _Sums(), None, None
        self._warm.clear()

    def took(self, size: Size, count: int, seconds: float) -> None:
        """Learn from one UNet call of ``count`` rows."""
        if (size, count) not in self._warm:
            self._warm.add((size, count))
            return
        x = count * area(size)
        if self._fit is not None and self._sums.one >= TRUSTED:
            seconds = min(seconds, SURPRISE * (self._fit[0] + self._fit[1] * x))
        self._sums.add(x, seconds)
        self._fit = self._sums.solve()

    def drawn(self, seconds: float) -> None:
        """Learn what a picture cost beside its UNet calls."""
        known = seconds if self._extra is None else self._extra
        seconds = max(0.0, min(seconds, SURPRISE * known) if known else seconds)
        self._extra = FORGET_EXTRA * known + (1 - FORGET_EXTRA) * seconds

    def call(self, load: float, groups: int = 1) -> float | None:
        """Seconds of one step of everything at a worker: ``load`` sums rows x area over ``groups`` calls."""
        return None if self._fit is None else groups * self._fit[0] + load * self._fit[1]

    @property
    def known(self) -> bool:
        """Whether a call was measured."""
        return self._fit is not None

    @property
    def extra(self) -> float | None:
        """Seconds of a picture beside its UNet calls; in nominal proportion until one was drawn."""
        if self._extra is None and self._fit is not None:
            return NOMINAL_EXTRA * self._fit[1] / NOMINAL_ROW
        return self._extra

    def share(self, task: Task, together: int) -> float:
        """A picture's cost, ``together`` at a time, in standard ones: 28 steps, guidance, default size."""
        return self.seconds(task, together) / self.seconds(_STANDARD, together)

    def seconds(self, task: Task, together: int) -> float:
        """A picture's part of its worker's time, ``together`` at a time; nominal while nothing is known."""
        call, row = (NOMINAL_CALL, NOMINAL_ROW) if self._fit is None else self._fit
        extra = NOMINAL_EXTRA if self.extra is None else self.extra
        rate = call / together + row * mean_rows(task) * area(task.size)
        if task.upscale > 1:
            extra += UPSCALE_ROWS * row * area(task.size) * (HIRES_SCALE**2 if task.hires else 1)
        return calls(task, task.all_steps) * rate + extra

    def to_dict(self) -> dict[str, Any]:
        """What was learnt, for JSON."""
        return {"model": self._model, "calls": dataclasses.asdict(self._sums), "extra": self._extra}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Costs:
        """What an earlier run learnt; nothing when it cannot be read, since it is soon learnt again."""
        costs = cls()
        try:
            sums = _Sums(**{name: _number(value) for name, value in kept["calls"].items()})
            extra = None if kept["extra"] is None else _number(kept["extra"])
            fit = sums.solve() if sums.one > 0 else None
            model = str(kept["model"])
        except (KeyError, TypeError, AttributeError, ValueError, ZeroDivisionError):
            return costs
        costs._model, costs._sums, costs._fit, costs._extra = model, sums, fit, extra
        return costs


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or number < 0:
        raise ValueError(value)
    return number
