"""Whether a text speaks of somebody under 18 by a number: in digits or words, in the listed languages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from bot.policy.floor.lists import AgeWords
from bot.policy.floor.search import SPELLED

ADULT = 18
LAST_GRADE = 12

_TOKENS = re.compile(r"\d{1,3}(?:[,.]\d{3})+(?!\d)|\d+(?:[.,]\d+)?|[^\W\d_]+|,")
_GROUPED = re.compile(r"\d{1,3}(?:[,.]\d{3})+")
_HAN = re.compile("([一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=[歳才岁歲])")
_HAN_DIGITS = {digit: value for value, digit in enumerate("一二三四五六七八九", 1)}
_AND = {"and", "y", "e", "et", "und"}
_ORDINAL = {"st", "nd", "rd", "th"}


def tokens(text: str) -> tuple[str, ...]:
    """Numbers, words and commas, in order; a number that is glued to a word is a token of its own.

    Letters that stand one by one are a word: ``n i n e``.
    """
    if not text.isascii():
        text = _HAN.sub(lambda han: str(_han(han[1])), text)
    found = _TOKENS.findall(text)
    if len(found) < SPELLED or sum(map(_is_letter, found)) < SPELLED:
        return tuple(found)
    read: list[str] = []
    for letter, group in itertools.groupby(found, key=_is_letter):
        run = list(group)
        read += ["".join(run)] if letter and len(run) >= SPELLED else run
    return tuple(read)


def _is_letter(token: str) -> bool:
    return len(token) == 1 and token.isalpha()


def _han(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    return (_HAN_DIGITS.get(tens, 1) * 10 if ten else 0) + _HAN_DIGITS.get(ones, 0)


class Ages:
    """Finds ages under 18. ``known`` are the words around a number that make it an age."""

    def __init__(self, known: AgeWords) -> None:
        self._known = known

    def found(self, parts: Sequence[str]) -> bool:
        """Whether an age under 18 is among the tokens of a text, or of tags with commas between them."""
        begins = self._known.begins
        return any(self._at(parts, place) for place, part in enumerate(parts) if begins(part))

    def goes_on(self, parts: Sequence[str]) -> bool:
        """Whether tokens after these may make an age of what these end with."""
        known = self._known
        *_, before, last = ("", "", *parts)
        return known.opens(last) or (known.opens(before) and last in known.between)

    def _at(self, parts: Sequence[str], place: int) -> bool:
        part = parts[place]
        known = self._known
        if part in known.alone or known.glued(part):
            return True
        value, end = self._number(parts, place)
        if value is None:
            if end := known.before.match(parts, place):
                age, after = self._number(parts, end)
                return age is not None and age < ADULT and _parted(parts, end, after)
            if end := known.below.match(parts, place):
                return self._number(parts, end)[0] == ADULT
            if part == "grade":
                grade, after = self._number(parts, place + 1)
                return grade is not None and grade <= LAST_GRADE and _parted(parts, place + 1, after)
            return False
        return self._counted(parts, value, end)

    def _counted(self, parts: Sequence[str], value: int, end: int) -> bool:
        """Whether the number that ends before ``end`` counts somebody's years, or grades at school."""
        known = self._known
        if end < len(parts) and parts[end] in _ORDINAL:
            end += 1
        if value <= ADULT and known.short.match(parts, end):
            return True
        if known.months.match(parts, end):
            return True
        if value >= ADULT:
            return False
        if known.grade.match(parts, end):
            return value <= LAST_GRADE or parts[end] == "birthday"
        after = known.after.match(parts, end)
        return after > 0 and not known.ago.match(parts, after)

    def _number(self, parts: Sequence[str], place: int) -> tuple[int | None, int]:
        """The number at a place and the place after it; None where there is none."""
        if place < len(parts) and parts[place] == ",":
            place += 1
        if place >= len(parts):
            return None, place
        part = parts[place]
        if part[0].isdigit():
            if len(part) > 2 and part[0] == "0":  # the end of 1,000
                return None, place
            whole = re.sub("[,.]", "", part) if _GROUPED.fullmatch(part) else re.split("[,.]", part)[0]
            return int(whole[:6]), place + 1
        for length in (2, 1):
            value = self._known.numbers.get(tuple(parts[place : place + length]))
            if value is not None and not self._of_larger(parts, place):
                return value, place + length
        return None, place

    def _of_larger(self, parts: Sequence[str], place: int) -> bool:
        """Whether a word before makes it a larger number: twenty one, ciento y uno."""
        if tuple(parts[max(0, place - 1) : place + 1]) in self._known.numbers and place:
            return True  # dix-huit
        before = parts[max(0, place - 2) : place]
        tens = self._known.tens
        return bool(before) and (before[-1] in tens or (before[-1] in _AND and before[0] in tens))


def _parted(parts: Sequence[str], start: int, end: int) -> bool:
    """Whether a number stands by itself: after ``age``, the 1 of ``1girl`` in the next tag is none."""
    return parts[start] != "," or end >= len(parts) or parts[end] == ","
