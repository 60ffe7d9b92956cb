"""Fast profiles: named settings that draw in fewer or cheaper steps, at a price in likeness."""

from __future__ import annotations

import dataclasses

from bot.core.errors import InvalidRequest
from bot.core.lora import Lora
from bot.core.request import Request, require_settings

SCHEDULES = ("ays", "trailing")
AYS_STEPS = 10
AYS_SAMPLERS = ("Euler", "DPM++ 2M Karras", "DPM++ SDE Karras", "DPM++ 2M SDE Karras")
"""Samplers that can be given their timesteps; Heun could, but calls the model twice for each."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fast:
    """What a profile sets in a request, and what else it tells the engine.

    ``guidance`` is the share of the steps from and up to which guidance works; outside it a step costs half.
    """

    name: str
    steps: int
    cfg: float
    sampler: str
    schedule: str | None = None
    guidance: tuple[float, float] | None = None
    loras: tuple[Lora, ...] = ()

    def __post_init__(self) -> None:
        """Raise InvalidRequest for values that cannot be used, or not together."""
        require_settings(self.steps, self.cfg, self.sampler)
        if self.schedule not in (None, *SCHEDULES):
            raise InvalidRequest(f"{self.schedule!r} is not a schedule here; use {', '.join(SCHEDULES)}.")
        if self.schedule == "ays" and (self.steps != AYS_STEPS or self.sampler not in AYS_SAMPLERS):
            raise InvalidRequest(
                f"The schedule ays has {AYS_STEPS} steps and goes with {', '.join(AYS_SAMPLERS)}."
            )
        if self.guidance is not None and not 0 <= self.guidance[0] < self.guidance[1] <= 1:
            raise InvalidRequest(
                "A guidance interval goes from a share of the steps to a larger one, 0 to 1."
            )

    def apply(self, request: Request) -> Request:
        """The request with this profile's settings; its LoRAs come before those that were asked for.

        Raises InvalidRequest for more LoRAs than go together.
        """
        own = {lora.name for lora in self.loras}
        loras = (*self.loras, *(lora for lora in request.loras if lora.name not in own))
        return dataclasses.replace(
            request, steps=self.steps, cfg=self.cfg, sampler=self.sampler, loras=loras, profile=self.name
        )
