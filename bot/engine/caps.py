"""How many rows of a size the device's memory holds at a time, as learnt from its failures."""

from __future__ import annotations

import dataclasses

from bot.core.size import Size

PATIENCE = 64
"""Calls in a row that must do well at a cap before twice as many rows are tried; doubled by every failure."""


@dataclasses.dataclass(slots=True)
class _Cap:
    rows: int
    patience: int = PATIENCE
    good: int = 0


class Caps:
    """Caps by size; a size that never failed has none. Counts are fixed ones (`bot.engine.rows`)."""

    def __init__(self) -> None:
        self._caps: dict[Size, _Cap] = {}

    def most(self, size: Size, otherwise: int) -> int:
        """The rows that may be tried, at most ``otherwise``."""
        cap = self._caps.get(size)
        if cap is None:
            return otherwise
        return min(otherwise, cap.rows * 2 if cap.good >= cap.patience else cap.rows)

    def failed(self, size: Size, rows: int) -> int | None:
        """``rows`` did not fit; returns the new cap where that is one, else None."""
        cap, fewer = self._caps.get(size), max(1, rows // 2)
        if cap is None:
            self._caps[size] = _Cap(fewer)
            return fewer
        cap.patience, cap.good = cap.patience * 2, 0
        if fewer >= cap.rows:
            return None
        cap.rows = fewer
        return fewer

    def worked(self, size: Size, rows: int) -> int | None:
        """``rows`` did fit; returns the new cap where that is one, else None."""
        cap = self._caps.get(size)
        if cap is None or rows < cap.rows:
            return None
        cap.good += 1
        if rows == cap.rows:
            return None
        cap.rows, cap.good = rows, 0
        return rows
