"""LoRAs: small additions to a model, asked for by name with a weight each."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from bot.core.errors import InvalidRequest

MAX_LORAS = 3
WEIGHTS = (-2.0, 2.0)
"""The range of the web UIs' own sliders; below zero a style is pushed away."""


@dataclasses.dataclass(frozen=True, slots=True)
class Lora:
    """One LoRA of the config, by name; 1 counts it as it was trained, 0 is as if it were not there."""

    name: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Raise InvalidRequest for a weight outside `WEIGHTS`."""
        if not (math.isfinite(self.weight) and WEIGHTS[0] <= self.weight <= WEIGHTS[1]):
            raise InvalidRequest(
                "The weight {weight:g} of the LoRA {name!r} is outside {least:g} to {most:g}.",
                weight=self.weight,
                name=self.name,
                least=WEIGHTS[0],
                most=WEIGHTS[1],
            )

    def __str__(self) -> str:
        return self.name if self.weight == 1 else f"{self.name}:{self.weight:g}"


def check(loras: Sequence[Lora]) -> None:
    """Raise InvalidRequest for more than `MAX_LORAS`, or for one that is named twice."""
    if len(loras) > MAX_LORAS:
        raise InvalidRequest(
            "{number} LoRAs are too many; at most {most} go together.",
            number=len(loras),
            most=MAX_LORAS,
        )
    names = [lora.name for lora in loras]
    for name in names:
        if names.count(name) > 1:
            raise InvalidRequest(
                "The LoRA {name!r} is named twice; name it once, with its weight.", name=name
            )


def parse(text: str) -> tuple[Lora, ...]:
    """The LoRAs of a text such as ``ink:0.8, glow``; none of an empty one.

    Raises InvalidRequest for a weight that is no number, or what `Lora` and `check` refuse.
    """
    found = tuple(_one(part.strip()) for part in text.split(",") if part.strip())
    check(found)
    return found


def written(loras: Sequence[Lora]) -> str:
    """The text that `parse` reads back; weights to six digits."""
    return ", ".join(map(str, loras))


def _one(text: str) -> Lora:
    name, colon, weight = (part.strip() for part in text.partition(":"))
    if not name:
        raise InvalidRequest("{text!r} names no LoRA; write a name and a weight, such as ink:0.8.", text=text)
    try:
        return Lora(name, float(weight) if colon else 1.0)
    except ValueError:
        raise InvalidRequest(
            "{weight!r} is not a weight for the LoRA {name!r}; write a number, such as {name}:0.8.",
            weight=weight,
            name=name,
        ) from None
