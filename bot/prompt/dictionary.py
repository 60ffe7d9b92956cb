"""The tag dictionary: what a typed word is, whose series it carries, how it is rated, how it is completed."""

from __future__ import annotations

import csv
import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources

from bot.core.rating import Rating
from bot.core.tag import CATEGORIES
from bot.prompt.completion import Index, Kind, kind_of
from bot.prompt.normalise import key, spell
from bot.prompt.typos import Typos


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One tag. ``count`` is about how many Danbooru posts have it, to rank completions by.

    ``inside`` says that the word keeps its rating inside a longer tag (``nude`` in ``nude statue``).
    ``trusted`` says that somebody gave the rating; a tag without it counts as general until a word inside
    says more.
    """

    name: str
    category: str
    count: int = 0
    rating: Rating = Rating.GENERAL
    series: str | None = None
    aliases: tuple[str, ...] = ()
    inside: bool = False
    trusted: bool = True

    @classmethod
    def read(cls, row: Mapping[str, str]) -> Entry:
        """Read one row of the data files; raises ValueError for a category or rating that is none."""
        if row["category"] not in CATEGORIES:
            raise ValueError(f"{row['name']!r}: {row['category']!r} is not one of {', '.join(CATEGORIES)}")
        return cls(
            name=row["name"],
            category=row["category"],
            count=int(row["count"]),
            rating=Rating.parse(row["rating"] or "general"),
            series=row["series"] or None,
            aliases=tuple(row["aliases"].split("|")) if row["aliases"] else (),
            inside=row["inside"] == "yes",
        )


class Dictionary:
    """Tags by every spelling, in memory."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Names win over aliases, and earlier ones over later ones."""
        self.entries = tuple(entries)
        self._by_key: dict[str, Entry] = {}
        for entry in self.entries:
            self._by_key.setdefault(key(entry.name), entry)
        for entry in self.entries:
            for alias in entry.aliases:
                self._by_key.setdefault(key(alias), entry)
        self._ranked = sorted(self.entries, key=lambda entry: (-entry.count, entry.name))
        self._all = _index(self._ranked)
        self._of_category = {
            category: _index(entry for entry in self._ranked if entry.category == category)
            for category in CATEGORIES
        }

    @classmethod
    def load_core(cls) -> Dictionary:
        """Return the hand-written tags that come with the program."""
        entries: list[Entry] = []
        folder = resources.files("bot.prompt") / "data"
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".csv"):
                entries += map(Entry.read, csv.DictReader(file.read_text("utf-8").splitlines()))
        return cls(entries)

    def lookup(self, text: str) -> Entry | None:
        """Return the tag that this spells, by name or alias; case, ``_``, ``-`` and ``:`` do not count."""
        return self._by_key.get(key(text))

    def spellings(self) -> Iterable[tuple[str, Entry]]:
        """Every key with its entry: names and aliases."""
        return self._by_key.items()

    def complete(
        self,
        prefix: str,
        category: str | None = None,
        ceiling: Rating = Rating.GENERAL,
        limit: int = 25,
    ) -> list[Entry]:
        """Return the tags that the words may become: the best kinds of fit first, the commoner first in each.

        Tags above ``ceiling`` stay out. An alias finds its tag.
        """
        found: dict[str, Entry] = {}
        for _, entry in self.matches(prefix, category):
            if entry.rating <= ceiling:
                found.setdefault(entry.name, entry)
                if len(found) == limit:
                    break
        return list(found.values())

    def matches(self, typed: str, category: str | None = None) -> Iterator[tuple[Kind, Entry]]:
        """Yield the tags that the words may become with how they fit, best first, of every rating; a tag may
        come again. Slips of the finger are not looked for."""
        exact = self.lookup(typed)
        if exact is not None and category in (None, exact.category):
            yield Kind.EXACT, exact
        index = self._all if category is None else self._of_category[category]
        yield from index.find(spell(typed))

    def fits(self, entry: Entry, typed: str) -> Kind | None:
        """How a tag fits what was typed, as `matches` would say; None when it does not."""
        if self.lookup(typed) is entry:
            return Kind.EXACT
        return kind_of(spell(typed), entry.name, _aliases(entry))

    def nearly(self, typed: str, category: str | None = None) -> Iterator[Entry]:
        """Yield the tags whose words are those typed but for a slip or two, of every rating; a tag may come
        again."""
        found = self._typos.find(spell(typed))
        return (entry for entry in found if category in (None, entry.category))

    def prepare(self) -> None:
        """Make what `nearly` searches, which takes seconds with a long list; else its first call does."""
        self._typos  # noqa: B018 (it is kept once it was made)

    @functools.cached_property
    def _typos(self) -> Typos[Entry]:
        return Typos([(each, entry) for entry in self._ranked for each in (entry.name, *_aliases(entry))])


def _index(entries: Iterable[Entry]) -> Index[Entry]:
    known = list(entries)
    aliases = [(alias, entry) for entry in known for alias in _aliases(entry)]
    return Index([(entry.name, entry) for entry in known], aliases)


def _aliases(entry: Entry) -> Iterable[str]:
    """An entry's other spellings, each once."""
    return [each for each in dict.fromkeys(map(spell, entry.aliases)) if each != entry.name]
