"""What the model would see of a request in a place, and the decision on it; nothing is drawn."""

from __future__ import annotations

from typing import TypedDict

from bot.core.prompt import Decision, Prompt


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
