"""What a rule looks at: the final tags of every field, as the encoder will read them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator

from bot.core.prompt import Prompt, Reason
from bot.core.rating import Rating
from bot.policy.terms import Terms
from bot.prompt.grammar import parse


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """One prompt to judge. Tags that fell past the token window are judged with the others.

    ``asked`` is the rating option of the request, if one was chosen.
    """

    positive: tuple[str, ...]
    negative: tuple[str, ...]
    asked: Rating | None
    ceiling: Rating
    terms: Terms

    @classmethod
    def of(cls, prompt: Prompt, ceiling: Rating, asked: Rating | None, terms: Terms) -> Case:
        """Read the final strings back with the encoder's own parser."""
        return cls(
            positive=(*_texts(prompt.positive), *prompt.dropped),
            negative=(*_texts(prompt.negative), *prompt.negative_dropped),
            asked=asked,
            ceiling=ceiling,
            terms=terms,
        )


@functools.lru_cache(256)  # most negatives are the same string
def _texts(final: str) -> tuple[str, ...]:
    return tuple(tag.text for tag in parse(final))


Rule = Callable[[Case], Iterator[Reason]]
"""A rule yields a reason for every tag that it objects to."""
