"""What the model would see of a request in a place, and the decision on it; nothing is drawn."""

from __future__ import annotations

from typing import TypedDict

from bot.core.prompt import Decision, Prompt
from bot.core.rating import Rating
from bot.core.request import Request
from bot.policy.policy import Policy
from bot.prompt.compose import compose
from bot.prompt.dictionary import Dictionary
from bot.prompt.profile import Profile
from bot.prompt.window import CountTokens


class ReasonRow(TypedDict):
    """One reason of a decision in plain words."""

    rule: str
    tag: str
    rating: str


class Preview(TypedDict):
    """One answer of ``python -m bot prompt --json``."""

    decision: str
    reasons: list[ReasonRow]
    positive: str
    negative: str
    tokens: int
    negative_tokens: int
    window: int
    dropped: list[str]
    negative_dropped: list[str]
    notes: list[str]


def preview(
    request: Request,
    ceiling: Rating,
    *,
    profile: Profile,
    dictionary: Dictionary,
    policy: Policy,
    count_tokens: CountTokens,
) -> Preview:
    """Return the composed prompt and the decision; raises InvalidRequest as ``compose`` does."""
    prompt = compose(request, profile, dictionary, ceiling, count_tokens)
    return as_preview(prompt, policy.decide(prompt, ceiling, request.rating))


def as_preview(prompt: Prompt, decision: Decision) -> Preview:
    """Return a prompt and its decision as plain JSON values."""
    return {
        "decision": decision.word,
        "reasons": [
            {"rule": reason.rule, "tag": reason.tag, "rating": reason.rating.word}
            for reason in decision.reasons
        ],
        "positive": prompt.positive,
        "negative": prompt.negative,
        "tokens": prompt.tokens,
        "negative_tokens": prompt.negative_tokens,
        "window": prompt.window,
        "dropped": list(prompt.dropped),
        "negative_dropped": list(prompt.negative_dropped),
        "notes": list(prompt.notes),
    }
