"""UniPC whose coefficients come from the CPU, against diffusers' own."""

from __future__ import annotations

import itertools

import pytest
import torch
from diffusers import UniPCMultistepScheduler

from bot.engine.unipc import HostUniPC


# Of order 3 there are two slopes, whose sum is rounded in another order.
@pytest.mark.parametrize(
    ("order", "dtype", "off"),
    [(1, torch.float32, 0), (2, torch.float32, 0), (2, torch.float16, 0), (3, torch.float32, 1e-5)],
)
def test_it_draws_what_diffusers_own_draws(order: int, dtype: torch.dtype, off: float) -> None:
    generator = torch.Generator().manual_seed(3)
    noise, *answers = torch.randn(9, 1, 4, 8, 8, generator=generator).to(dtype)
    kinds = itertools.product(["bh1", "bh2"], [True, False], ["epsilon", "v_prediction"], [1, 2, 8])
    for solver_type, predict_x0, prediction_type, steps in kinds:
        ends = []
        for scheduler in (UniPCMultistepScheduler, HostUniPC):
            own = scheduler(
                solver_order=order,
                solver_type=solver_type,
                predict_x0=predict_x0,
                prediction_type=prediction_type,
            )
            own.set_timesteps(steps)
            latents = noise
            for time, answer in zip(own.timesteps, answers, strict=False):
                (latents,) = own.step(answer, time, latents, return_dict=False)
            ends.append(latents)
        torch.testing.assert_close(*ends, rtol=off, atol=off, equal_nan=True)
