"""What policy would say: requests answered without drawing anything, one by one or as lines of a file."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from bot.core.errors import InvalidRequest, Refused
from bot.core.prompt import Decision, Prompt, Reason
from bot.core.rating import Rating
from bot.core.request import Request
from bot.policy.case import Typed
from bot.policy.preview import Preview, as_preview
from bot.services.prompts import PromptService

FIELDS = ("prompt", "negative", "subject", "character", "series", "style")
"""The texts that a line may hold; only the prompt must be there."""


class BadLine(Exception):
    """A line that is no request; the message says what it should be."""


@dataclasses.dataclass(frozen=True, slots=True)
class DryRun:
    """Answers what a place with a ceiling would answer; ``ceiling`` is that of lines that name none."""

    prompts: PromptService
    ceiling: Rating

    def answer(self, request: Request, ceiling: Rating) -> Preview:
        """Return what the model would read, and the decision.

        Raises InvalidRequest for text that holds no tag, or weights and words that cannot be used.
        """
        try:
            prompt, decision = self.prompts.review(request, ceiling)
        except Refused as refused:
            return as_preview(Prompt("", "", 0, 0, 0), refused.decision)
        return as_preview(prompt, decision)

    def line(self, text: str) -> Preview:
        """Answer one JSON object; a request that cannot be used is denied by the rule ``invalid``.

        Its reasons then also name what its raw text holds. Raises BadLine for anything but an object with
        a prompt, texts and ratings.
        """
        fields, rating, ceiling = self._read(text)
        try:
            request = Request(
                fields["prompt"],
                fields.get("negative", ""),
                subject=fields.get("subject"),
                character=fields.get("character"),
                series=fields.get("series"),
                rating=rating,
                style=fields.get("style"),
            )
            return self.answer(request, ceiling)
        except InvalidRequest as error:
            wanted = tuple(text for name, text in fields.items() if name != "negative")
            typed = Typed(wanted, (fields.get("negative", ""),))
            found = self.prompts.policy.decide(Prompt("", "", 0, 0, 0), ceiling, rating, typed)
            return invalid(str(error), ceiling, found.reasons)

    def _read(self, text: str) -> tuple[dict[str, str], Rating | None, Rating]:
        try:
            row: Any = json.loads(text)
        except (ValueError, RecursionError):
            raise BadLine("it is not JSON") from None
        if not isinstance(row, dict) or not isinstance(row.get("prompt"), str):
            raise BadLine('it is not an object with a text "prompt"')
        given = {name: row[name] for name in FIELDS if row.get(name) is not None}
        for name, value in given.items():
            if not isinstance(value, str):
                raise BadLine(f'its "{name}" is not a text')
        ceiling = _rating(row, "ceiling")
        return given, _rating(row, "rating"), self.ceiling if ceiling is None else ceiling


def _rating(row: dict[str, Any], name: str) -> Rating | None:
    word = row.get(name)
    if word is None:
        return None
    try:
        return Rating.parse(word)
    except (ValueError, AttributeError):
        raise BadLine(f'its "{name}" is not general, sensitive, questionable or explicit') from None


def invalid(sentence: str, ceiling: Rating, found: tuple[Reason, ...] = ()) -> Preview:
    """Return the answer to what cannot be judged as a request; the sentence stands among its notes."""
    reason = Reason("invalid", "", Rating.GENERAL)
    prompt = Prompt("", "", 0, 0, 0, notes=(sentence,))
    return as_preview(prompt, Decision(ceiling, (*found, reason)), sentence)
