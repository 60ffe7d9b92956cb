"""What the model would see of a request in a place, and the decision on it; nothing is drawn."""

from __future__ import annotations

from typing import TypedDict

from bot.core.prompt import Decision, Prompt
from bot.policy.policy import explain

_NOTHING = Prompt("", "", 0, 0, 0)


class ReasonRow(TypedDict):
    """One reason of a decision in plain words."""

    rule: str
    tag: str
    rating: str


class Preview(TypedDict):
    """One answer of ``python -m bot prompt --json``."""

    decision: str
    explanation: str
    age_context: bool
    reasons: list[ReasonRow]
    positive: str
    negative: str
    tokens: int
    negative_tokens: int
    window: int
    dropped: list[str]
    negative_dropped: list[str]
    notes: list[str]
    understood: list[str]
    absent: list[str]
    unknown: list[str]
    drawn: list[str]


def as_preview(prompt: Prompt, decision: Decision, explanation: str | None = None) -> Preview:
    """Return a prompt and its decision as plain JSON values; nothing of a prompt that the floor refused.

    ``explanation`` stands for a sentence other than that of the decision.
    """
    if decision.floor is not None:
        prompt, explanation = _NOTHING, None
    return {
        "decision": decision.word,
        "explanation": explain(decision) if explanation is None else explanation,
        "age_context": decision.age_context,
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
        "notes": [*prompt.told(), *prompt.notes],
        "understood": list(prompt.reading.understood),
        "absent": list(prompt.reading.absent),
        "unknown": list(prompt.reading.unknown),
        "drawn": list(prompt.reading.drawn),
    }
