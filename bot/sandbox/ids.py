"""Snowflakes: ids that carry their time of birth, as Discord makes them."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.sandbox.clock import Clock

EPOCH_MS = 1_420_070_400_000  # 2015-01-01, the first second of Discord's ids


class Snowflakes:
    """Hands out ids that only ever grow."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        fresh = (int(self._clock.now() * 1000) - EPOCH_MS) << 22
        self._last = max(fresh, self._last + 1)
        return str(self._last)


def fixed_id(number: int) -> str:
    """The same id on every start, for the seeded world: `number` milliseconds into 2024."""
    return str((1_704_067_200_000 - EPOCH_MS + number) << 22)


def time_of(snowflake: str) -> float:
    """Unix time in seconds at which an id was made."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000


def iso(seconds: float) -> str:
    """Unix time in Discord's own text form."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def is_snowflake(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20
