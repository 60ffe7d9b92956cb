"""The floor: six rules that hold everywhere, for everybody; no setting, role or rating lifts them.

F1 terms that sexualise minors. F2 somebody under 18 together with anything sexual. F3 is judged on pictures
(see ``verdicts``). F4 sexual pictures of real people. F5 sexual violence and bestiality. F6 symbols of
extremists. The terms are data files in ten languages; disguises are undone before they are looked for.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.core.prompt import Reason
from bot.core.rating import Rating
from bot.policy.floor.ages import Ages, tokens
from bot.policy.floor.lists import ALONE, PERSON, AgeWords, floor_terms, people_terms
from bot.policy.floor.plain import plain
from bot.policy.floor.search import SPELLED, Harmless, Mark, Marks, Search, words
from bot.policy.words.disguise import readings
from bot.prompt.memory import remembered

BY_THEMSELVES = ("F1", "F5", "F6")
"""Rules whose terms are refused wherever they stand, in the negative too."""
AGE, SEXUAL = Mark("F2", "age"), Mark("F2", "sexual")
GROWN, CLOTHING = Mark("F2", "grown"), Mark("F2", "clothing")
"""The last two count in the negative, which asks for the opposite of what it says."""

_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_STROKE = re.compile(r"(?<!\d)[1|!](?=[^\W\d_])|(?<=[^\W\d_])[1|!](?!\d)|(?<!\S)[1|!](?!\S)")
_TOGETHER = 4
"""Tags that may say one thing between them."""

Fields = Sequence[Sequence[str]]
"""The tags of several fields, each in order."""


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What the floor says of a prompt. ``age_context`` tells that somebody in it is under 18."""

    reasons: tuple[Reason, ...]
    age_context: bool


@dataclasses.dataclass(frozen=True, slots=True)
class _Tag:
    """A tag with the marks of all its readings, its own words and tokens.

    ``goes_on`` tells that the next tags may end what it begins, ``letter`` that it is a single one, and
    ``silent`` that it says nothing, alone or with others.
    """

    marks: Marks
    words: tuple[str, ...]
    tokens: tuple[str, ...]
    goes_on: bool
    letter: bool
    silent: bool


class Floor:
    """Judges prompts by F1, F2, F4, F5 and F6.

    ``real_people`` are names beside those that come with the program. Nothing else can be set.
    """

    def __init__(self, real_people: Iterable[str] = ()) -> None:
        terms = (*floor_terms(), *people_terms(real_people))
        self._search = Search(terms)
        self._harmless = Harmless(terms)
        self._ages = Ages(AgeWords.load())
        self._field = remembered(256)(self._of_field)  # most negatives are the same
        self._read = remembered(1 << 15)(self._look_at)

    def judge(self, positive: Fields, negative: Fields, rating: Callable[[], Rating]) -> Finding:
        """Judge the tags of both fields, as they are finally written and as they were typed.

        ``rating`` gives the highest rating that the prompt asks for, whatever its place allows; it is called
        only when the answer hangs on it.
        """
        wanted, unwanted = self._all(positive), self._all(negative)
        reasons = _by_themselves(wanted | unwanted)
        age = AGE in wanted or GROWN in unwanted
        if age and (SEXUAL in wanted or CLOTHING in unwanted or rating() > Rating.SENSITIVE):
            reasons.add("F2")
        if PERSON in wanted and (SEXUAL in wanted or rating() > Rating.GENERAL):
            reasons.add("F4")
        return Finding(tuple(map(_reason, sorted(reasons))), age)

    def screen(self, fields: Fields) -> Reason | None:
        """Judge typed texts alone, by the rules whose terms are refused by themselves."""
        found = _by_themselves(self._all(fields))
        return _reason(min(found)) if found else None

    def _all(self, fields: Fields) -> Marks:
        return frozenset().union(*(self._field(tuple(tags)) for tags in fields if tags))

    def _of_field(self, tags: tuple[str, ...]) -> Marks:
        """The marks of each tag, and of what several say or spell together."""
        read = list(map(self._read, tags))
        telling = [(place, tag) for place, tag in enumerate(read) if not tag.silent]
        if not telling:
            return frozenset()
        marks = frozenset().union(*(tag.marks for _, tag in telling))
        for place, tag in telling:
            if tag.goes_on:
                several = read[place : place + _TOGETHER]
                marks |= self._search.across([word for each in several for word in each.words])
                if self._ages.found([token for each in several for token in (*each.tokens, ",")]):
                    marks |= {AGE}
        if len([tag for _, tag in telling if tag.letter]) >= SPELLED:
            marks |= self._search.across([word for each in read for word in each.words])
        return marks

    def _look_at(self, tag: str) -> _Tag:
        """Read one tag in every way that it can be read."""
        if tag.isascii() and "BREAK" not in tag and tag.replace("_", "").replace(" ", "").isalpha():
            spelled = " ".join(tag.lower().replace("_", " ").split())
            if spelled != tag:
                return self._read(spelled)
        typed = plain(tag)
        text = self._harmless.blanked(typed)
        read = [reading for form in _forms(tag if text == typed else text) for reading in readings(form)]
        marks: Marks = frozenset()
        for reading in dict.fromkeys((text, *read)):
            marks |= self._search.find(reading)
            if AGE not in marks and self._ages.found(tokens(reading)):
                marks |= {AGE}
        letter = next((reading for reading in read if len(reading) == 1 and "a" <= reading <= "z"), "")
        parts, counted = words(letter or text) if read and text.strip() else (), tokens(text)
        goes_on = self._search.goes_on(parts) or self._ages.goes_on(counted)
        single = len(parts) == 1 == len(parts[0])
        return _Tag(marks, parts, counted, goes_on, single, silent=not (marks or goes_on or single))


def _forms(text: str) -> Iterator[str]:
    """The text, and what is left of it when letters were repeated, or an l was written as another stroke."""
    yield text
    if _STRETCHED.search(text):
        yield _STRETCHED.sub(r"\1", text)
        yield _STRETCHED.sub(r"\1\1", text)
    if ("1" in text or "|" in text or "!" in text) and _STROKE.search(text):
        yield _STROKE.sub("l", text)


def _by_themselves(marks: Marks) -> set[str]:
    return {mark.rule for mark in marks if mark.part == ALONE}


def _reason(rule: str) -> Reason:
    return Reason(rule, "", Rating.EXPLICIT)
