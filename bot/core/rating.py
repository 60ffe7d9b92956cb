"""The card's four ratings, in order of what they allow."""

from __future__ import annotations

import enum


class Rating(enum.IntEnum):
    """A rating; comparisons follow what a place may show: ``GENERAL < EXPLICIT``."""

    GENERAL = 0
    SENSITIVE = 1
    QUESTIONABLE = 2
    EXPLICIT = 3

    @property
    def word(self) -> str:
        """The rating as people and the model card write it, such as ``"general"``."""
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Rating:
        """Read ``"general"`` or ``"Rating: General"``; raises ValueError for any other word."""
        word = text.strip().lower().removeprefix("rating:").strip()
        for rating in cls:
            if rating.word == word:
                return rating
        raise ValueError(f"{text!r} is not a rating; use general, sensitive, questionable or explicit")
