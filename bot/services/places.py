"""What a place may show."""

from __future__ import annotations

from bot.core.job import Place
from bot.core.rating import Rating


def ceiling_of(place: Place) -> Rating:
    """The highest rating that a place may show. Every place is general, whatever Discord says of it."""
    del place
    return Rating.GENERAL
