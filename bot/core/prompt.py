"""What the model will read, and what policy says of it."""

from __future__ import annotations

import dataclasses

from bot.core.language import later, say
from bot.core.rating import Rating


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """How words became tags before they were put in order; empty for a prompt of plain tags.

    ``understood`` are the tags of a sentence, ``absent`` those that it says are not there, ``unknown`` its
    words that are not drawn; ``drawn`` are the options that wildcards became.
    """

    understood: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        """The same for the asker."""
        told = (
            (later("Understood as: {words}."), self.understood),
            (later("Kept out of the picture: {words}."), self.absent),
            (
                later("Not understood, so not drawn: {words} (as tags with commas they would be)."),
                self.unknown,
            ),
            (later("Wildcards drew: {words}."), self.drawn),
        )
        return [say(sentence, words="; ".join(words)) for sentence, words in told if words]


@dataclasses.dataclass(frozen=True, slots=True)
class Prompt:
    """The exact final strings in the card's order.

    ``tokens`` counts the positive's content tokens out of ``window`` (the larger of the two encoders);
    ``negative_tokens`` likewise. ``dropped`` names the tags that fell past the window, in typed order, and
    ``negative_dropped`` those of the negative. ``notes`` are plain sentences for the asker about anything
    else that was left out or changed. ``reading`` is how words became tags.

    ``others`` are the prompts of a job's second and later pictures, where wildcards draw each anew; none
    where all pictures have this one.
    """

    positive: str
    negative: str
    tokens: int
    negative_tokens: int
    window: int
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    negative_dropped: tuple[str, ...] = ()
    reading: Reading = Reading()
    others: tuple[Prompt, ...] = ()

    @property
    def each(self) -> tuple[Prompt, ...]:
        """Every prompt of the job's pictures."""
        return (self, *self.others)

    def of(self, index: int) -> Prompt:
        """The prompt of one of the job's pictures, from 0."""
        return self.each[index] if self.others else self

    def told(self) -> list[str]:
        """How words became tags, for the asker; picture by picture where they differ."""
        if not self.others:
            return self.reading.sentences()
        return [
            say("Picture {number}: {sentence}", number=number, sentence=sentence)
            for number, prompt in enumerate(self.each, 1)
            for sentence in prompt.reading.sentences()
        ]


FLOOR = ("F1", "F2", "F3", "F4", "F5", "F6")
"""The rules with no switch."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reason:
    """Why a prompt was denied: the rule's name, the tag as typed, the rating that it belongs to.

    A rule of the floor names no tag (``""``), and its rating is explicit.
    """

    rule: str
    tag: str
    rating: Rating

    @property
    def floor(self) -> bool:
        return self.rule in FLOOR


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """What policy says of a prompt under a ceiling; allowed exactly when there is no reason.

    ``age_context`` says that the prompt speaks of somebody under 18: its rating is then pinned to general,
    and its pictures are judged more strictly.
    """

    ceiling: Rating
    reasons: tuple[Reason, ...] = ()
    age_context: bool = False

    @property
    def allowed(self) -> bool:
        return not self.reasons

    @property
    def floor(self) -> Reason | None:
        """The first reason that is of the floor, or None."""
        return next((reason for reason in self.reasons if reason.floor), None)

    @property
    def word(self) -> str:
        """``"allow"`` or ``"deny"``."""
        return "allow" if self.allowed else "deny"
