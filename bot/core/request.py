"""What a person asked for, validated; defaults and ranges come from the model card."""

from __future__ import annotations

import dataclasses

from bot.core.errors import InvalidRequest
from bot.core.rating import Rating
from bot.core.size import DEFAULT_SIZE, SIZES, Size

MAX_PROMPT = 2000
"""Characters a person may type into one text field."""
MAX_SEED = 2**32 - 1
MAX_COUNT = 4
STEPS = range(1, 61)
CFG = (1.0, 15.0)
CARD_CFG = (5.0, 7.0)
"""The card recommends a guidance scale of "around 5-7"."""
CARD_STEPS = 30
"""The card recommends "sampling steps below 30"."""
SAMPLERS = (
    "Euler a",
    "Euler",
    "DPM++ 2M Karras",
    "DPM++ SDE Karras",
    "DPM++ 2M SDE Karras",
    "DDIM",
    "Heun",
    "UniPC",
)
"""Samplers that the engine offers, by the names that people know; the first is the card's."""


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """One ``/imagine``: text as typed, settings in the card's units.

    ``quality`` is ``None`` for the model's recommended prefix, one of its quality words, or ``"none"``.
    ``seed`` is ``None`` for a random one. ``size`` is one of the card's nine; steps are denoising steps.
    """

    prompt: str
    negative: str = ""
    subject: str | None = None
    character: str | None = None
    series: str | None = None
    quality: str | None = None
    rating: Rating | None = None
    year: str | None = None
    size: Size = DEFAULT_SIZE
    count: int = 1
    seed: int | None = None
    steps: int = 28
    cfg: float = 7.0
    sampler: str = SAMPLERS[0]
    private: bool = False

    def __post_init__(self) -> None:
        """Raise InvalidRequest, naming the field, the value and what would work."""
        for name in ("prompt", "negative", "subject", "character", "series"):
            length = len(getattr(self, name) or "")
            if length > MAX_PROMPT:
                raise InvalidRequest(f"The {name} has {length:,} characters; at most {MAX_PROMPT:,} fit.")
        if self.size not in SIZES:
            raise InvalidRequest(f"{self.size} is not one of the nine sizes: {', '.join(map(str, SIZES))}.")
        if not 1 <= self.count <= MAX_COUNT:
            raise InvalidRequest(f"Count {self.count} is outside 1 to {MAX_COUNT}.")
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            raise InvalidRequest(f"Seed {self.seed} is outside 0 to {MAX_SEED}.")
        if self.steps not in STEPS:
            raise InvalidRequest(f"{self.steps} steps are outside {STEPS.start} to {STEPS.stop - 1}.")
        if not CFG[0] <= self.cfg <= CFG[1]:
            raise InvalidRequest(f"CFG {self.cfg:g} is outside {CFG[0]:g} to {CFG[1]:g}.")
        if self.sampler not in SAMPLERS:
            raise InvalidRequest(f"{self.sampler!r} is not a sampler here; use {', '.join(SAMPLERS)}.")

    def seeds(self, first: int) -> tuple[int, ...]:
        """One seed per picture: the first and those that follow it, wrapping after 2^32 - 1."""
        return tuple((first + index) % (MAX_SEED + 1) for index in range(self.count))

    def advice(self) -> list[str]:
        """Friendly sentences about settings that the card advises against; nothing is changed."""
        notes = []
        if not CARD_CFG[0] <= self.cfg <= CARD_CFG[1]:
            notes.append(f"CFG {self.cfg:g} is outside the 5 to 7 that the model card recommends.")
        if self.steps > CARD_STEPS:
            notes.append(f"{self.steps} steps are more than the {CARD_STEPS} that the model card recommends.")
        return notes
