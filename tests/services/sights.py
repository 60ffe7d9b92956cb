"""A stand-in for the catalogue where only the decision on a job's words counts."""

from __future__ import annotations

from bot.core.prompt import Decision, Prompt, Reason
from bot.core.rating import Rating
from bot.core.request import Request


class Words:
    """Denies what says "above" under a ceiling of general, and what says "never" everywhere."""

    def prompts_of(self, request: Request) -> Words:
        return self

    def decide(self, request: Request, prompt: Prompt, ceiling: Rating) -> Decision:
        if "never" in request.prompt:
            return Decision(ceiling, (Reason("F1", "", Rating.EXPLICIT),))
        above = "above" in request.prompt and ceiling is Rating.GENERAL
        return Decision(ceiling, (Reason("tag", "above", Rating.SENSITIVE),) if above else ())
