"""The decision on a prompt, and its sentence for the asker."""

from __future__ import annotations

from bot.core.prompt import Decision, Prompt, Reason
from bot.core.rating import Rating
from bot.policy.case import Case, Rule
from bot.policy.rules import CEILING_RULES
from bot.policy.terms import Terms
from bot.prompt.dictionary import Dictionary
from bot.prompt.reader import shown

_NAMED = 5


class Policy:
    """Judges final prompts by its rules."""

    def __init__(self, dictionary: Dictionary, rules: tuple[Rule, ...] = CEILING_RULES) -> None:
        self._terms = Terms(dictionary)
        self._rules = rules

    def decide(self, prompt: Prompt, ceiling: Rating, asked: Rating | None = None) -> Decision:
        """Return the decision on a composed prompt under a place's ceiling, with every reason once.

        ``asked`` is the request's rating option.
        """
        case = Case.of(prompt, ceiling, asked, self._terms)
        reasons = [reason for rule in self._rules for reason in rule(case)]
        return Decision(ceiling, tuple(dict.fromkeys(reasons)))


def explain(decision: Decision) -> str:
    """Return one sentence: what was wrong, how it is rated, the ceiling, and what would pass.

    Empty for a decision that allows.
    """
    if decision.allowed:
        return ""
    named = [f"{shown(reason.tag)} ({reason.rating.word})" for reason in decision.reasons[:_NAMED]]
    more = len(decision.reasons) - len(named)
    if more:
        named.append(f"{more} more")
    listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    verb = "lies" if len(decision.reasons) == 1 else "lie"
    return (
        f"{listed} {verb} above this place's ceiling, {decision.ceiling.word}: {_remedy(decision.reasons)}."
    )


def _remedy(reasons: tuple[Reason, ...]) -> str:
    tags = [reason for reason in reasons if reason.rule != "rating"]
    steps = []
    if len(tags) < len(reasons):
        steps.append("choose a rating up to that")
    if tags:
        steps.append("leave that tag out" if len(tags) == 1 else "leave those tags out")
    return f"{' and '.join(steps)}, and the rest may pass"
