"""The rules of a ceiling: small functions over a case."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.prompt import Reason
from bot.core.rating import Rating
from bot.policy.case import Case, Rule
from bot.policy.negative import asks_for_nudity
from bot.policy.words.lexicon import Hit, Rated
from bot.policy.words.scripts import unreadable


def asked_rating(case: Case) -> Iterator[Reason]:
    """The rating option may not lie above the ceiling."""
    if case.asked is not None and case.asked > case.ceiling:
        yield Reason("rating", f"rating: {case.asked.word}", case.asked)


def rated_tags(case: Case) -> Iterator[Reason]:
    """No tag of the positive, nor a word inside it, may be rated above the ceiling, whatever hides it.

    A tag that can be read is named as it stands (``tag``, ``word``), anything else by the word that was
    found (``disguise``), each word once.
    """
    named: set[Rated] = set()
    for tag in case.positive:
        hits = _above(case, tag)
        if hits:
            named.update(hit.term for hit in hits)
            yield from _named(tag, hits)
    behind = [hit for tag in case.typed for hit in _above(case, tag)]
    behind += [hit for hit in _spelled_over(case) if hit.term.rating > case.ceiling]
    for hit in behind:
        if hit.term not in named:
            named.add(hit.term)
            yield Reason("disguise", hit.term.name, hit.term.rating)


def _above(case: Case, tag: str) -> list[Hit]:
    hits = case.terms.hits(tag)
    return [hit for hit in hits if hit.term.rating > case.ceiling] if hits else []


def _named(tag: str, hits: list[Hit]) -> Iterator[Reason]:
    for rule in ("tag", "word"):
        ratings = [hit.term.rating for hit in hits if hit.rule == rule]
        if ratings:
            yield Reason(rule, tag, max(ratings))
            return
    for hit in hits:
        yield Reason("disguise", hit.term.name, hit.term.rating)


def _spelled_over(case: Case) -> Iterator[Hit]:
    """What several short tags spell together, in the order of the fields and in the final one."""
    for tags in dict.fromkeys((*case.fields, case.positive)):
        yield from case.terms.across(tags)


def removal(case: Case) -> Iterator[Reason]:
    """The negative asks for its opposite: without clothes there, the picture would be nude."""
    if case.ceiling >= Rating.QUESTIONABLE:
        return
    named = _removed(case)
    if named:
        yield Reason("negative", "nude", Rating.QUESTIONABLE)
        for tag in named:
            yield Reason("negative", tag, Rating.QUESTIONABLE)


def _removed(case: Case) -> tuple[str, ...]:
    return asks_for_nudity((*case.negative, *case.negative_typed), case.negative_fields, case.heavy)


def mixed_scripts(case: Case) -> Iterator[Reason]:
    """Words that mix alphabets, or use one that nobody writes prompts in, cannot be judged."""
    for tag in (*case.positive, *case.typed, *case.negative, *case.negative_typed):
        if not tag.isascii() and not case.terms.hits(tag):
            for word in unreadable(tag):
                yield Reason("script", word, Rating.EXPLICIT)


def asked_for(case: Case) -> Rating:
    """Return the highest rating that a prompt asks for, whatever the ceiling is."""
    ratings = [hit.term.rating for tag in (*case.positive, *case.typed) for hit in case.terms.hits(tag)]
    ratings += [hit.term.rating for hit in _spelled_over(case)]
    if case.asked is not None:
        ratings.append(case.asked)
    if _removed(case):
        ratings.append(Rating.QUESTIONABLE)
    return max(ratings, default=Rating.GENERAL)


CEILING_RULES: tuple[Rule, ...] = (asked_rating, rated_tags, removal, mixed_scripts)
"""What the ceiling of a place asks."""
