"""One model's way with prompts: its words, the tags that are known, its own tokenizer, and policy's word."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from bot.core.errors import InvalidRequest, Refused
from bot.core.prompt import Decision, Prompt, Reason
from bot.core.rating import Rating
from bot.core.request import Request
from bot.core.tag import ListedTag
from bot.policy.case import Typed
from bot.policy.floor.floor import BY_THEMSELVES
from bot.policy.policy import Policy, explain
from bot.prompt.compose import compose
from bot.prompt.dictionary import Dictionary
from bot.prompt.profile import PROFILES, Profile, profile
from bot.prompt.tag_list import joined
from bot.prompt.tokens import token_counter
from bot.prompt.window import CountTokens
from bot.prompt.wording import NO_READING, Worded, Wording, draws

_NOTHING = Prompt("", "", 0, 0, 0)


@dataclasses.dataclass(frozen=True, slots=True)
class PromptService:
    """Composes requests for one model and decides on what comes out."""

    profile: Profile
    dictionary: Dictionary
    policy: Policy
    count_tokens: CountTokens
    wording: Wording = dataclasses.field(default_factory=Wording)

    @classmethod
    def for_model(
        cls,
        name: str,
        folder: Path,
        listed: Iterable[ListedTag] = (),
        *,
        real_people: Sequence[str] = (),
        wording: Wording | None = None,
    ) -> Self:
        """The service for a model whose files are in ``folder``; a name without words of its own is plain.

        ``listed`` are the tags that the owner imported, ``real_people`` the names that they added,
        ``wording`` has their wildcards and styles.
        Raises ModelError when the tokenizers' files cannot be read.
        """
        words = profile(name if name in PROFILES else "plain")
        dictionary = joined(Dictionary.load_core(), listed)
        policy = Policy(dictionary, real_people=real_people)
        return cls(words, dictionary, policy, token_counter(folder), wording or Wording())

    def review(self, request: Request, ceiling: Rating, seed: int | None = None) -> tuple[Prompt, Decision]:
        """The exact final strings, and what policy says of them in a place with this ceiling.

        ``seed`` is that of the job's first picture, by which wildcards are drawn; None is the request's own,
        or 0. A prompt that speaks of somebody under 18 is composed and judged as in a general place. Raises
        InvalidRequest for text that holds no tag, or weights and words that cannot be used, and Refused in
        its place when the text holds what the floor forbids, so that no message repeats any of it.
        """
        first = seed if seed is not None else request.seed or 0
        try:
            prompt, decision = self._review(request, ceiling, first)
        except InvalidRequest as error:
            invalid = error
            if draws(request):
                # What is no wildcard may be a word that underscores hide.
                typed = self.policy.decide(_NOTHING, ceiling, request.rating, Typed.of(request))
                if not typed.allowed:
                    return _NOTHING, typed
        else:
            if decision.age_context and ceiling > Rating.GENERAL and decision.floor is None:
                return self._review(request, Rating.GENERAL, first)
            return prompt, decision
        raise self.refused(request, ceiling) or invalid

    def decide(self, request: Request, prompt: Prompt, ceiling: Rating) -> Decision:
        """What policy says of a prompt that was composed before; at most general with an age context."""
        typed = Typed.of(request)
        decision = self._decide(request, [(each, typed) for each in prompt.each], ceiling)
        if decision.age_context and ceiling > Rating.GENERAL and decision.floor is None:
            return self._decide(request, [(each, typed) for each in prompt.each], Rating.GENERAL)
        return decision

    def reconsider(self, positive: str, negative: str, ceiling: Rating) -> tuple[Prompt, Decision]:
        """Final strings that were composed somewhere else, such as a receipt's, and what policy says of them.

        Raises InvalidRequest for weights that cannot be read, and Refused in its place for what the floor
        forbids.
        """
        typed = Typed((positive,), (negative,))
        reason = self.policy.screen(typed)
        if reason is not None:
            decision = Decision(ceiling, (reason,))
            raise Refused(explain(decision), decision)
        prompt = Prompt(positive, negative, 0, 0, 0)
        decision = self.policy.decide(prompt, ceiling, None, typed)
        if decision.age_context and ceiling > Rating.GENERAL and decision.floor is None:
            decision = self.policy.decide(prompt, Rating.GENERAL, None, typed)
        return prompt, decision

    def refused(self, request: Request, ceiling: Rating) -> Refused | None:
        """What to raise in place of a message that repeats a request's texts or names; None where it may."""
        reason = self.policy.screen(_every_text(request))
        if reason is None:
            return None
        decision = Decision(ceiling, (reason,))
        return Refused(explain(decision), decision)

    def accuses(self, request: Request, reason: Reason) -> bool:
        """Whether a refusal by the floor counts against the asker.

        Not when its words stand in the negative alone: whoever writes them there asks for their absence.
        Nor when they come from the owner's wildcards or styles, which the asker could not know.
        """
        if request.style or draws(request):
            own = self.policy.decide(_NOTHING, reason.rating, request.rating, Typed.of(request))
            if own.floor is None:
                return False
        asked = dataclasses.replace(_every_text(request), negative=())
        return reason.rule not in BY_THEMSELVES or self.policy.screen(asked) is not None

    def _review(self, request: Request, ceiling: Rating, first: int) -> tuple[Prompt, Decision]:
        """Each picture has a prompt of its own where there is something to draw."""
        seeds = request.seeds(first) if draws(request) else (first,)
        worded = [self.wording.of(request, seed, self.profile, self.dictionary) for seed in seeds]
        prompts = [self._composed(each, ceiling) for each in worded]
        # What was drawn is judged as if it had been typed, and what was typed is judged whatever was drawn.
        typed = [_typed(request, each) for each in worded]
        decision = self._decide(request, list(zip(prompts, typed, strict=True)), ceiling)
        others = tuple(prompts[1:]) if len(set(prompts)) > 1 else ()
        return dataclasses.replace(prompts[0], others=others) if others else prompts[0], decision

    def _composed(self, worded: Worded, ceiling: Rating) -> Prompt:
        prompt = compose(worded.final, worded.profile, self.dictionary, ceiling, self.count_tokens)
        if not worded.notes and worded.reading is NO_READING:
            return prompt
        return dataclasses.replace(prompt, reading=worded.reading, notes=(*worded.notes, *prompt.notes))

    def _decide(
        self, request: Request, pictures: Sequence[tuple[Prompt, Typed]], ceiling: Rating
    ) -> Decision:
        """The decision on all pictures of a request: what is wrong with one is wrong with it."""
        found = [self.policy.decide(prompt, ceiling, request.rating, typed) for prompt, typed in pictures]
        if len(found) == 1:
            return found[0]
        by_floor = [decision.reasons for decision in found if decision.floor is not None]
        reasons = itertools.chain.from_iterable(by_floor or [decision.reasons for decision in found])
        age_context = any(decision.age_context for decision in found)
        return Decision(ceiling, tuple(dict.fromkeys(reasons)), age_context)


def _typed(request: Request, worded: Worded) -> Typed:
    typed = Typed.of(request)
    if worded.drawn is request:
        return typed
    drawn = Typed.of(worded.drawn)
    return Typed((*typed.positive, *drawn.positive), (*typed.negative, *drawn.negative))


def _every_text(request: Request) -> Typed:
    """The typed texts, and those options and names that a message about a mistake repeats."""
    typed = Typed.of(request)
    options = (request.quality, request.year, request.style, request.model, request.profile)
    named = (*options, *(lora.name for lora in request.loras))
    return dataclasses.replace(typed, positive=(*typed.positive, *(text for text in named if text)))
