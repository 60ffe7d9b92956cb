"""The decision on a prompt, and its sentence for the asker."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.language import count, say
from bot.core.prompt import Decision, Prompt, Reason
from bot.core.rating import Rating
from bot.policy.case import Case, Rule, Typed, pieces
from bot.policy.floor.floor import Floor
from bot.policy.rules import CEILING_RULES, asked_for
from bot.policy.words.terms import Terms
from bot.prompt.dictionary import Dictionary
from bot.prompt.reader import shown

_NAMED = 5
_NOTHING = Typed()


class Policy:
    """Judges final prompts by the floor, which is always there, and by its rules.

    ``real_people`` are names that the owner adds to the floor's list.
    """

    def __init__(
        self,
        dictionary: Dictionary,
        rules: tuple[Rule, ...] = CEILING_RULES,
        *,
        real_people: Sequence[str] = (),
    ) -> None:
        self._terms = Terms(dictionary)
        self._rules = rules
        self._floor = Floor(real_people)

    def decide(
        self, prompt: Prompt, ceiling: Rating, asked: Rating | None = None, typed: Typed = _NOTHING
    ) -> Decision:
        """Return the decision on a composed prompt under a place's ceiling, with every reason once.

        ``asked`` is the request's rating option, ``typed`` its raw texts. A refusal by the floor gives no
        other reasons, so that nothing of its text is named.
        """
        case = Case.of(prompt, ceiling, asked, typed, self._terms)
        finding = self._floor.judge(
            (case.positive, *case.fields),
            (case.negative, *case.negative_fields),
            lambda: asked_for(case),
        )
        reasons = finding.reasons or tuple(reason for rule in self._rules for reason in rule(case))
        return Decision(ceiling, tuple(dict.fromkeys(reasons)), finding.age_context)

    def screen(self, typed: Typed) -> Reason | None:
        """Return the floor's word on raw texts alone, before anything is composed of them."""
        return self._floor.screen(pieces(typed.every))


def explain(decision: Decision) -> str:
    """Return one sentence: what was wrong, how it is rated, the ceiling, and what would pass.

    Empty for a decision that allows. A refusal by the floor names its rule and nothing of the text.
    """
    if decision.allowed:
        return ""
    if decision.floor is not None:
        return say("This bot never draws that (rule {rule}).", rule=decision.floor.rule)
    above = [reason for reason in decision.reasons if reason.rule not in ("negative", "script")]
    removed = [reason.tag for reason in decision.reasons if reason.rule == "negative"]
    scripts = [reason.tag for reason in decision.reasons if reason.rule == "script"]
    parts = []
    if above:
        parts.append(_above(above, decision.ceiling))
    if removed:
        parts.append(_removal(removed, decision.ceiling))
    if scripts:
        named = _listed(list(map(shown, scripts)))
        parts.append(
            say(
                "{tags} cannot be judged, in mixed or rare alphabets: write it in one that is common",
                tags=named,
            )
        )
    return say("{parts}, and the rest may pass.", parts="; ".join(parts))


def _above(reasons: list[Reason], ceiling: Rating) -> str:
    named = _listed([f"{shown(reason.tag)} ({reason.rating.word})" for reason in reasons])
    return count(
        "{tags} lies above this place's ceiling, {ceiling}: {remedy}",
        "{tags} lie above this place's ceiling, {ceiling}: {remedy}",
        len(reasons),
        tags=named,
        ceiling=ceiling.word,
        remedy=_remedy(reasons),
    )


def _removal(tags: list[str], ceiling: Rating) -> str:
    asked, *typed = tags
    return count(
        "{tags} in the negative asks for {asked} (questionable), above this place's ceiling, {ceiling}: take "
        "it out of the negative",
        "{tags} in the negative ask for {asked} (questionable), above this place's ceiling, {ceiling}: take "
        "them out of the negative",
        len(typed),
        tags=_listed(list(map(shown, typed))),
        asked=shown(asked),
        ceiling=ceiling.word,
    )


def _remedy(reasons: list[Reason]) -> str:
    tags = [reason for reason in reasons if reason.rule != "rating"]
    steps = []
    if len(tags) < len(reasons):
        steps.append(say("choose a rating up to that"))
    if tags:
        steps.append(count("leave that tag out", "leave those tags out", len(tags)))
    return steps[0] if len(steps) == 1 else say("{first} and {last}", first=steps[0], last=steps[1])


def _listed(named: list[str]) -> str:
    """Name the first few and count the rest."""
    more = len(named) - _NAMED
    if more > 0:
        named = [*named[:_NAMED], say("{more} more", more=more)]
    return (
        named[0]
        if len(named) == 1
        else say("{first} and {last}", first=", ".join(named[:-1]), last=named[-1])
    )
