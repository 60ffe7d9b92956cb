"""Tags behind slips of the finger: words in an index by what is left of them when letters are taken out.

Two words are within two edits of each other when taking at most two letters out of each can leave the same
(Garbe's SymSpell). So an index of what is left finds them without looking at the others.
"""

from __future__ import annotations

import array
import bisect
import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Tag = TypeVar("Tag")
_Numbers = npt.NDArray[np.int64]
_Found = tuple[_Numbers, _Numbers]
"""Numbers of spellings, each once and in order, and how many slips lead to each."""

SHORTEST = 4
"""Letters of the shortest word in which slips are looked for."""
LONG = 7
"""Letters from which a word may have two slips, in place of one."""
LONGEST = 60
"""Characters of the longest text that is looked at; hardly a tag is longer."""
_PREFIX = 8
"""Letters of a word from which some are taken out: more would make the index many times larger."""
_NEAREST = 20
"""Words that one typed word may stand for."""
_NOTHING = np.empty(0, np.int64)


class Typos(Generic[Tag]):
    """Finds tags by words that are nearly theirs, in any order, of which the last may be unfinished."""

    def __init__(self, spellings: Sequence[tuple[str, Tag]]) -> None:
        """Take (spelling, tag) pairs, the commonest first."""
        self._tags = [tag for _, tag in spellings]
        split = [dict.fromkeys(_words(spelling)) for spelling, _ in spellings]
        self._words = sorted({word for words in split for word in words})
        numbers = {word: number for number, word in enumerate(self._words)}
        found = array.array("q", (numbers[word] for words in split for word in words))
        holders = np.repeat(np.arange(len(split)), [len(words) for words in split])
        which = np.frombuffer(found, np.int64) if found else _NOTHING
        order = np.argsort(which, kind="stable")
        self._holders: _Numbers = holders[order].astype(np.int64)
        """The spellings that hold each word, word by word."""
        self._starts = np.searchsorted(which[order], np.arange(len(self._words) + 1))
        left = array.array("Q")
        for number, word in enumerate(self._words):
            left.extend(hash(rest) % 2**32 << 32 | number for rest in _rests(word))
        self._left = np.sort(np.frombuffer(left, np.uint64)) if left else np.empty(0, np.uint64)
        """A hash of what is left in the upper half, the word's number in the lower."""

    def find(self, typed: str) -> Iterator[Tag]:
        """Yield tags whose words are those typed or nearly, the fewest slips first, the commonest first in
        each; a tag may come again. Last come those for which a word is changed that is one as it was typed.
        """
        words = _words(typed) if len(typed) <= LONGEST else []
        if not words:
            return
        as_typed = [self._as_typed(word, last=place == len(words)) for place, word in enumerate(words, 1)]
        pairs = list(zip(words, as_typed, strict=True))
        nearly = functools.cache(self._nearly)
        yield from self._holding([each if len(each[0]) else nearly(word) for word, each in pairs])
        yield from self._holding([_either(each, nearly(word)) for word, each in pairs])

    def _holding(self, meant: Sequence[_Found]) -> Iterator[Tag]:
        """Yield the tags of spellings that are among all of these, by their slips in sum."""
        spellings, slips = meant[0]
        for more, further in meant[1:]:
            spellings, ours, theirs = np.intersect1d(spellings, more, assume_unique=True, return_indices=True)
            slips = slips[ours] + further[theirs]
        for index in np.lexsort((spellings, slips)):
            yield self._tags[spellings[index]]

    def near(self, word: str) -> list[tuple[int, int]]:
        """The words within a slip of this one, or two of a long one, as (slips, number), nearest first."""
        most = _most(word)
        numbers = {number for rest in _rests(word) for number in self._with_rest(rest)}
        found = ((slips(word, self._words[number], most), number) for number in numbers)
        return sorted((count, number) for count, number in found if count <= most)[:_NEAREST]

    def _as_typed(self, word: str, *, last: bool) -> _Found:
        """The spellings with the word itself, or of a last one with a word that begins so; no slips."""
        first = bisect.bisect_left(self._words, word)
        end = bisect.bisect_left(self._words, word + "\U0010ffff") if last else first
        if not last and first < len(self._words) and self._words[first] == word:
            end = first + 1
        held = np.unique(self._holders[self._starts[first] : self._starts[end]])
        return held, np.zeros(len(held), np.int64)

    def _nearly(self, word: str) -> _Found:
        near = self.near(word)
        if not near:
            return _NOTHING, _NOTHING
        held = [self._holders[self._starts[number] : self._starts[number + 1]] for _, number in near]
        slips = np.repeat([count for count, _ in near], [len(each) for each in held])
        return _fewest(np.concatenate(held), slips)

    def _with_rest(self, rest: str) -> Iterator[int]:
        low = hash(rest) % 2**32 << 32
        first, end = np.searchsorted(self._left, np.array([low, low + 2**32 - 1], np.uint64))
        yield from (self._left[first : end + 1] % np.uint64(2**32)).tolist()


def _either(one: _Found, other: _Found) -> _Found:
    return _fewest(np.concatenate((one[0], other[0])), np.concatenate((one[1], other[1])))


def _fewest(spellings: _Numbers, slips: _Numbers) -> _Found:
    """Each spelling once, with the slips it has where it comes first, which are its fewest."""
    found, first = np.unique(spellings, return_index=True)
    return found, slips[first]


def slips(one: str, other: str, most: int) -> int:
    """Letters to put in, take out, change or swap with their neighbour (optimal string alignment).

    ``most`` + 1 for anything more than ``most``.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    one, other = _differing(one, other)
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, last, row = row, before, [place]
        for column, theirs in enumerate(other, 1):
            cost = min(before[column] + 1, row[-1] + 1, before[column - 1] + (letter != theirs))
            if place > 1 and column > 1 and letter == other[column - 2] and one[place - 2] == theirs:
                cost = min(cost, last[column - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def _differing(one: str, other: str) -> tuple[str, str]:
    """Both without the beginning and the end that they share."""
    shortest = min(len(one), len(other))
    start = next((place for place in range(shortest) if one[place] != other[place]), shortest)
    one, other, shortest = one[start:], other[start:], shortest - start
    end = next((back for back in range(shortest) if one[-1 - back] != other[-1 - back]), shortest)
    return one[: len(one) - end], other[: len(other) - end]


def _words(text: str) -> list[str]:
    return text.replace("(", " ").replace(")", " ").split()


def _most(word: str) -> int:
    return 0 if len(word) < SHORTEST else 1 if len(word) < LONG else 2


def _rests(word: str) -> set[str]:
    """What is left of a word's beginning when some letters are taken out; nothing of a short word."""
    most = _most(word)
    if not most:
        return set()
    start = word[:_PREFIX]
    return {
        "".join(kept)
        for count in range(most + 1)
        for kept in itertools.combinations(start, len(start) - count)
    }
