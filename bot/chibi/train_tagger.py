"""Trains the tagger on the drawn pictures."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from bot.chibi.data import load_pools, pick_pool
from bot.chibi.meter import load_meter
from bot.chibi.tagger import RARE, TagNet, answer_rows, square
from bot.chibi.train_loop import Crew, Stage, run_stage
from bot.chibi.train_readers import scuff
from bot.chibi.vae import load_shipped

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

_DECODED = 0.06
"""Share of the batches of which a quarter has been through the autoencoder, which is costly."""


def train_tagger(work: Path, pool: str, stage: Stage, batch: int, model: Path, crew: Crew) -> None:
    """Train it on pictures as they come: after the autoencoder, blurred, noisy, shifted, tinted.

    `model` is the exported folder: it builds on the meter's convolutions, and the autoencoder wears pictures.
    """
    vae = load_shipped(model)
    pools = load_pools(work / pool)
    wanted = [answer_rows(chosen.subjects) for chosen in pools]
    torch.manual_seed(0)
    net = TagNet(load_meter(model / "meter.safetensors"))
    weight = torch.tensor(RARE)

    def loss(step: int, rng: random.Random) -> torch.Tensor:
        bucket = pick_pool(pools, rng)
        rows = [rng.randrange(len(pools[bucket])) for _ in range(batch)]
        pictures = pools[bucket].batch(rows)
        if rng.random() < _DECODED:
            pictures[: batch // 4] = _decoded(pictures[: batch // 4], vae)
        with torch.no_grad():
            found = net.found(square(scuff(pictures, rng)))
        logits = net.reader(found)
        return F.binary_cross_entropy_with_logits(logits, wanted[bucket][rows], pos_weight=weight)

    run_stage(stage, {"tagger": net.reader}, loss, work, crew)


@torch.no_grad()
def _decoded(pictures: torch.Tensor, vae: AutoencoderKL) -> torch.Tensor:
    """Return what the autoencoder makes of pictures, with some noise on the latents."""
    latents = vae.encode(pictures).latent_dist.mode()
    noise = 0.3 * torch.rand(len(latents), 1, 1, 1) * latents.std() * torch.randn_like(latents)
    made: torch.Tensor = vae.decode(latents + noise).sample
    return made.clamp(-1, 1)
