"""A step hands the card its work and never waits for a number to come back."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable

import pytest
import torch

from bot.bench.counting import waits
from bot.engine.denoise import Denoiser, Slot
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded, load
from bot.engine.models import ModelFiles
from bot.engine.samplers import SAMPLERS

SOLVING = "UniPC"
"""Solves a small system of equations at each step, on the card, which looks whether it could: that waits."""


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
        (lambda tensor: tensor.half() * torch.tensor(2.0), 0),
    ],
)
def test_what_counts_as_waiting(action: Callable[[torch.Tensor], object], expected: int) -> None:
    tensor = torch.ones(3, device="meta")
    assert waits(lambda: action(tensor)) == expected


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
@pytest.mark.parametrize("name", [name for name in SAMPLERS if name != SOLVING])
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
