"""Completion: the tags that typed words may become, found in one text that holds every spelling."""

from __future__ import annotations

import array
import bisect
import heapq
import itertools
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Tag = TypeVar("Tag")

_LINE = b"\n"


class Index(Generic[Tag]):
    """Spellings and what they stand for, in the order in which they are offered.

    One text with a spelling to a line: a search runs at the speed of ``bytes.find``, and ends as soon as
    enough is found, since the commonest tags come first.
    """

    def __init__(self, spellings: Iterable[tuple[str, Tag]]) -> None:
        """Take (spelling, tag) pairs, the commonest first; a spelling holds no line end."""
        pairs = list(spellings)
        lines = [spelling.encode() + _LINE for spelling, _ in pairs]
        self._tags = [tag for _, tag in pairs]
        self._text = _LINE + b"".join(lines)
        self._starts = array.array("I", itertools.accumulate(map(len, lines), initial=1))

    def find(self, wanted: str) -> Iterator[Tag]:
        """Yield the tags of the spellings that begin with these words, then of those with a word that does,
        then of those that hold them anywhere; a tag may come again."""
        needle = wanted.encode()
        yield from self._tags_at(self._places(_LINE + needle))
        if wanted:
            yield from self._tags_at(heapq.merge(self._places(b" " + needle), self._places(b"(" + needle)))
            yield from self._tags_at(self._places(needle))

    def _places(self, needle: bytes) -> Iterator[int]:
        place = self._text.find(needle, 0, -1)
        while place >= 0:
            yield place + 1  # the needle may begin with the end of the line before
            place = self._text.find(needle, place + 1, -1)

    def _tags_at(self, places: Iterable[int]) -> Iterator[Tag]:
        for place in places:
            yield self._tags[bisect.bisect_right(self._starts, place) - 1]
