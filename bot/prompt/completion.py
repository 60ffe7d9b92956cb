"""Completion: the tags that typed words may become, found in texts that hold every spelling."""

from __future__ import annotations

import array
import bisect
import enum
import heapq
import itertools
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Tag = TypeVar("Tag")

_LINE = b"\n"


class Kind(enum.IntEnum):
    """How what was typed fits a tag, the best first."""

    EXACT = 0
    BEGINNING = 1
    WORD = 2
    INSIDE = 3
    ALIAS = 4


def kind_of(wanted: str, name: str, aliases: Iterable[str]) -> Kind | None:
    """How a tag fits what is wanted, by the same rules as `Index.find`; None when it does not."""
    if name == wanted or wanted in aliases:
        return Kind.EXACT
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
        """Yield tags, the best kinds of fit first and the commonest first in each; a tag may come again."""
        needle = wanted.encode()
        if not wanted:
            yield from ((Kind.BEGINNING, tag) for tag in self._names.beginning(needle))
            return
        for lines in (self._names, self._aliases):
            yield from ((Kind.EXACT, tag) for tag in lines.beginning(needle + _LINE))
        yield from ((Kind.BEGINNING, tag) for tag in self._names.beginning(needle))
        yield from ((Kind.WORD, tag) for tag in self._names.words(needle))
        yield from ((Kind.INSIDE, tag) for tag in self._names.holding(needle))
        aliases = self._aliases
        found = itertools.chain(aliases.beginning(needle), aliases.words(needle), aliases.holding(needle))
        yield from ((Kind.ALIAS, tag) for tag in found)


class _Lines(Generic[Tag]):
    """One text with a spelling to a line.

    A search runs at the speed of ``bytes.find``, and ends as soon as enough is found, since the commonest
    tags come first.
    """

    def __init__(self, spellings: Iterable[tuple[str, Tag]]) -> None:
        pairs = list(spellings)
        lines = [spelling.encode() + _LINE for spelling, _ in pairs]
        self._tags = [tag for _, tag in pairs]
        self._text = _LINE + b"".join(lines)
        self._starts = array.array("I", itertools.accumulate(map(len, lines), initial=1))

    def beginning(self, needle: bytes) -> Iterator[Tag]:
        """Of the lines that begin so."""
        return self._tags_at(self._places(_LINE + needle))

    def words(self, needle: bytes) -> Iterator[Tag]:
        """Of the lines with a word, but the first, that begins so."""
        return self._tags_at(heapq.merge(self._places(b" " + needle), self._places(b"(" + needle)))

    def holding(self, needle: bytes) -> Iterator[Tag]:
        """Of the lines that hold it anywhere."""
        return self._tags_at(self._places(needle))

    def _places(self, needle: bytes) -> Iterator[int]:
        # The last line end is the beginning of no line, but may be the end of what is wanted.
        end = len(self._text) if needle[1:].endswith(_LINE) else -1
        place = self._text.find(needle, 0, end)
        while place >= 0:
            yield place + 1  # the needle may begin with the end of the line before
            place = self._text.find(needle, place + 1, end)

    def _tags_at(self, places: Iterable[int]) -> Iterator[Tag]:
        for place in places:
            yield self._tags[bisect.bisect_right(self._starts, place) - 1]
