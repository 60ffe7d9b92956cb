"""The tag dictionary: what a typed word is, whose series it carries, how it is rated, how it is completed."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable, Mapping
from importlib import resources

from bot.core.rating import Rating
from bot.prompt.normalise import key, spell

CATEGORIES = ("subject", "character", "series", "general", "meta", "quality", "rating", "year", "artist")


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One tag. ``count`` is about how many Danbooru posts have it, to rank completions by.

    ``inside`` says that the word keeps its rating inside a longer tag (``nude`` in ``nude statue``).
    """

    name: str
    category: str
    count: int = 0
    rating: Rating = Rating.GENERAL
    series: str | None = None
    aliases: tuple[str, ...] = ()
    inside: bool = False

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
        """Names win over aliases, and earlier aliases over later ones."""
        self.entries = tuple(entries)
        self._by_key: dict[str, Entry] = {key(entry.name): entry for entry in self.entries}
        for entry in self.entries:
            for alias in entry.aliases:
                self._by_key.setdefault(key(alias), entry)
        self._completions = sorted(
            (
                (spelling, entry)
                for entry in self.entries
                for spelling in dict.fromkeys(map(spell, (entry.name, *entry.aliases)))
            ),
            key=lambda pair: (-pair[1].count, pair[1].name),
        )

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
        """Return the tags that the words may become: first those that begin so, then those with a word
        that does, then those that hold it anywhere; within each the commoner first.

        Tags above ``ceiling`` stay out. An alias finds its tag.
        """
        wanted = spell(prefix)
        ranks: list[dict[str, Entry]] = [{}, {}, {}]
        for spelling, entry in self._completions:
            if entry.rating > ceiling or category not in (None, entry.category):
                continue
            rank = _rank(spelling, wanted)
            if rank is not None:
                ranks[rank].setdefault(entry.name, entry)
        ordered = {name: entry for rank in ranks for name, entry in rank.items()}
        return list(ordered.values())[:limit]


def _rank(spelling: str, wanted: str) -> int | None:
    """0 for a beginning, 1 for a word's beginning, 2 for anywhere, None for nowhere."""
    position = spelling.find(wanted)
    if position <= 0:
        return None if position else 0
    if f" {wanted}" in spelling or f"({wanted}" in spelling:
        return 1
    return 2
