"""A step hands the card its work and never waits for a number to come back."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable

import pytest
import torch
from diffusers import UniPCMultistepScheduler

from bot.bench.counting import waits
from bot.engine.denoise import Denoiser, Slot
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded, load
from bot.engine.models import ModelFiles
from bot.engine.samplers import SAMPLERS


@pytest.fixture(scope="module")
def twin(loaded: Loaded) -> Loaded:
    """The tiny model with shapes and no numbers."""
    pipe = copy.deepcopy(loaded.pipe).to("meta")
    return Loaded(pipe, dataclasses.replace(loaded.info, device="meta"))


def admit(model: Loaded, name: str) -> list[Slot]:
    denoiser = Denoiser(model, Encoder(model.pipe, 2**20))
    return [denoiser.admit("1girl", "bad", (104, 152), 4, cfg, name, 1) for cfg in (5.0, 1.0)]


@pytest.mark.parametrize("name", SAMPLERS)
def test_no_step_waits_for_the_device(twin: Loaded, name: str) -> None:
    denoiser = Denoiser(twin, Encoder(twin.pipe, 2**20))
    slots = admit(twin, name)
    counted = []
    while not slots[0].finished:
        counted.append(waits(lambda: denoiser.step(slots)))
    assert counted == [0] * len(counted)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (lambda tensor: tensor.sum().item(), 1),
        (lambda tensor: float(tensor[0]) + int(tensor[1]), 2),
        (lambda tensor: tensor.cpu(), 1),
        (lambda tensor: tensor + torch.ones(3).to(tensor.device), 1),
        (lambda tensor: torch.linalg.solve(tensor.diag(), tensor), 1),
        (lambda tensor: tensor.half() * torch.tensor(2.0), 0),
    ],
)
@pytest.mark.parametrize("inference", [False, True])
def test_what_counts_as_waiting(
    action: Callable[[torch.Tensor], object], expected: int, inference: bool
) -> None:
    tensor = torch.ones(3, device="meta")
    with torch.inference_mode(inference):
        assert waits(lambda: action(tensor)) == expected


def test_the_count_sees_what_diffusers_own_unipc_waits_for() -> None:
    """Its levels are moved and its equations solved on the card: a count of 0 would be a blind one."""
    own = UniPCMultistepScheduler()
    own.set_timesteps(4)
    own.set_begin_index(0)
    latents = torch.ones(1, 4, 8, 8, device="meta")
    with torch.inference_mode():
        counted = [waits(lambda at=at: own.step(latents, at, latents)) for at in own.timesteps]  # type: ignore[misc]  # mypy infers no lambda's defaults
    assert min(counted) > 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
@pytest.mark.parametrize("name", SAMPLERS)
def test_no_step_waits_on_a_card(tiny_files: ModelFiles, name: str) -> None:
    model = load(tiny_files, "cuda")
    denoiser = Denoiser(model, Encoder(model.pipe, 2**20))
    slots = admit(model, name)
    denoiser.step(slots)  # the first call also makes ready what the libraries need
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        while not slots[0].finished:
            denoiser.step(slots)
    finally:
        torch.cuda.set_sync_debug_mode("default")
