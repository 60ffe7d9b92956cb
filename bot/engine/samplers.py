"""The samplers by the names that people know, each as diffusers' own class; worker side only.

Karras and SDE variants are set up as the public Animagine XL Space does. Three samplers add noise at every
step; theirs is drawn beforehand, so that a step can be repeated and needs no transfer to the device.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    DPMSolverSinglestepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LCMScheduler,
)

from bot.core.errors import InvalidRequest
from bot.engine.unipc import HostUniPC


class PredrawnEulerAncestral(EulerAncestralDiscreteScheduler):  # type: ignore[misc]  # diffusers is untyped
    """Euler ancestral whose noise is handed in; the same numbers as diffusers' own for the same noise."""

    def step(
        self,
        model_output: torch.Tensor,
        timestep: torch.Tensor,
        sample: torch.Tensor,
        variance_noise: torch.Tensor,
        return_dict: bool = False,
    ) -> tuple[torch.Tensor]:
        """One ancestral step (Karras et al. 2022, algorithm 2 with eta 1, as k-diffusion writes it).

        All tensors are ``(1, 4, height, width)``; the arithmetic is in float32, the answer in the model's
        own type.
        """
        if self.step_index is None:
            self._init_step_index(timestep)
        now, then = self.sigmas[self.step_index], self.sigmas[self.step_index + 1]
        up = (then**2 * (now**2 - then**2) / now**2) ** 0.5
        down = (then**2 - up**2) ** 0.5
        full = sample.to(torch.float32)
        if self.config.prediction_type == "v_prediction":
            clean = model_output * (-now / (now**2 + 1) ** 0.5) + (full / (now**2 + 1))
        else:
            clean = full - now * model_output
        slope = (full - clean) / now
        moved = full + slope * (down - now) + variance_noise * up
        self._step_index += 1
        return (moved.to(model_output.dtype),)


class PredrawnLCM(LCMScheduler):  # type: ignore[misc]  # diffusers is untyped
    """LCM whose noise is handed in; the same numbers as diffusers' own for the same noise."""

    def step(
        self,
        model_output: torch.Tensor,
        timestep: torch.Tensor,
        sample: torch.Tensor,
        variance_noise: torch.Tensor,
        return_dict: bool = False,
    ) -> tuple[torch.Tensor]:
        """One step of multistep consistency sampling (Luo et al. 2023, algorithm 3).

        The picture that the model sees from here, and unless this was the last step as much noise over it
        as the next one expects. All tensors are ``(1, 4, height, width)``.
        """
        if self.step_index is None:
            self._init_step_index(timestep)
        signal = self.alphas_cumprod[timestep]
        if self.config.prediction_type == "v_prediction":
            clean = signal.sqrt() * sample - (1 - signal).sqrt() * model_output
        else:
            clean = (sample - (1 - signal).sqrt() * model_output) / signal.sqrt()
        kept, seen = self.get_scalings_for_boundary_condition_discrete(timestep)
        clean = seen * clean + kept * sample
        self._step_index += 1
        if self._step_index == len(self.timesteps):
            return (clean,)
        signal = self.alphas_cumprod[self.timesteps[self._step_index]]
        return (signal.sqrt() * clean + (1 - signal).sqrt() * variance_noise,)


@dataclasses.dataclass(frozen=True, slots=True)
class Sampler:
    """A scheduler's class, the settings laid over the model's, and the noise that each step takes.

    ``noise`` is None, or the type in which diffusers draws it (``model``: the latents' own); ``noise_last``
    says whether the last step takes some too.
    """

    scheduler: type
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    noise: str | None = None
    noise_last: bool = True

    def build(self, config: Mapping[str, Any], steps: int) -> Any:
        """A fresh scheduler with its timesteps set; it begins at its first step without a search.

        Its numbers stay on the CPU, where looking them up waits for nothing.
        """
        scheduler = self.scheduler.from_config(config, **self.settings)  # type: ignore[attr-defined]
        scheduler.set_timesteps(steps)
        if hasattr(scheduler, "set_begin_index"):  # DDIM keeps no index: it reckons from the timestep
            scheduler.set_begin_index(0)
        return scheduler


_KARRAS = {"use_karras_sigmas": True}

SAMPLERS: Mapping[str, Sampler] = {
    "Euler a": Sampler(PredrawnEulerAncestral, noise="model"),
    "Euler": Sampler(EulerDiscreteScheduler),
    "DPM++ 2M Karras": Sampler(DPMSolverMultistepScheduler, _KARRAS),
    "DPM++ SDE Karras": Sampler(DPMSolverSinglestepScheduler, _KARRAS),
    "DPM++ 2M SDE Karras": Sampler(
        DPMSolverMultistepScheduler, {**_KARRAS, "algorithm_type": "sde-dpmsolver++"}, noise="float32"
    ),
    # DDIM's defaults would clip latents to [-1, 1] and end on a clean signal; SDXL knows neither.
    "DDIM": Sampler(DDIMScheduler, {"clip_sample": False, "set_alpha_to_one": False}),
    "Heun": Sampler(HeunDiscreteScheduler),
    "UniPC": Sampler(HostUniPC),
    "LCM": Sampler(PredrawnLCM, noise="model", noise_last=False),
}


def sampler(name: str) -> Sampler:
    """Look a sampler up; raises InvalidRequest naming those there are."""
    try:
        return SAMPLERS[name]
    except KeyError:
        raise InvalidRequest(f"{name!r} is not a sampler here; use {', '.join(SAMPLERS)}.") from None
