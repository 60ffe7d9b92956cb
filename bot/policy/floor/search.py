"""Terms of a word list, looked for in a text: phrases between word borders, and scripts without spaces."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz.distance import OSA

from bot.prompt.memory import remembered

LONG = 7
"""From so many letters on a term is found without its spaces, inside a word, and a slip of one letter away.

Shorter ones would be found by chance: 4 letters about once in 20 tags, 7 letters once in 4,000.
"""
LONG_PHRASE = 10
"""The same for a slip in a term of several words, of which each is short."""
SHORT = 4
"""From so many letters on a loose term is found backwards and within letters that stand one by one."""
SPELLED = 3
"""Single letters in a row that are read as one word."""
_JOINED = 4
"""Words that are read as one at most."""

_WORDS = re.compile(r"[^\W_]+")
_REPEATED = re.compile(r"(.)\1+")
_LETTERS = "\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
_UNSPACED = re.compile(f"[{_LETTERS}]")
_GAPS = re.compile(f"(?<=[{_LETTERS}])[\\W_]+(?=[{_LETTERS}])")
_HIRAGANA = re.compile("[\u3041-\u309f]+")
_KATAKANA = re.compile("[\u30a1-\u30ff]+")
_HANGUL = re.compile("[\uac00-\ud7a3]+")


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """What a term means: its rule, such as ``"F2"``, and its part in it, such as ``"age"``."""

    rule: str
    part: str


@dataclasses.dataclass(frozen=True, slots=True)
class Term:
    """One entry of a word list.

    ``loose`` terms are also found inside words, backwards, with letters repeated and with a slip of one
    letter. ``harmless`` ones are phrases in which no term counts.
    """

    text: str
    mark: Mark
    harmless: bool = False
    loose: bool = False


Marks = frozenset[Mark]
_NONE: Marks = frozenset()


class Search:
    """Finds the terms of one list in texts of one spelling (see ``plain``)."""

    def __init__(self, terms: Iterable[Term]) -> None:
        several = [term for term in terms if not term.harmless]
        self._phrases = Phrases([term for term in several if not _UNSPACED.search(term.text)])
        self._unspaced = [
            (_GAPS.sub("", term.text), term.mark) for term in several if _UNSPACED.search(term.text)
        ]

    def find(self, text: str) -> Marks:
        """Every mark of one tag or other short text."""
        marks = self._phrases.find(words(text))
        if _UNSPACED.search(text):
            marks |= self._of_unspaced(text) | self._of_unspaced(_GAPS.sub("", text))
        return marks

    def across(self, parts: Sequence[str]) -> Marks:
        """Every mark of words that were parted by more than spaces."""
        return self._phrases.across(parts)

    def goes_on(self, parts: Sequence[str]) -> bool:
        """Whether words after these may end a term that these begin."""
        return self._phrases.goes_on(parts)

    def _of_unspaced(self, text: str) -> Marks:
        """The marks of terms in scripts that write words without spaces."""
        return frozenset(mark for term, mark in self._unspaced if term in text and has_word(text, term))


class Phrases:
    """Terms of scripts with spaces. The time of a search is linear in the words."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Mark]]] = {}
        self._joined: dict[str, Marks] = {}
        self._loose: dict[str, Mark] = {}
        self._inside = Held(LONG)
        self._spelled = Held(SHORT)
        self._near: dict[str, list[str]] = {}
        for term in terms:
            phrase = words(term.text)
            joined = "".join(phrase)
            self._by_first.setdefault(phrase[0], []).append((phrase, term.mark))
            self._joined[joined] = self._joined.get(joined, _NONE) | {term.mark}
            if len(joined) >= SHORT:
                self._spelled.add(joined, term.mark)
            if term.loose and len(joined) >= SHORT:
                self._loose[joined] = term.mark
                if len(phrase) == 1 and len(joined) >= LONG:
                    self._inside.add(joined, term.mark)
                if len(joined) >= (LONG if len(phrase) == 1 else LONG_PHRASE):
                    for shorter in _shortened(joined):
                        self._near.setdefault(shorter, []).append(joined)
        self._collapsed = {_collapse(joined): mark for joined, mark in self._loose.items()}
        self._spelled_once = Held(1)
        for collapsed, mark in self._collapsed.items():
            self._spelled_once.add(collapsed, mark)
        self._longest_near = max(map(len, self._near), default=0)
        self._long = {joined: marks for joined, marks in self._joined.items() if len(joined) >= LONG}
        phrases = [phrase for named in self._by_first.values() for phrase, _ in named]
        self._begun = {phrase[:end] for phrase in phrases for end in range(1, len(phrase))}
        self._longest = max(map(len, phrases), default=1)
        self._loosely = remembered(1 << 16)(self._look_loosely)

    def find(self, parts: Sequence[str]) -> Marks:
        """Every mark of the words of one tag."""
        marks = self.across(parts).union(*self._joins(parts), *map(self._loosely, parts))
        if 1 < len(parts) <= _JOINED:
            marks |= self._loosely("".join(parts))
        return marks

    def across(self, parts: Sequence[str]) -> Marks:
        """Every mark of words as they stand, and of words that are spelled letter by letter."""
        marks = frozenset(self._phrases(parts))
        spelled = spelled_out(parts)
        if spelled is parts:
            return marks
        runs = {run for run in spelled if len(run) >= SHORT} - set(parts)
        for run in runs:
            marks |= self._spelled.find(run) | self._spelled_once.find(_collapse(run))
        return marks.union(self._phrases(spelled))

    def goes_on(self, parts: Sequence[str]) -> bool:
        """Whether the last words are the beginning of a phrase."""
        last = tuple(parts[-self._longest :])
        return any(last[place:] in self._begun for place in range(len(last)))

    def _phrases(self, parts: Sequence[str]) -> Iterator[Mark]:
        for place, part in enumerate(parts):
            for phrase, mark in self._by_first.get(part, ()):
                if tuple(parts[place : place + len(phrase)]) == phrase:
                    yield mark

    def _joins(self, parts: Sequence[str]) -> Iterator[Marks]:
        """Long terms with spaces in other places than their own."""
        for place in range(len(parts)):
            joined = ""
            for part in parts[place : place + _JOINED]:
                joined += part
                if joined in self._long:
                    yield self._long[joined]

    def _look_loosely(self, joined: str) -> Marks:
        if len(joined) < SHORT or joined in self._joined:
            return _NONE
        marks = {self._loose.get(joined[::-1]), self._collapsed.get(_collapse(joined))}
        if len(joined) >= LONG:
            marks |= self._inside.find(joined)
        if LONG - 1 <= len(joined) <= self._longest_near + 1 and joined.isalpha():
            marks |= self._slips(joined)
        marks.discard(None)
        return frozenset(marks) if marks else _NONE  # type: ignore[arg-type]

    def _slips(self, joined: str) -> set[Mark | None]:
        """Long terms one letter away: another letter, one too few or too many, or two in the wrong order."""
        near = {term for shorter in _shortened(joined) for term in self._near.get(shorter, ())}
        return {self._loose[term] for term in near if OSA.distance(joined, term, score_cutoff=1) <= 1}


class Held:
    """Terms that are found inside a text, by their first letters; linear in the text."""

    def __init__(self, least: int) -> None:
        """``least`` is the letters of the shortest term."""
        self._least = least
        self._by_head: dict[str, list[tuple[str, Mark]]] = {}

    def add(self, term: str, mark: Mark) -> None:
        """Add a term; several may begin alike."""
        self._by_head.setdefault(term[: self._least], []).append((term, mark))

    def find(self, text: str) -> set[Mark]:
        """The marks of the terms that the text holds."""
        least, by_head = self._least, self._by_head
        return {
            mark
            for place in range(len(text) - least + 1)
            for term, mark in by_head.get(text[place : place + least], ())
            if text.startswith(term, place)
        }


class Harmless:
    """Phrases in which no term counts, as "naked mole-rat" is not naked."""

    def __init__(self, terms: Iterable[Term]) -> None:
        harmless = [term.text for term in terms if term.harmless]
        unspaced = sorted((text for text in harmless if _UNSPACED.search(text)), key=len, reverse=True)
        self._unspaced = re.compile("|".join(r"[\W_]*".join(_GAPS.sub("", text)) for text in unspaced))
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for text in harmless:
            if not _UNSPACED.search(text) and (phrase := words(text)):
                self._by_first.setdefault(phrase[0], []).append(phrase)

    def blanked(self, text: str) -> str:
        """Return the text with a stroke for every such phrase."""
        if _UNSPACED.search(text):
            text = self._unspaced.sub("|", text)
        if self._by_first.keys().isdisjoint(words(text)):
            return text
        found = list(_WORDS.finditer(text))
        parts = tuple(word[0] for word in found)
        for place in range(len(parts) - 1, -1, -1):
            for phrase in self._by_first.get(parts[place], ()):
                end = place + len(phrase)
                if parts[place:end] == phrase:
                    text = f"{text[: found[place].start()]}|{text[found[end - 1].end() :]}"
                    parts = (*parts[:place], *("|" for _ in phrase), *parts[end:])
                    break
        return text


def words(text: str) -> tuple[str, ...]:
    """The words of a text; whatever is neither a letter nor a digit parts them."""
    return tuple(_WORDS.findall(text))


def spelled_out(parts: Sequence[str]) -> Sequence[str]:
    """The words, with single letters that follow one another read as one word: ``h e l l o``."""
    if len(parts) < SPELLED or len([part for part in parts if len(part) == 1]) < SPELLED:
        return parts
    read: list[str] = []
    for single, group in itertools.groupby(parts, key=lambda part: len(part) == 1):
        run = list(group)
        read += ["".join(run)] if single else run
    return read


def has_word(text: str, term: str) -> bool:
    """Whether a term stands somewhere in a text as a word of its own, as far as short words ask for it.

    Up to four katakana want other letters on both sides, up to four hiragana and two hangul on the left:
    particles follow them. Anything longer, and every ideograph, may stand anywhere.
    """
    place = text.find(term)
    while place >= 0:
        before, after = text[max(0, place - 1) : place], text[place + len(term) : place + len(term) + 1]
        if len(term) <= 4 and _KATAKANA.fullmatch(term):
            alone = not _KATAKANA.match(before) and not _KATAKANA.match(after)
        elif len(term) <= 4 and _HIRAGANA.fullmatch(term):
            alone = not _HIRAGANA.match(before)
        else:
            alone = not (len(term) <= 2 and _HANGUL.fullmatch(term) and _HANGUL.match(before))
        if alone:
            return True
        place = text.find(term, place + 1)
    return False


def _shortened(word: str) -> set[str]:
    """A word, and what is left of it less one letter; two words a slip apart have one of these in common."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _collapse(word: str) -> str:
    return _REPEATED.sub(r"\1", word)
