"""What a slot's latents begin as: noise alone, or noise over a picture, all of it or what a mask leaves.

The order of random draws is that of diffusers' pipelines for the same generator: what the VAE's answer leaves
open, the first noise, with a mask what the VAE's answer to the masked picture leaves open (which a UNet of
four channels never sees), and then the sampler's own noise, step by step. Worker side only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch

from bot.core.request import Vary


@dataclasses.dataclass(frozen=True, slots=True)
class Start:
    """A picture to begin from: its latents ``(1, 4, height / 8, width / 8)`` as the UNet knows them, scaled.

    With a ``spread``, of that shape, they are instead what the VAE answers: the mean and the deviation around
    it, not scaled yet by ``scale``. ``strength``, above 0 and at most 1, is the share of the steps that is
    done. ``mask``, ``(1, 1, height / 8, width / 8)``, is 1 where the picture is drawn anew and else 0.
    All are on the CPU.
    """

    latents: torch.Tensor
    strength: float
    spread: torch.Tensor | None = None
    scale: float = 1.0
    mask: torch.Tensor | None = None

    def draw(self, generator: torch.Generator, dtype: torch.dtype) -> torch.Tensor:
        """The picture's latents in the model's type, drawn where the VAE leaves them open."""
        if self.spread is None:
            return self.latents.to("cpu", dtype)
        found = self.latents + self.spread * self._unit(generator)
        return self.scale * found.to(dtype)

    def skip(self, generator: torch.Generator) -> None:
        """Draw what the stock inpainting pipeline draws for the masked picture, for nothing."""
        if self.spread is not None:
            self._unit(generator)

    def _unit(self, generator: torch.Generator) -> torch.Tensor:
        return torch.randn(self.latents.shape, generator=generator, dtype=self.latents.dtype)


@dataclasses.dataclass(frozen=True, slots=True)
class Keep:
    """What stays of a picture under a mask: its latents with the noise that each step leaves in them.

    ``mask`` is ``(1, 1, height, width)``, ``after`` the picture's latents ``(1, 4, height, width)`` after
    each step, one behind the other; on the device.
    """

    mask: torch.Tensor
    after: torch.Tensor

    def over(self, latents: torch.Tensor, step: int) -> torch.Tensor:
        """Latents after a step, with what is kept laid over them."""
        kept: torch.Tensor = (1 - self.mask) * self.after[step] + self.mask * latents
        return kept


def first_latents(
    start: Start | None,
    shape: Sequence[int],
    scheduler: Any,
    timesteps: torch.Tensor,
    generator: torch.Generator,
    dtype: torch.dtype,
    vary: Vary | None = None,
) -> tuple[torch.Tensor, list[torch.Tensor] | None]:
    """The latents before the first step, and with a mask what is kept after each one; on the CPU.

    The scheduler must be one that has taken no step yet.
    """
    picture = None if start is None else start.draw(generator, dtype)
    noise = torch.randn(shape, generator=generator, dtype=dtype)
    if vary is not None:
        noise = varied(noise, vary)
    if start is None or picture is None:
        return noise * scheduler.init_noise_sigma, None
    if start.mask is None:
        return scheduler.add_noise(picture, noise, timesteps[:1]), None
    start.skip(generator)
    kept = _after(scheduler, timesteps, picture, noise)
    if start.strength == 1:
        return noise * scheduler.init_noise_sigma, kept
    return scheduler.add_noise(picture, noise, timesteps[:1]), kept


def _after(
    scheduler: Any, timesteps: torch.Tensor, picture: torch.Tensor, noise: torch.Tensor
) -> list[torch.Tensor]:
    """A picture's latents with the noise of every timestep but the first, and in the end with none."""
    indexed = hasattr(scheduler, "set_begin_index")
    first = scheduler.begin_index if indexed else 0
    found = []
    for number in range(1, len(timesteps)):
        if indexed:  # a timestep that stands twice in the schedule would be looked up in the wrong place
            scheduler.set_begin_index(first + number)
        found.append(scheduler.add_noise(picture, noise, timesteps[number : number + 1]))
    if indexed:
        scheduler.set_begin_index(first)
    return [*found, picture]


def varied(noise: torch.Tensor, vary: Vary) -> torch.Tensor:
    """Noise turned by a share of the way to a second seed's, as long as before (spherical interpolation)."""
    generator = torch.Generator("cpu").manual_seed(vary.seed)
    other = torch.randn(noise.shape, generator=generator, dtype=noise.dtype)
    if vary.share in (0, 1):
        return other if vary.share else noise
    one, two = noise.double().flatten(), other.double().flatten()
    angle = torch.acos((one @ two / (one.norm() * two.norm())).clamp(-1, 1))
    if angle < 1e-6:  # the same seed twice
        return noise
    turned = (torch.sin((1 - vary.share) * angle) * one + torch.sin(vary.share * angle) * two) / torch.sin(
        angle
    )
    return turned.to(noise.dtype).view(noise.shape)
