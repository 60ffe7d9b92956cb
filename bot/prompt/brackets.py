"""Which brackets of a typed prompt are weights and which belong to a tag's name; linear in the text."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable

from bot.core.errors import InvalidRequest
from bot.prompt.normalise import EMOTICONS

STEP = 1.1
"""What one round bracket multiplies by, and one square bracket divides by (the A1111 web UI's figure)."""
MAX_WEIGHT = 2.0
BRACKETS = re.compile(r"\\[\\()\[\]]|[()\[\]]")
"""What the grammar looks at: escapes and brackets."""
_FACE = re.compile(r"[^,\n]{1,24}(?=[,\n]|$)")
_NUMBER_LENGTH = 24
_NAME_LENGTH = 80
_FOLLOWING = re.compile(r" *(?:$|[,\n)\]:(])")
_COUNTED = re.compile(r"(?:^|\s)([0-9]{1,3}):([0-9]{1,3})\s*$")
_YEAR = re.compile(r":[12][0-9]{3}\s*$")
_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]+")


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """A weighted stretch ``text[start + 1:end]``; the closing bracket (and number) ends before ``after``."""

    start: int
    end: int
    after: int
    factor: float


@dataclasses.dataclass(slots=True)
class _Open:
    position: int
    segment: int
    plain: bool = True
    """Whether no separator and no bracket stands inside so far."""


def find_groups(text: str, known: Callable[[str], bool]) -> dict[int, Group]:
    """Return the weighted groups by where they open; every other bracket is a plain letter.

    Brackets belong to a tag's name when ``known`` says so of the words up to them, or when they end a
    comma segment after a word (``saber (fate)``) and hold no separator, bracket or weight; a year after a
    colon is none there (``vila (reverse:1999)``), nor is an aspect, a time or a verse anywhere (``(16:9)``).
    Raises InvalidRequest for a weight outside 0 to 2.
    """
    groups: dict[int, Group] = {}
    stack: list[_Open] = []
    rounds = segment = face_end = looked = 0
    seen = named = -1
    for mark in BRACKETS.finditer(text):
        position, char = mark.start(), mark[0]
        separator = max(text.rfind(",", looked, position), text.rfind("\n", looked, position))
        looked = mark.end()
        if separator >= 0:
            segment = separator + 1
            if stack:
                stack[-1].plain = False
        if seen != segment:
            seen, face_end = segment, _face_end(text, segment)
        if position < face_end or len(char) == 2:
            continue
        if char in "([":
            stack.append(_Open(position, segment))
            rounds += char == "("
        elif char == ")" and rounds:
            while text[stack[-1].position] != "(":
                stack.pop()
                stack[-1].plain = False
            opened = stack.pop()
            rounds -= 1
            if _is_name(text, opened, position, named, known):
                named = position
            else:
                groups[opened.position] = _round_group(text, opened.position, position, known)
            if stack:
                stack[-1].plain = False
        elif char == "]" and stack and text[stack[-1].position] == "[":
            start = stack.pop().position
            groups[start] = Group(start, position, position + 1, 1 / STEP)
            if stack:
                stack[-1].plain = False
    return groups


def _face_end(text: str, start: int) -> int:
    """Where the segment that starts here ends if it is nothing but an emoticon, else its start."""
    face = _FACE.match(text, start)
    return face.end() if face and face[0].strip().lower() in EMOTICONS else start


def _is_name(text: str, opened: _Open, closing: int, named: int, known: Callable[[str], bool]) -> bool:
    """Whether the bracket at ``closing`` and its partner belong to a tag's name."""
    start = opened.position
    if not opened.plain or not text[start + 1 : closing].strip():
        return False
    before = text[max(opened.segment, start - _NAME_LENGTH) : start].lstrip("([ ")
    stem = before.rstrip(" _")
    if not stem:
        return False
    if closing - start <= _NAME_LENGTH and known(before + text[start : closing + 1]):
        return True
    last = text.rindex(stem[-1], 0, start)
    if text[last] in ")]" and last != named and text[last - 1] != "\\":
        return False
    follows = _FOLLOWING.match(text, closing + 1)
    inside = text[start + 1 : closing]
    return follows is not None and (
        _YEAR.search(inside) is not None or _counts(inside) or _number(inside) is None
    )


def _round_group(text: str, start: int, end: int, known: Callable[[str], bool]) -> Group:
    inside = text[max(start + 1, end - _NUMBER_LENGTH) : end]
    whole = len(inside) == end - start - 1
    if _counts(inside) or (whole and _YEAR.search(inside) and known(inside)):
        return Group(start, end, end + 1, STEP)
    weight = _number(inside)
    if weight is None:
        return Group(start, end, end + 1, STEP)
    return Group(start, end - len(inside) + inside.rindex(":"), end + 1, weight)


def _counts(inside: str) -> bool:
    """Whether this ends with two numbers, of which the second is no weight: 16:9, 10:30, psalm 23:4."""
    found = _COUNTED.search(inside)
    if found is None:
        return False
    alone, clock = not inside[: found.start(1)].strip(), len(found[2]) == 2
    return alone or clock or int(found[2]) > MAX_WEIGHT


def _number(inside: str) -> float | None:
    """Read the weight after the last colon, if there is one; raises InvalidRequest outside 0 to 2."""
    _, colon, digits = inside[-_NUMBER_LENGTH:].rpartition(":")
    digits = digits.strip()
    if not colon or not digits.isascii():
        return None
    if _DECIMAL_COMMA.fullmatch(digits):
        raise InvalidRequest(
            "{digits!r} is not a weight; write {replace}.", digits=digits, replace=digits.replace(",", ".")
        )
    try:
        return check_weight(float(digits))
    except ValueError:
        return None


def check_weight(weight: float) -> float:
    """Return the weight rounded to a thousandth; raises InvalidRequest outside 0 to 2."""
    if math.isnan(weight) or not 0.0 <= weight <= MAX_WEIGHT:
        raise InvalidRequest(
            "The weight {weight:.4g} is outside 0 to 2; write for example (red hair:1.2).", weight=weight
        )
    return round(weight, 3) + 0.0
