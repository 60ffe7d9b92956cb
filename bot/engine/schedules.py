"""Timesteps in place of a sampler's own, for pictures in few steps; worker side only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diffusers.schedulers import AysSchedules

from bot.core.errors import InvalidRequest
from bot.core.fast import AYS_SAMPLERS, AYS_STEPS, SCHEDULES
from bot.engine.samplers import Sampler

AYS: list[int] = AysSchedules["StableDiffusionXLTimesteps"]
"""Ten timesteps for SDXL from "Align Your Steps" (Sabour et al. 2024), as diffusers has them."""


def scheduled(recipe: Sampler, config: Mapping[str, Any], steps: int, schedule: str) -> Any:
    """A fresh scheduler with a schedule's timesteps, at its first step.

    ``ays`` are ten fixed ones, ``trailing`` an even spacing that begins at pure noise, as the few-step LoRAs
    were distilled with (Lin et al. 2023). Raises InvalidRequest for a schedule that there is not, other
    numbers of steps, and samplers that cannot follow it.
    """
    if schedule == "trailing":
        return recipe.build({**config, "timestep_spacing": "trailing"}, steps)
    if schedule != "ays":
        raise InvalidRequest(f"{schedule!r} is not a schedule here; use {', '.join(SCHEDULES)}.")
    if steps != AYS_STEPS:
        raise InvalidRequest(f"The schedule ays has {AYS_STEPS} steps, not {steps}.")
    settings = {name: value for name, value in recipe.settings.items() if name != "use_karras_sigmas"}
    scheduler = recipe.scheduler.from_config(config, **settings)  # type: ignore[attr-defined]
    try:
        scheduler.set_timesteps(timesteps=AYS)
    except TypeError:
        raise InvalidRequest(
            f"This sampler cannot follow the schedule ays; use {', '.join(AYS_SAMPLERS)}."
        ) from None
    scheduler.set_begin_index(0)
    return scheduler
