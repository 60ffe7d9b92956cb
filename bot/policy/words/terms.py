"""The rated words of the dictionary, ready to be looked for in tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core.rating import Rating
from bot.policy.words.lexicon import Hit, Lexicon, Rated
from bot.prompt.dictionary import Dictionary
from bot.prompt.memory import remembered


class Terms:
    """What the dictionary's ratings say of tags."""

    def __init__(self, dictionary: Dictionary) -> None:
        entries = dictionary.entries
        self._dictionary = dictionary
        self._lexicon = Lexicon(
            (
                Rated(name, entry.rating, entry.inside)
                for entry in entries
                if entry.rating > Rating.GENERAL
                for name in (entry.name, *entry.aliases)
            ),
            (
                name
                for entry in entries
                if entry.rating is Rating.GENERAL and entry.trusted
                for name in (entry.name, *entry.aliases)
            ),
        )
        self.hits = remembered(32768)(self._hits)
        """Everything above general in one tag; a tag that is known to be general holds nothing."""

    def _hits(self, tag: str) -> tuple[Hit, ...]:
        entry = self._dictionary.lookup(tag)
        if entry is None or entry.rating > Rating.GENERAL:
            found = self._lexicon.find(tag)
            # A face that an owner's list rates has no letters to be found by.
            return found if found or entry is None else (Hit("tag", Rated(entry.name, entry.rating)),)
        if entry.trusted:
            return ()
        # A real tag is no disguise, but an import does not say how its tags are rated.
        return tuple(hit for hit in self._lexicon.find(tag) if hit.rule != "disguise")

    def across(self, tags: Sequence[str]) -> Iterator[Hit]:
        """Yield what short tags spell together: ``n, s, f, w``."""
        return self._lexicon.across(tags)
