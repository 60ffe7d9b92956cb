"""What the model will read, and what policy says of it."""

from __future__ import annotations

import dataclasses

from bot.core.rating import Rating


@dataclasses.dataclass(frozen=True, slots=True)
class Prompt:
    """The exact final strings in the card's order.

    ``tokens`` counts the positive's content tokens out of ``window`` (the larger of the two encoders);
    ``negative_tokens`` likewise. ``dropped`` names the tags that fell past the window, in typed order, and
    ``negative_dropped`` those of the negative. ``notes`` are plain sentences for the asker about anything
    else that was left out or changed.
    """

    positive: str
    negative: str
    tokens: int
    negative_tokens: int
    window: int
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    negative_dropped: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Reason:
    """Why a prompt was denied: the rule's name, the tag as typed, the rating that it belongs to."""

    rule: str
    tag: str
    rating: Rating


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """What policy says of a prompt under a ceiling; allowed exactly when there is no reason."""

    ceiling: Rating
    reasons: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.reasons

    @property
    def word(self) -> str:
        """``"allow"`` or ``"deny"``."""
        return "allow" if self.allowed else "deny"
