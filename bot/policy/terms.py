"""The rated words of the dictionary, ready to be looked for in whole tags and inside them."""

from __future__ import annotations

import re
import unicodedata

from bot.core.rating import Rating
from bot.prompt.dictionary import Dictionary

LONGEST = 5
"""Words of the longest phrase that is looked for inside a tag."""

_APART = re.compile(r"[\W_]+")


class Terms:
    """Ratings of words and phrases. Built once from a dictionary; lookups are linear in the tag."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._whole: dict[str, Rating] = {}
        self._inside: dict[str, Rating] = {}
        for spelling, entry in dictionary.spellings():
            phrase = words(spelling)
            if entry.rating > Rating.GENERAL:
                self._whole["".join(phrase)] = max(
                    entry.rating, self._whole.get("".join(phrase), Rating.GENERAL)
                )
            if entry.inside or entry.rating is Rating.GENERAL:
                self._inside.setdefault(" ".join(phrase), entry.rating)

    def whole(self, tag: str) -> Rating:
        """Return the rating of a whole tag, however its letters are parted: ``n.s.f.w`` is ``nsfw``."""
        return self._whole.get("".join(words(tag)), Rating.GENERAL)

    def inside(self, tag: str) -> Rating:
        """Return the highest rating of the words and phrases inside a tag.

        The longest phrase counts at each place, so that a harmless one (``naked mole-rat``) hides its words.
        """
        found = Rating.GENERAL
        parts = words(tag)
        place = 0
        while place < len(parts):
            length, rating = self._longest(parts, place)
            found = max(found, rating)
            place += length
        return found

    def _longest(self, parts: list[str], place: int) -> tuple[int, Rating]:
        for length in range(min(LONGEST, len(parts) - place), 0, -1):
            rating = self._inside.get(" ".join(parts[place : place + length]))
            if rating is not None:
                return length, rating
        return 1, Rating.GENERAL


def words(text: str) -> list[str]:
    """Return the words of a text in one spelling: NFKC, case folded, whatever is not a letter parts them."""
    if text.isascii():
        return [word for word in _APART.split(text.lower()) if word]
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return [word for word in _APART.split(folded) if word]
