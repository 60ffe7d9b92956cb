"""A tag of a list that the owner imported."""

from __future__ import annotations

import dataclasses

from bot.core.rating import Rating

CATEGORIES = ("subject", "character", "series", "general", "meta", "quality", "rating", "year", "artist")


@dataclasses.dataclass(frozen=True, slots=True)
class ListedTag:
    """One line of the list, spelled as tags are; ``rating`` is None where the list does not tell."""

    name: str
    category: str
    count: int
    aliases: tuple[str, ...] = ()
    rating: Rating | None = None
