"""The second pass of a larger picture, as the public Animagine XL Space does it; worker side only.

The finished latents of the first pass are enlarged without smoothing and drawn over, with the same words and
steps and the random numbers that come next (the Space's ``app.py``: ``upscale(latents, "nearest-exact",
1.5)``, then diffusers' img2img pipeline at a strength of 0.55).
"""

from __future__ import annotations

import torch

from bot.core.job import HIRES_SCALE, HIRES_STRENGTH, Task
from bot.core.size import Size
from bot.engine.denoise import Denoiser, Slot
from bot.engine.start import Start


def second_pass(denoiser: Denoiser, task: Task, slot: Slot) -> Slot:
    """The slot that follows a finished first one; waits for the device."""
    latents = enlarged(slot.latents)
    return denoiser.again(slot, task.steps, task.sampler, Start(latents.cpu(), HIRES_STRENGTH), task.schedule)


def enlarged(latents: torch.Tensor) -> torch.Tensor:
    """Latents ``(1, 4, height, width)`` at `HIRES_SCALE` times their size, as whole numbers of them."""
    height, width = (round(side * HIRES_SCALE) for side in latents.shape[2:])
    return torch.nn.functional.interpolate(latents, size=(height, width), mode="nearest-exact")


def before(side: int) -> int:
    """The latents that a side had before it was enlarged."""
    return round(side / HIRES_SCALE)


def size(of: Size) -> Size:
    """One of the card's sizes, enlarged."""
    return Size(round(of.width * HIRES_SCALE), round(of.height * HIRES_SCALE))
