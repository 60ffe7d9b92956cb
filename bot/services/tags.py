"""Completion of tags while people type."""

from __future__ import annotations

from bot.core.rating import Rating
from bot.prompt.dictionary import Dictionary
from bot.prompt.profile import Profile

LIMIT = 25


class TagService:
    """Looks beginnings up in the dictionary, and knows the words that the model was taught."""

    def __init__(self, dictionary: Dictionary, profile: Profile) -> None:
        self._dictionary = dictionary
        self.qualities = (*profile.quality, "none")
        self.years = profile.years

    def complete(self, typed: str, category: str | None = None) -> list[str]:
        """Tags that ``typed`` may be the beginning of, best first; at most 25, none above general."""
        found = self._dictionary.complete(typed, category=category, ceiling=Rating.GENERAL, limit=LIMIT)
        return [entry.name for entry in found]
