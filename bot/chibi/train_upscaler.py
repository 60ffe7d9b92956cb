"""Trains the upscaler on drawings at two sizes."""

from __future__ import annotations

import random
from pathlib import Path

import torch

from bot.chibi.data import BUCKETS
from bot.chibi.pairs import load_pairs
from bot.chibi.train_loop import Crew, Stage, run_stage
from bot.chibi.upscaler import Upscaler
from bot.chibi.vae import reconstruction_loss

CROP = 32


def train_upscaler(work: Path, pairs: str, stage: Stage, batch: int, crew: Crew) -> None:
    """Train it on crops; fine detail and edges count as they do for the autoencoder's decoder."""
    sizes = load_pairs(work / pairs)
    shares = [BUCKETS[chosen.size] for chosen in sizes]
    torch.manual_seed(0)
    net = Upscaler()
    with torch.no_grad():  # begin with the plainly enlarged picture
        net.body[-1].weight.mul_(0.1)  # type: ignore[operator]  # a convolution's tensor

    def loss(step: int, rng: random.Random) -> torch.Tensor:
        small, large = rng.choices(sizes, shares)[0].crops(batch, CROP, rng)
        return reconstruction_loss(net(small), large, edges=1.0)

    run_stage(stage, {"upscaler": net}, loss, work, crew)
