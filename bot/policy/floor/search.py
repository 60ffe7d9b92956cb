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
        self._inside: dict[str, Mark] = {}
        self._spelled: list[tuple[str, Mark]] = []
        self._near: dict[str, list[str]] = {}
        for term in terms:
            phrase = words(term.text)
            joined = "".join(phrase)
            self._by_first.setdefault(phrase[0], []).append((phrase, term.mark))
            self._joined[joined] = self._joined.get(joined, _NONE) | {term.mark}
            if len(joined) >= SHORT:
                self._spelled.append((joined, term.mark))
            if term.loose and len(joined) >= SHORT:
                self._loose[joined] = term.mark
                if len(phrase) == 1 and len(joined) >= LONG:
                    self._inside[joined] = term.mark
                if len(joined) >= (LONG if len(phrase) == 1 else LONG_PHRASE):
                    for shorter in _shortened(joined):
                        self._near.setdefault(shorter, []).append(joined)
        self._collapsed = {_collapse(joined): mark for joined, mark in self._loose.items()}
        phrases = [phrase for named in self._by_first.values() for phrase, _ in named]
        self._begun = {phrase[:end] for phrase in phrases for end in range(1, len(phrase))}
        self._longest = max(map(len, phrases), default=1)
        self._loosely = remembered(1 << 16)(self._look_loosely)

    def find(self, parts: Sequence[str]) -> Marks:
        """Every mark of the words of one tag."""
        marks = self.across(parts) | _NONE.union(*self._joins(parts), *map(self._loosely, parts))
        if 1 < len(parts) <= _JOINED:
            marks |= self._loosely("".join(parts))
        return marks

    def across(self, parts: Sequence[str]) -> Marks:
        """Every mark of words as they stand, and of words that are spelled letter by letter."""
        marks = frozenset(self._phrases(parts))
        spelled = spelled_out(parts)
        if spelled == tuple(parts):
            return marks
        runs = {run for run in spelled if len(run) >= SHORT} - set(parts)
        for known, texts in ((self._spelled, runs), (self._collapsed.items(), set(map(_collapse, runs)))):
            marks |= {mark for text in texts for term, mark in known if term in text}
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
        for length in range(1, _JOINED + 1):
            for place in range(len(parts) - length + 1):
                joined = "".join(parts[place : place + length])
                if len(joined) >= LONG and joined in self._joined:
                    yield self._joined[joined]

    def _look_loosely(self, joined: str) -> Marks:
        if len(joined) < SHORT or joined in self._joined:
            return _NONE
        marks = {self._loose.get(joined[::-1]), self._collapsed.get(_collapse(joined))}
        if len(joined) >= LONG:
            marks |= {mark for term, mark in self._inside.items() if term in joined}
        if len(joined) >= LONG - 1 and joined.isalpha():
            marks |= self._slips(joined)
        return frozenset(mark for mark in marks if mark is not None)

    def _slips(self, joined: str) -> set[Mark | None]:
        """Long terms one letter away: another letter, one too few or too many, or two in the wrong order."""
        near = {term for shorter in _shortened(joined) for term in self._near.get(shorter, ())}
        return {self._loose[term] for term in near if OSA.distance(joined, term, score_cutoff=1) <= 1}


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


def spelled_out(parts: Sequence[str]) -> tuple[str, ...]:
    """The words, with single letters that follow one another read as one word: ``h e l l o``."""
    if sum(len(part) == 1 for part in parts) < SPELLED:
        return tuple(parts)
    read: list[str] = []
    for single, group in itertools.groupby(parts, key=lambda part: len(part) == 1):
        run = list(group)
        read += ["".join(run)] if single else run
    return tuple(read)


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
