"""What a rule looks at: the final tags of every field as the encoder will read them, and what was typed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Self

from bot.core.prompt import Prompt, Reason
from bot.core.rating import Rating
from bot.core.request import Request
from bot.policy.words.disguise import INNER, undone
from bot.policy.words.lexicon import words
from bot.policy.words.terms import Terms
from bot.prompt.grammar import parse, texts
from bot.prompt.memory import remembered

_PARTING = re.compile("[,\n;\uff0c\u3001\uff1b{}]")
_PARTED_OTHERWISE = re.compile("[\n;\uff0c\u3001\uff1b{}]")
_CHOICE = re.compile("[,\n;\uff0c\u3001\uff1b{}|]")


@dataclasses.dataclass(frozen=True, slots=True)
class Typed:
    """The raw texts of a request's fields, before anything was read into them."""

    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: Request) -> Self:
        """Every text field of a request."""
        positive = (request.subject, request.character, request.series, request.prompt)
        return cls(tuple(text for text in positive if text), (request.negative,) if request.negative else ())

    @property
    def every(self) -> tuple[str, ...]:
        return (*self.positive, *self.negative)


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """One prompt to judge. Tags that fell past the token window are judged with the others.

    ``positive`` and ``negative`` are the final tags; ``fields`` and ``negative_fields`` are the typed texts
    in tags of their own, since joining, reordering and leaving out what is doubled may hide a word there.
    ``typed`` and ``negative_typed`` are those of them that are not written so in the end. ``asked`` is the
    request's rating option, if one was chosen, ``heavy`` the tags of the negative that weigh more than 1.
    """

    positive: tuple[str, ...]
    negative: tuple[str, ...]
    fields: tuple[tuple[str, ...], ...]
    negative_fields: tuple[tuple[str, ...], ...]
    typed: tuple[str, ...]
    negative_typed: tuple[str, ...]
    heavy: frozenset[str]
    asked: Rating | None
    ceiling: Rating
    terms: Terms

    @classmethod
    def of(cls, prompt: Prompt, ceiling: Rating, asked: Rating | None, typed: Typed, terms: Terms) -> Self:
        """Read the final strings back with the encoder's own parser, and the typed ones by themselves."""
        positive = (*_texts(prompt.positive), *prompt.dropped)
        negative = (*_texts(prompt.negative), *prompt.negative_dropped)
        fields = pieces(typed.positive)
        negative_fields = pieces(typed.negative)
        return cls(
            positive=positive,
            negative=negative,
            fields=fields,
            negative_fields=negative_fields,
            typed=_only_typed(positive, fields),
            negative_typed=_only_typed(negative, negative_fields),
            heavy=_heavy(prompt.negative),
            asked=asked,
            ceiling=ceiling,
            terms=terms,
        )


def _only_typed(final: Collection[str], fields: Iterable[Iterable[str]]) -> tuple[str, ...]:
    written = set(final)
    spelled: set[str] = set()
    found: dict[str, None] = {}
    for tag in (tag for field in fields for tag in field):
        # Capitals have look-alikes of their own, and the final tags are in lower case.
        if tag in written:
            continue
        if tag.isascii():
            if tag.lower().replace("_", " ") in written:
                continue
            if not INNER.search(tag):
                spelled = spelled or set(map(_spelled, written))
                if _spelled(tag) in spelled:
                    continue
        found[tag] = None
    return tuple(found)


def pieces(texts: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return the tags of typed fields, without weights; a field with escapes once more with these undone."""
    return tuple(tuple(_split(form)) for text in texts for form in undone(text))


def _split(text: str) -> list[str]:
    if _PARTED_OTHERWISE.search(text):
        parts = (_CHOICE if "{" in text else _PARTING).split(text)
    else:
        parts = text.split(",")
    return [tag for part in parts if (tag := part.strip(" \t()[]<>*~"))]


@remembered(256)  # most negatives are the same string
def _texts(final: str) -> tuple[str, ...]:
    return texts(final)


@remembered(256)
def _heavy(final: str) -> frozenset[str]:
    return frozenset(tag.text for tag in parse(final) if tag.weight > 1.0)


@remembered(16384)
def _spelled(tag: str) -> str:
    return " ".join(words(tag)) or tag


Rule = Callable[[Case], Iterator[Reason]]
"""A rule yields a reason for every tag that it objects to."""
