"""What a picture's file says made it."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import unicodedata
from typing import Any, Self

from bot.core.language import later

MAX_NAME = 100
"""Characters that are kept of a name of a model, sampler, LoRA or setting."""
MAX_PROMPT = 20_000
"""... and of a prompt: ten times of what can be asked for here."""
MAX_NAMES = 20
"""LoRAs and further settings that are kept."""


class Maker(enum.StrEnum):
    """The program that wrote the settings."""

    SELF = later("this bot")
    WEBUI = later("the A1111 web UI")
    COMFY = "ComfyUI"
    NOVELAI = "NovelAI"


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """Values as they stand in a file; None, "" or () for what it does not tell.

    ``positive`` and ``negative`` are in this bot's grammar. ``sampler`` and ``schedule`` are the maker's own
    names. ``vary`` is the seed and the share of a variation; ``begun`` tells that it began from a picture.
    ``others`` names settings that are for something else.
    """

    maker: Maker
    positive: str
    negative: str = ""
    steps: int | None = None
    cfg: float | None = None
    sampler: str = ""
    schedule: str = ""
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    model: str = ""
    loras: tuple[tuple[str, float], ...] = ()
    hires: bool = False
    vary: tuple[int, float] | None = None
    begun: bool = False
    others: tuple[str, ...] = ()

    def cleaned(self) -> Self:
        """With every text and list cut to what anybody reads, and nothing in it that is not seen."""
        return dataclasses.replace(
            self,
            positive=clean(self.positive[:MAX_PROMPT]),
            negative=clean(self.negative[:MAX_PROMPT]),
            sampler=clean(self.sampler[:MAX_NAME]),
            schedule=clean(self.schedule[:MAX_NAME]),
            model=clean(self.model[:MAX_NAME]),
            loras=tuple((clean(name[:MAX_NAME]), weight) for name, weight in self.loras[:MAX_NAMES]),
            others=tuple(clean(name[:MAX_NAME]) for name in self.others[:MAX_NAMES]),
        )


def clean(text: str) -> str:
    """On one line, without control characters, invisible ones and halves of pairs."""
    seen = (" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
    return " ".join("".join(c for c in seen if unicodedata.category(c) not in ("Cf", "Cs", "Co")).split())


def load_json(text: str) -> Any:
    """The value of a JSON text; None of anything else, however deep or long its numbers are."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def whole(value: object) -> int | None:
    """A whole number of at most 19 digits, from a number or its text; None of anything else."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**19:
        return None
    return value


def number(value: object) -> float | None:
    """A finite number, from a number or its text; None of anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def text_of(value: object) -> str:
    """A text, or "" for anything else."""
    return value if isinstance(value, str) else ""
