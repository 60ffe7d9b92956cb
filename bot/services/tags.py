"""Completion of tags while people type."""

from __future__ import annotations

import collections
import functools
import heapq
import itertools
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from bot.core.errors import InvalidRequest
from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.policy.policy import Policy
from bot.prompt.completion import Kind
from bot.prompt.dictionary import Dictionary, Entry
from bot.prompt.grammar import Tag, parse, serialize
from bot.prompt.profile import Profile
from bot.prompt.wording import Wording
from bot.storage.tags import UsedTags

LIMIT = 25
LOOKED_AT = 50
"""Tags that policy is asked about at most, so that an answer stays quick where it denies most of them."""
REMEMBERED = 16384
"""Tags whose decision is kept in memory."""
FEW = 5
"""Tags below which slips of the finger are looked for: people who typed well need no others."""
ASKED_BY_ITSELF = ("quality", "rating", "year", "meta")
"""Categories of tags that the bot adds, so that having them in a picture is no use of them."""
NO_USE: Mapping[str, int] = MappingProxyType({})


class TagService:
    """Looks beginnings up in the dictionary, and knows the words that the model was taught.

    ``used`` tells what people had drawn; without it nobody's own tags come first.
    """

    def __init__(
        self,
        dictionary: Dictionary,
        profile: Profile,
        policy: Policy,
        wording: Wording | None = None,
        used: UsedTags | None = None,
    ) -> None:
        self._dictionary = dictionary
        self._policy = policy
        self._used = used
        self.passes = functools.lru_cache(REMEMBERED)(self._judged)
        """Whether a tag may be asked for, by its name, under a ceiling."""
        self.qualities = profile.qualities
        self.years = profile.years
        wording = wording or Wording()
        self.styles = (*wording.styles, "none")
        self._wildcards = wording.wildcards.names

    async def used_by(self, user_id: int) -> Mapping[str, int]:
        """How often each tag is in what a person had drawn lately, by the tag's name."""
        if self._used is None:
            return NO_USE
        counts: collections.Counter[str] = collections.Counter()
        for positive in await self._used.of(user_id):
            for name in _names(positive):
                entry = self._dictionary.lookup(name)
                if entry is not None and entry.category not in ASKED_BY_ITSELF:
                    counts[entry.name] += 1
        return counts

    def complete(
        self,
        typed: str,
        *,
        ceiling: Rating,
        category: str | None = None,
        used: Mapping[str, int] = NO_USE,
    ) -> list[str]:
        """Tags that ``typed`` may become, best first; at most 25, all of which would pass under the ceiling:
        an imported list does not say how its tags are rated, but their words may.

        They are ranked by how they fit (`Kind`), then by how often the asker ``used`` them, then by how
        common they are. After ``__`` the owner's wildcards come in their place.
        """
        if typed.startswith("__"):
            wanted = typed.strip("_").lower()
            return [f"__{name}__" for name in self._wildcards if wanted in name][:LIMIT]
        found = self._passing(self._fitting(typed, category, used), ceiling)
        if len(found) < FEW:
            found += self._passing(self._dictionary.nearly(typed, category), ceiling)
        return list(dict.fromkeys(found))[:LIMIT]

    def series_of(self, character: str) -> str | None:
        """The series that a character is from, where the dictionary says."""
        entry = self._dictionary.lookup(character)
        return None if entry is None else entry.series

    def prepare(self) -> None:
        """Make ready for the first letter; takes seconds with a long list of tags."""
        self._dictionary.prepare()

    def _passing(self, entries: Iterable[Entry], ceiling: Rating) -> list[str]:
        """The names of the first that may be asked for."""
        within = _once(entry.name for entry in entries if entry.rating <= ceiling)
        passing = (name for name in itertools.islice(within, LOOKED_AT) if self.passes(name, ceiling))
        return list(itertools.islice(passing, LIMIT))

    def _fitting(self, typed: str, category: str | None, used: Mapping[str, int]) -> Iterator[Entry]:
        """Yield tags of every rating, best first; one may come again."""
        matches = self._dictionary.matches(typed, category)
        if used:
            matches = heapq.merge(self._own(typed, category, used), matches, key=lambda pair: pair[0])
        return (entry for _, entry in matches)

    def _own(self, typed: str, category: str | None, used: Mapping[str, int]) -> list[tuple[Kind, Entry]]:
        """Those of the asker's own tags that fit, by how they do, then by how often they were used."""
        entries = (self._dictionary.lookup(name) for name in used)
        wanted = [entry for entry in entries if entry is not None and category in (None, entry.category)]
        fits = self._dictionary.fits
        fitting = [(kind, entry) for entry in wanted if (kind := fits(entry, typed)) is not None]
        return sorted(fitting, key=lambda pair: (pair[0], -used[pair[1].name], -pair[1].count))

    def _judged(self, name: str, ceiling: Rating) -> bool:
        prompt = Prompt(serialize([Tag(name)]), "", tokens=0, negative_tokens=0, window=0)
        return self._policy.decide(prompt, ceiling).allowed


def _once(names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name not in seen:
            seen.add(name)
            yield name


def _names(positive: str) -> list[str]:
    try:
        return [tag.text for tag in parse(positive)]
    except InvalidRequest:
        return []  # it was written by another version, with weights that are none now
