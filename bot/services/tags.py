"""Completion of tags while people type."""

from __future__ import annotations

import functools
import itertools

from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.policy.policy import Policy
from bot.prompt.dictionary import Dictionary
from bot.prompt.grammar import Tag, serialize
from bot.prompt.profile import Profile
from bot.prompt.wording import Wording

LIMIT = 25
LOOKED_AT = 50
"""Tags that policy is asked about at most, so that an answer stays quick where it denies most of them."""
REMEMBERED = 16384
"""Tags whose decision is kept in memory."""


class TagService:
    """Looks beginnings up in the dictionary, and knows the words that the model was taught."""

    def __init__(
        self, dictionary: Dictionary, profile: Profile, policy: Policy, wording: Wording | None = None
    ) -> None:
        self._dictionary = dictionary
        self._policy = policy
        self.passes = functools.lru_cache(REMEMBERED)(self._judged)
        """Whether a tag may be asked for, by its name, under a ceiling."""
        self.qualities = profile.qualities
        self.years = profile.years
        wording = wording or Wording()
        self.styles = (*wording.styles, "none")
        self._wildcards = wording.wildcards.names

    def complete(self, typed: str, *, ceiling: Rating, category: str | None = None) -> list[str]:
        """Tags that ``typed`` may be the beginning of, best first; at most 25, all of which would pass under
        the ceiling: an imported list does not say how its tags are rated, but their words may.

        After ``__`` the owner's wildcards come in their place."""
        if typed.startswith("__"):
            wanted = typed.strip("_").lower()
            return [f"__{name}__" for name in self._wildcards if wanted in name][:LIMIT]
        found = self._dictionary.complete(typed, category=category, ceiling=ceiling, limit=LOOKED_AT)
        passing = (entry.name for entry in found if self.passes(entry.name, ceiling))
        return list(itertools.islice(passing, LIMIT))

    def _judged(self, name: str, ceiling: Rating) -> bool:
        prompt = Prompt(serialize([Tag(name)]), "", tokens=0, negative_tokens=0, window=0)
        return self._policy.decide(prompt, ceiling).allowed
