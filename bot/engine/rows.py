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


def divide(members: Iterable[W], limit: int, slack: int) -> list[list[W]]:
    """Divide members into calls of at most ``limit`` rows, of which at most ``slack`` are to be filled up.

    Those with more rows come first, and a member wider than the limit stands alone. What a call costs beside
    its rows decides how much slack is worth one call less.
    """
    left = sorted(members, key=lambda member: -member.width)
    calls: list[list[W]] = []
    while left:
        rows = min(total(left), limit)
        full = padded(rows)
        if full - rows > slack or full > limit:
            full //= 2
        call = [left.pop(0)]
        # Later ones are narrower: one that does not fit leaves room for none of its own width.
        for member in list(left):
            if total(call) + member.width <= full:
                call.append(member)
                left.remove(member)
        calls.append(call)
    return calls


def total(members: Sequence[Wide]) -> int:
    """The rows of some members together."""
    return sum(member.width for member in members)
