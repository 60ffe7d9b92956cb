"""What a person asked for, validated; defaults and ranges come from the model card."""

from __future__ import annotations

import dataclasses

from bot.core import lora
from bot.core.errors import InvalidRequest
from bot.core.language import say
from bot.core.lora import Lora
from bot.core.rating import Rating
from bot.core.size import DEFAULT_SIZE, SIZES, Size

MAX_PROMPT = 2000
"""Characters a person may type into one text field."""
MAX_STYLE_NAME = 50
"""Characters of a style's name."""
MAX_SEED = 2**32 - 1
MAX_COUNT = 4
STEPS = range(1, 61)
DEFAULT_STEPS = 28
DEFAULT_CFG = 7.0
CFG = (1.0, 15.0)
CARD_CFG = (5.0, 7.0)
"""The card recommends a guidance scale of "around 5-7"."""
HIRES_STEPS = 2
"""Fewest steps of which the second pass of a hires picture, at a strength of .55, has one."""
UPSCALES = (1, 2, 4)
"""Factors by which a finished picture can be enlarged; 1 leaves it as it was drawn."""
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
"""Samplers that people are offered, by the names that they know; the first is the card's."""
LCM = "LCM"
LCM_STEPS = 50
"""What the few-step LoRAs were distilled with; the sampler has no more."""
PROFILE_SAMPLERS = (LCM,)
"""Samplers that draw only with a LoRA of their own, and so come with a profile."""


@dataclasses.dataclass(frozen=True, slots=True)
class Vary:
    """How far a picture's first noise goes from its own seed's towards that of a second one.

    ``share`` of 0 is its own seed's noise, 1 the second one's.
    """

    seed: int
    share: float

    def __post_init__(self) -> None:
        """Raise InvalidRequest, naming the value and what would work."""
        if not 0 <= self.seed <= MAX_SEED:
            raise InvalidRequest(
                "The seed of the variation, {seed}, is outside 0 to {most}.",
                seed=self.seed,
                most=MAX_SEED,
            )
        if not 0 <= self.share <= 1:
            raise InvalidRequest(
                "The share of the variation, {share:g}, is outside 0 to 1.", share=self.share
            )


def steps_from(strength: float, steps: int) -> int:
    """How many of ``steps`` are done on a picture with a strength, as the stock img2img pipeline reckons."""
    return min(int(steps * strength), steps)


def require_settings(steps: int, cfg: float, sampler: str) -> None:
    """Raise InvalidRequest for a number of steps, a guidance scale or a sampler that is not offered."""
    if steps not in STEPS:
        raise InvalidRequest(
            "{steps} steps are outside {least} to {most}.",
            steps=steps,
            least=STEPS.start,
            most=STEPS.stop - 1,
        )
    if not CFG[0] <= cfg <= CFG[1]:
        raise InvalidRequest(
            "CFG {cfg:g} is outside {least:g} to {most:g}.", cfg=cfg, least=CFG[0], most=CFG[1]
        )
    if sampler == LCM and steps > LCM_STEPS:
        raise InvalidRequest(
            "The sampler LCM has at most {most} steps, not {steps}; 4 to 8 are usual.",
            most=LCM_STEPS,
            steps=steps,
        )
    if sampler not in (*SAMPLERS, *PROFILE_SAMPLERS):
        raise InvalidRequest(
            "{sampler!r} is not a sampler here; use {samplers}.",
            sampler=sampler,
            samplers=", ".join(SAMPLERS),
        )


def require_strength(strength: float, steps: int) -> None:
    """Raise InvalidRequest for a strength that is none, or that leaves none of the steps."""
    if not 0 <= strength <= 1:
        raise InvalidRequest("Strength {strength:g} is outside 0 to 1.", strength=strength)
    if steps_from(strength, steps) < 1:
        raise InvalidRequest(
            "A strength of {strength:g} leaves none of the {steps} steps; use a higher one, up to 1.",
            strength=strength,
            steps=steps,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A picture that a request begins from, and what of it is drawn anew, by the sha256 of their PNG files.

    ``strength`` is the share of the steps that is done on it. Where there is a ``mask``, of the picture's
    size, what is white there is drawn anew and the rest is kept.
    """

    sha256: str
    strength: float
    mask: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Everything that is kept of it."""
        return (self.sha256,) if self.mask is None else (self.sha256, self.mask)


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """One ``/imagine``: text as typed, settings in the card's units.

    ``quality`` is ``None`` for the model's recommended prefix, one of its quality words, or ``"none"``.
    It may also be a preset of several words; ``style`` names words to stand around the prompt.
    ``seed`` is ``None`` for a random one. ``size`` is one of the card's nine; steps are denoising steps.
    ``model`` and ``profile`` are names of the config's, ``None`` for its own model and for no fast profile.
    ``upscale`` is one of `UPSCALES`.
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
    steps: int = DEFAULT_STEPS
    cfg: float = DEFAULT_CFG
    sampler: str = SAMPLERS[0]
    private: bool = False
    style: str | None = None
    source: Source | None = None
    hires: bool = False
    vary: Vary | None = None
    loras: tuple[Lora, ...] = ()
    model: str | None = None
    profile: str | None = None
    upscale: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidRequest, naming the field, the value and what would work."""
        for name in ("prompt", "negative", "subject", "character", "series"):
            length = len(getattr(self, name) or "")
            if length > MAX_PROMPT:
                raise InvalidRequest(
                    "The {name} has {length:,} characters; at most {most:,} fit.",
                    name=name,
                    length=length,
                    most=MAX_PROMPT,
                )
        if self.size not in SIZES:
            raise InvalidRequest(
                "{size} is not one of the nine sizes: {sizes}.",
                size=self.size,
                sizes=", ".join(map(str, SIZES)),
            )
        if not 1 <= self.count <= MAX_COUNT:
            raise InvalidRequest("Count {count} is outside 1 to {most}.", count=self.count, most=MAX_COUNT)
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            raise InvalidRequest("Seed {seed} is outside 0 to {most}.", seed=self.seed, most=MAX_SEED)
        require_settings(self.steps, self.cfg, self.sampler)
        if self.source is not None:
            require_strength(self.source.strength, self.steps)
        if self.hires and self.steps < HIRES_STEPS:
            raise InvalidRequest("Hires leaves nothing of 1 step for its second pass; use 2 or more.")
        if self.hires and self.source is not None and self.source.mask is not None:
            raise InvalidRequest("Hires would draw over what the mask keeps; leave one of the two out.")
        if self.upscale not in UPSCALES:
            raise InvalidRequest(
                "Upscale {upscale} is not offered; use {text}.",
                upscale=self.upscale,
                text=", ".join(map(str, UPSCALES)),
            )
        lora.check(self.loras)

    def seeds(self, first: int) -> tuple[int, ...]:
        """One seed per picture: the first and those that follow it, wrapping after 2^32 - 1."""
        return tuple((first + index) % (MAX_SEED + 1) for index in range(self.count))

    def advice(self) -> list[str]:
        """Friendly sentences about settings that the card advises against; nothing is changed."""
        notes = []
        if self.profile is None and not CARD_CFG[0] <= self.cfg <= CARD_CFG[1]:
            notes.append(
                say("CFG {cfg:g} is outside the 5 to 7 that the model card recommends.", cfg=self.cfg)
            )
        if self.steps > CARD_STEPS:
            notes.append(
                say(
                    "{steps} steps are more than the {most} that the model card recommends.",
                    steps=self.steps,
                    most=CARD_STEPS,
                )
            )
        if self.source is not None and self.source.strength == 1 and self.source.mask is None:
            notes.append(say("A strength of 1 keeps nothing of the picture that it begins from."))
        return notes
