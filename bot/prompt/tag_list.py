"""Lists of tags that an owner imports: reading the well-known completion file, and joining it to our own."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable, Iterator

from bot.core.errors import InvalidRequest
from bot.core.rating import Rating
from bot.core.tag import ListedTag
from bot.prompt.dictionary import Dictionary, Entry
from bot.prompt.normalise import key, spell

_CATEGORIES = {"0": "general", "1": "artist", "3": "series", "4": "character", "5": "meta"}
"""Danbooru's numbers for its categories."""
_RATINGS = {rating.word[0]: rating for rating in Rating} | {rating.word: rating for rating in Rating}
_SHORTCUT = "/"
"""What Danbooru's abbreviations begin with (``/lh`` for long hair); nobody types them here."""


@dataclasses.dataclass(frozen=True, slots=True)
class TagList:
    """A file's tags, each name once; ``doubled`` counts lines that spelled a tag again."""

    tags: tuple[ListedTag, ...]
    doubled: int


def read_list(lines: Iterable[str], source: str) -> TagList:
    """Read ``tag,category,count[,"alias,alias"[,rating]]`` lines; a heading and empty lines are passed over.

    The category is a number of Danbooru's, the rating a word of the card or its first letter; a line
    that spells a tag again counts for nothing. Raises InvalidRequest, naming ``source`` and the line.
    """
    reader = csv.reader(lines, strict=True)
    found: dict[str, ListedTag] = {}
    doubled = 0
    try:
        for row in reader:
            if not any(row) or (reader.line_num == 1 and row[0].strip().lower() in ("tag", "name")):
                continue
            tag = _tag(row)
            if found.setdefault(key(tag.name), tag) is not tag:
                doubled += 1
    except UnicodeDecodeError:
        raise InvalidRequest(f"{source} is not UTF-8; save it as UTF-8. Nothing was imported.") from None
    except (csv.Error, ValueError) as error:
        line = max(1, reader.line_num)
        raise InvalidRequest(f"{source}, line {line}: {error}; nothing was imported.") from None
    if not found:
        raise InvalidRequest(f"{source} holds no tags; its lines should read tag,category,count,aliases.")
    return TagList(tuple(found.values()), doubled)


def _tag(row: list[str]) -> ListedTag:
    if not 3 <= len(row) <= 5:
        raise ValueError(f"{len(row)} columns, but there should be tag,category,count,aliases,rating")
    name, category, count, aliases, rating = (*(column.strip() for column in row), "", "")[:5]
    spelled = spell(name)
    if not spelled or "," in spelled or not spelled.isprintable():
        raise ValueError(f"{name!r} is not a tag")
    if category not in _CATEGORIES:
        raise ValueError(
            f"{category!r} is not a category; use 0 general, 1 artist, 3 series, 4 character, 5 meta"
        )
    if not (count.isascii() and count.isdecimal() and len(count) < 16):
        raise ValueError(f"{count!r} is not a count; use a whole number")
    if rating and rating.lower() not in _RATINGS:
        raise ValueError(
            f"{rating!r} is not a rating; use general, sensitive, questionable, explicit or g, s, q, e"
        )
    return ListedTag(
        name=spelled,
        category=_CATEGORIES[category],
        count=int(count),
        aliases=tuple(_aliases(spelled, aliases)),
        rating=_RATINGS.get(rating.lower()),
    )


def _aliases(name: str, listed: str) -> Iterator[str]:
    for alias in dict.fromkeys(map(spell, listed.split(","))):
        if alias and not alias.startswith(_SHORTCUT) and alias.isprintable() and key(alias) != key(name):
            yield alias


def joined(own: Dictionary, tags: Iterable[ListedTag]) -> Dictionary:
    """Return our own tags with a list's beside them.

    What we wrote by hand wins: a listed tag that we know lends its aliases only. One that we do not know
    has the rating of its line, else the highest that its aliases say: an alias that is one of our tags, or
    holds one of our words that keep their rating inside others. Whatever is general without a word on its
    line is not trusted: a word inside it may say more.
    """
    joiner = _Joiner(own)
    listed = [joiner.entry(tag) for tag in tags]
    return Dictionary([*own.entries, *listed]) if listed else own


class _Joiner:
    def __init__(self, own: Dictionary) -> None:
        self._own = own
        self._words: dict[str, Rating] = {}
        for entry in own.entries:
            if entry.inside:
                for spelling in (entry.name, *entry.aliases):
                    self._words[key(spelling)] = max(
                        entry.rating, self._words.get(key(spelling), entry.rating)
                    )

    def entry(self, tag: ListedTag) -> Entry:
        known = self._own.lookup(tag.name)
        if known is not None and known.rating > Rating.GENERAL:
            return dataclasses.replace(known, aliases=_new_to(known, tag.aliases), inside=False)
        said = {alias: self._said(alias) for alias in tag.aliases}
        harmless = tuple(alias for alias, rating in said.items() if rating is Rating.GENERAL)
        if known is not None:
            return dataclasses.replace(known, aliases=harmless, inside=False, trusted=False)
        # A character of that nickname is none the worse for it.
        general = tag.category == "general"
        inherited = max(said.values(), default=Rating.GENERAL) if general else Rating.GENERAL
        rating = inherited if tag.rating is None else tag.rating
        return Entry(
            name=tag.name,
            category=tag.category,
            count=tag.count,
            rating=rating,
            aliases=tag.aliases if general else harmless,
            trusted=tag.rating is not None or rating > Rating.GENERAL,
        )

    def _said(self, alias: str) -> Rating:
        """The rating that an alias speaks of."""
        known = self._own.lookup(alias)
        if known is not None:
            return known.rating
        return max(
            (self._words.get(word, Rating.GENERAL) for word in key(alias).split()), default=Rating.GENERAL
        )


def _new_to(known: Entry, aliases: Iterable[str]) -> tuple[str, ...]:
    """Those aliases that are more than one of ours with other spaces, which policy sees through anyway."""
    ours = {key(spelling).replace(" ", "") for spelling in (known.name, *known.aliases)}
    return tuple(alias for alias in aliases if key(alias).replace(" ", "") not in ours)
