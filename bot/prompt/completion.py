"""Completion: the tags that typed words may become, found in texts that hold every spelling."""

from __future__ import annotations

import array
import bisect
import enum
import itertools
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Tag = TypeVar("Tag")

HITS = 5000
"""Places that are looked at for words and insides; of what stands in more, the commonest are enough."""
_LINE = b"\n"
_END = _LINE[0]
_LAST = b"\xff"
"""No byte of UTF-8 comes after it."""
_BEFORE_WORDS = b" ("


class Kind(enum.IntEnum):
    """How what was typed fits a tag, the best first."""

    EXACT = 0
    BEGINNING = 1
    WORD = 2
    INSIDE = 3
    ALIAS = 4


def kind_of(wanted: str, name: str, aliases: Iterable[str]) -> Kind | None:
    """How a tag fits what is wanted, by the same rules as `Index.find`; None when it does not."""
    if name.startswith(wanted):
        return Kind.BEGINNING
    if f" {wanted}" in name or f"({wanted}" in name:
        return Kind.WORD
    if wanted in name:
        return Kind.INSIDE
    return Kind.ALIAS if any(wanted in alias for alias in aliases) else None


class Index(Generic[Tag]):
    """Names and aliases with what they stand for, in the order in which they are offered."""

    def __init__(self, names: Iterable[tuple[str, Tag]], aliases: Iterable[tuple[str, Tag]] = ()) -> None:
        """Take (spelling, tag) pairs, the commonest first; a spelling holds no line end."""
        self._names, self._aliases = _Lines(names), _Lines(aliases)

    def find(self, wanted: str) -> Iterator[tuple[Kind, Tag]]:
        """Yield tags by every kind of fit but the exact one, the best first and the commonest first in each;
        a tag may come again."""
        needle = wanted.encode()
        yield from ((Kind.BEGINNING, tag) for tag in self._names.beginning(needle))
        if wanted:
            for kind, tags in zip((Kind.WORD, Kind.INSIDE), self._names.holding(needle), strict=True):
                yield from ((kind, tag) for tag in tags)
            yield from ((Kind.ALIAS, tag) for tag in self._aliases.beginning(needle))
            for tags in self._aliases.holding(needle):
                yield from ((Kind.ALIAS, tag) for tag in tags)


class _Lines(Generic[Tag]):
    """One text with a spelling to a line, and the lines in order.

    A search in the text runs at the speed of ``bytes.find``, and ends as soon as enough is found, since the
    commonest tags come first.
    """

    def __init__(self, spellings: Iterable[tuple[str, Tag]]) -> None:
        pairs = list(spellings)
        lines = [spelling.encode() + _LINE for spelling, _ in pairs]
        self._tags = [tag for _, tag in pairs]
        self._text = _LINE + b"".join(lines)
        self._starts = array.array("I", itertools.accumulate(map(len, lines), initial=1))
        order = sorted(range(len(lines)), key=lines.__getitem__)
        self._sorted, self._order = [lines[number] for number in order], array.array("I", order)

    def beginning(self, needle: bytes) -> Iterator[Tag]:
        """Of the lines that begin so."""
        first = bisect.bisect_left(self._sorted, needle)
        end = bisect.bisect_left(self._sorted, needle + _LAST)
        if end - first > HITS:
            return (self._tag_at(place + 1) for place in self._places(_LINE + needle))
        return (self._tags[number] for number in sorted(self._order[first:end]))

    def holding(self, needle: bytes) -> tuple[list[Tag], list[Tag]]:
        """Of the lines with a word, but the first, that begins so, and of those that hold it elsewhere."""
        words, inside = [], []
        for place in itertools.islice(self._places(needle), HITS):
            before = self._text[place - 1]
            if before in _BEFORE_WORDS:
                words.append(self._tag_at(place))
            elif before != _END:
                inside.append(self._tag_at(place))
        return words, inside

    def _places(self, needle: bytes) -> Iterator[int]:
        """Yield where it stands; the last line end begins no line."""
        place = self._text.find(needle, 0, -1)
        while place >= 0:
            yield place
            place = self._text.find(needle, place + 1, -1)

    def _tag_at(self, place: int) -> Tag:
        return self._tags[bisect.bisect_right(self._starts, place) - 1]
