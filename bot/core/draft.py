"""A request in the making: what somebody gave of it, and what they left to others."""

from __future__ import annotations

import dataclasses
from typing import Any

from bot.core.lora import Lora
from bot.core.rating import Rating
from bot.core.request import Request
from bot.core.size import Size

NONE = "none"
"""As a negative, no negative; as a model, the bot's own. Styles and qualities have this word themselves."""


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """Values of a `Request`, each None while nobody gave it."""

    prompt: str | None = None
    negative: str | None = None
    subject: str | None = None
    character: str | None = None
    series: str | None = None
    quality: str | None = None
    rating: Rating | None = None
    year: str | None = None
    size: Size | None = None
    count: int | None = None
    seed: int | None = None
    steps: int | None = None
    cfg: float | None = None
    sampler: str | None = None
    private: bool | None = None
    style: str | None = None
    hires: bool | None = None
    upscale: int | None = None
    loras: tuple[Lora, ...] | None = None
    model: str | None = None
    profile: str | None = None

    @classmethod
    def of(cls, request: Request) -> Draft:
        """What a request asks for, without its seed, what it begins from, and who may see it."""
        kept = {name: getattr(request, name) for name in FIELDS if name not in ("seed", "private")}
        for name in ("negative", "style", "model"):
            kept[name] = kept[name] or NONE
        return cls(**kept)

    def given(self) -> dict[str, Any]:
        """The values that somebody gave, by name."""
        return {name: value for name in FIELDS if (value := getattr(self, name)) is not None}

    def over(self, other: Draft) -> Draft:
        """This one, with another's values where it has none."""
        return dataclasses.replace(other, **self.given())

    def request(self) -> Request:
        """The request, with the model card's settings where nobody gave any.

        Raises InvalidRequest, naming the value and what would work.
        """
        given: dict[str, Any] = {"prompt": "", **self.given()}
        if given.get("negative", "").strip().lower() == NONE:
            given["negative"] = ""
        if given.get("model") == NONE:
            given["model"] = None
        return Request(**given)


FIELDS = tuple(field.name for field in dataclasses.fields(Draft))
