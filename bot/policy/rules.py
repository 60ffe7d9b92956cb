"""The rules: small functions over a case. The negative field is read as removal, so none looks at it yet."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.prompt import Reason
from bot.policy.case import Case, Rule


def asked_rating(case: Case) -> Iterator[Reason]:
    """The rating option may not lie above the ceiling."""
    if case.asked is not None and case.asked > case.ceiling:
        yield Reason("rating", f"rating: {case.asked.word}", case.asked)


def rated_tags(case: Case) -> Iterator[Reason]:
    """No tag of the positive, nor a word inside it, may be rated above the ceiling."""
    for tag in case.positive:
        rating = case.terms.whole(tag)
        rule = "tag"
        if rating <= case.ceiling:
            rating, rule = case.terms.inside(tag), "word"
        if rating > case.ceiling:
            yield Reason(rule, tag, rating)


CEILING_RULES: tuple[Rule, ...] = (asked_rating, rated_tags)
"""What the ceiling of a place asks."""
