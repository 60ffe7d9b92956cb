"""One model's way with prompts: its words, the tags that are known, its own tokenizer, and policy's word."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Self

from bot.core.prompt import Decision, Prompt
from bot.core.rating import Rating
from bot.core.request import Request
from bot.policy.policy import Policy
from bot.prompt.compose import compose
from bot.prompt.dictionary import Dictionary
from bot.prompt.profile import PROFILES, Profile, profile
from bot.prompt.tokens import token_counter
from bot.prompt.window import CountTokens


@dataclasses.dataclass(frozen=True, slots=True)
class PromptService:
    """Composes requests for one model and decides on what comes out."""

    profile: Profile
    dictionary: Dictionary
    policy: Policy
    count_tokens: CountTokens

    @classmethod
    def for_model(cls, name: str, folder: Path) -> Self:
        """The service for a model whose files are in ``folder``; a name without words of its own is plain.

        Raises ModelError when the tokenizers' files cannot be read.
        """
        words = profile(name if name in PROFILES else "plain")
        dictionary = Dictionary.load_core()
        return cls(words, dictionary, Policy(dictionary), token_counter(folder))

    def review(self, request: Request, ceiling: Rating) -> tuple[Prompt, Decision]:
        """The exact final strings, and what policy says of them in a place with this ceiling.

        Raises InvalidRequest for text that holds no tag, or weights and words that cannot be used.
        """
        prompt = compose(request, self.profile, self.dictionary, ceiling, self.count_tokens)
        return prompt, self.policy.decide(prompt, ceiling, request.rating)
