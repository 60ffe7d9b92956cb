"""How much a person or a server may have."""

from __future__ import annotations

import dataclasses

HOUR, DAY = 3600.0, 24 * 3600.0
"""Seconds. Both are counted back from now, so nothing begins anew at midnight."""


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """What one person, or one server as a whole, may have; 0 is no limit.

    ``jobs`` wait or run at the same time; ``per_hour`` and ``per_day`` count pictures; ``gpu_seconds`` are
    those of a day. ``cooldown`` is the seconds from one request to the next, whatever became of it.
    """

    jobs: int = 0
    per_hour: int = 0
    per_day: int = 0
    gpu_seconds: float = 0.0
    cooldown: float = 0.0
