"""Words compared letter by letter, whatever parts, repeats or reverses the letters.

Letters that are drawn alike (``l`` and ``i``) count as one, and a run of a letter stands for a shorter run.
Words under seven letters must begin and end where the text's own words do, since four letters in a row come
about by chance in one prompt of twenty tags (measured with a hundred words); seven do in one of 200.
"""

from __future__ import annotations

import bisect
import dataclasses
import functools
import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from bot.prompt.memory import remembered

if TYPE_CHECKING:
    from bot.policy.words.lexicon import Rated

LONG = 7
"""Letters from which a word is found inside other letters."""
SHORTEST = 3
_REPEATS = 16
"""Times that a piece of a spelled word may be repeated."""
_HEAD = 5
_SPELLED_BACK, _WRITTEN_BACK = 4, 5
"""Letters from which a word may be backwards in pieces: in single letters, in others."""
_STRETCHED = re.compile(r"(.)\1\1")
_RUN = re.compile(r"(.)\1+")


@dataclasses.dataclass(frozen=True, slots=True)
class _Shape:
    term: Rated
    letters: str
    backwards: bool
    runs: int
    """Of one letter, when those that are drawn alike count as two."""


class Shapes:
    """The letters of terms, forwards and backwards."""

    def __init__(self) -> None:
        self._by_letters: dict[str, list[_Shape]] = {}
        self._beginnings: set[str] = set()
        self._by_head: dict[str, list[_Shape]] = {}

    def add(self, compact: str, term: Rated) -> None:
        """Add a term by its letters, without anything between them."""
        letters = _alike(compact)
        if len(letters) < SHORTEST:
            return
        runs = len(_runs(compact))
        for shape in (_Shape(term, letters, False, runs), _Shape(term, letters[::-1], True, runs)):
            single = _single(shape.letters)
            self._by_letters.setdefault(single, []).append(shape)
            self._beginnings.update(single[:end] for end in range(1, len(single) + 1))
            buried = LONG if term.name.isalpha() else LONG + 3
            if len(letters) >= buried and not shape.backwards and len(single) > _HEAD and term.inside:
                self._by_head.setdefault(single[:_HEAD], []).append(shape)

    def find(
        self, tokens: Sequence[str], written: Collection[str], *, mild: bool, known: Collection[str]
    ) -> Iterator[tuple[Rated, int, int]]:
        """Yield terms with the words that they take up: first, and past the last.

        ``mild`` says that the reading is the text itself, so that a word that is only listed as a whole tag
        is no disguise inside another; nor is one of the ``written`` words, which stand in the text itself.
        ``known`` are words that mean nothing else.
        """
        alike = [_alike(token) for token in tokens]
        singles = [_single(token) for token in alike]
        for first, single in enumerate(singles):
            if single not in self._beginnings:
                continue
            for last, shapes in self._spelled(singles, first):
                for shape in shapes:
                    if _covers("".join(alike[first:last]), shape.letters) and _plausible(
                        shape,
                        tokens,
                        first,
                        last,
                        mild=mild or (last == first + 1 and tokens[first] in written),
                        known=known,
                    ):
                        yield shape.term, first, last
        joined = "".join(singles)
        heads = {joined[place : place + _HEAD] for place in range(len(joined) - _HEAD)}
        for head in heads & self._by_head.keys():
            for shape in self._by_head[head]:
                for span in _within(shape.letters, alike):
                    yield shape.term, *span

    def across(self, tags: Sequence[str]) -> Iterator[Rated]:
        """Yield the long words that whole tags spell together: ``linge, rie``."""
        if len(tags) < 2:
            return
        spelled = list(map(_compact, tags))
        alike = [letters for letters, _ in spelled]
        singles = [single for _, single in spelled]
        for first, single in enumerate(singles):
            if single not in self._beginnings:
                continue
            for last, shapes in self._spelled(singles, first):
                for shape in shapes:
                    if (
                        last > first + 1
                        and len(shape.letters) >= LONG
                        and shape.term.name.isalpha()
                        and _covers("".join(alike[first:last]), shape.letters)
                    ):
                        yield shape.term

    def _spelled(self, singles: Sequence[str], first: int) -> Iterator[tuple[int, list[_Shape]]]:
        """The shapes that the words from ``first`` on spell together, with where they end."""
        spelled, idle = "", 0
        for last in range(first, len(singles)):
            piece, before = singles[last], spelled
            spelled += piece[1:] if spelled[-1:] == piece[:1] else piece
            # Repeats add nothing to read; a thousand of them would be gone through from each of them.
            idle = idle + 1 if spelled == before else 0
            if spelled not in self._beginnings or idle > _REPEATS:
                return
            if spelled in self._by_letters:
                yield last + 1, self._by_letters[spelled]


def _plausible(
    shape: _Shape, tokens: Sequence[str], first: int, last: int, *, mild: bool, known: Collection[str]
) -> bool:
    """Whether these words are the term in disguise rather than by chance."""
    length, pieces, run = len(shape.letters), last - first, "".join(tokens[first:last])
    repeated, single = len(run) > length, all(len(_single(token)) == 1 for token in tokens[first:last])
    if len(set(shape.letters)) == 1 and (pieces > 1 or repeated):
        return False
    if mild and repeated and len(_runs(run)) != shape.runs:
        return False
    if pieces == 1 and run in known and (repeated or shape.backwards):
        return False
    if shape.backwards and not _meant_backwards(length, pieces, run, repeated=repeated, single=single):
        return False
    if pieces == len(tokens):
        return True
    if pieces == 1:
        if shape.term.inside:
            return not shape.backwards or length > SHORTEST
        return not (mild or shape.backwards or repeated)
    if single or (pieces > 2 and all(len(_single(token)) <= 2 for token in tokens[first:last])):
        return True
    return length >= LONG and (shape.term.inside or not mild)


def _meant_backwards(length: int, pieces: int, run: str, *, repeated: bool, single: bool) -> bool:
    """Whether letters spell a word backwards on purpose: short ones do so by chance (``liliana``)."""
    if pieces > 1:
        return length >= (_SPELLED_BACK if single else _WRITTEN_BACK)
    return not repeated or length >= _WRITTEN_BACK or _STRETCHED.search(run) is not None


def _within(letters: str, tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the words that a long term takes up when it begins or ends inside one.

    Over several words only where these are splinters: whole words meet by chance.
    """
    ends = list(itertools.accumulate(map(len, tokens)))
    for found in _pattern(letters).finditer("".join(tokens)):
        first = bisect.bisect_right(ends, found.start())
        last = bisect.bisect_left(ends, found.end()) + 1
        pieces = last - first
        if pieces == 1 or (pieces > 3 and len(found[0]) <= 2.5 * pieces):
            yield first, last


@functools.lru_cache(1024)
def _pattern(letters: str) -> re.Pattern[str]:
    """The letters, each at least as often in a row; it begins where a run does, so that it is linear."""
    runs = "".join(f"{re.escape(char)}{{{count},}}" for char, count in _runs(letters))
    return re.compile(f"(?<!{re.escape(letters[0])}){runs}")


def _covers(text: str, letters: str) -> bool:
    """Whether every run of the text is at least as long as the term's; both have the same single letters."""
    return all(typed >= listed for (_, typed), (_, listed) in zip(_runs(text), _runs(letters), strict=True))


def _runs(text: str) -> list[tuple[str, int]]:
    return [(char, len(list(run))) for char, run in itertools.groupby(text)]


def _alike(text: str) -> str:
    return text.replace("l", "i")


@remembered(16384)
def _compact(tag: str) -> tuple[str, str]:
    letters = _alike(tag.replace(" ", "").lower())
    return letters, _single(letters)


@remembered(16384)
def _single(text: str) -> str:
    return _RUN.sub(r"\1", text)
