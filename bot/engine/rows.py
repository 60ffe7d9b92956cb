"""How many rows a call of the UNet has: a few fixed counts, so that a picture can be drawn again exactly.

Matrix products round differently for other numbers of rows, but a row does not see its neighbours: at the
same count a picture comes out the same to the bit, whoever is beside it and wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from bot.core.errors import InvalidRequest

MOST = 64


class Wide(Protocol):
    """Something that takes ``width`` rows: two with guidance, else one."""

    @property
    def width(self) -> int: ...


W = TypeVar("W", bound=Wide)


def padded(rows: int) -> int:
    """The fixed count that ``rows`` are filled up to: the next power of two."""
    return 1 << (rows - 1).bit_length()


def check(count: int | None, width: int) -> None:
    """Raise InvalidRequest for a wished count that is not a fixed one, or too small for the picture."""
    if count is not None and not (width <= count <= MOST and padded(count) == count):
        raise InvalidRequest(
            f"A picture of {width} rows cannot be drawn {count} rows at a time; "
            f"use a power of two from {width} to {MOST}, or leave it out."
        )


def parts(members: Iterable[W], limit: int) -> list[list[W]]:
    """Divide members, in their order, into runs of at most ``limit`` rows; a wider one stands alone."""
    runs: list[list[W]] = []
    rows = limit
    for member in members:
        rows += member.width
        if rows > limit:
            runs.append([])
            rows = member.width
        runs[-1].append(member)
    return runs


def total(members: Sequence[Wide]) -> int:
    """The rows of some members together."""
    return sum(member.width for member in members)
