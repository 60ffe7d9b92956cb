"""Trains what looks at pictures: the meter and the rating classifier."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from bot.chibi.data import load_pools, pick_pool
from bot.chibi.latents import load_latents, preview_map
from bot.chibi.meter import Meter, answer_numbers, meter_loss
from bot.chibi.rating import LABELS, RatingNet, fit
from bot.chibi.train_loop import Crew, Stage, final_file, load_weights, run_stage
from bot.chibi.vae import build_vae

if TYPE_CHECKING:
    from diffusers import AutoencoderKL


def load_vae(work: Path, stage: str) -> AutoencoderKL:
    """Return a stage's autoencoder, ready for use."""
    vae = build_vae()
    load_weights(vae, final_file(work, stage, "vae"))
    return vae.eval()


@torch.no_grad()
def wear(
    pictures: torch.Tensor, latents: torch.Tensor, vae: AutoencoderKL, rng: random.Random
) -> torch.Tensor:
    """Return pictures as they come: some decoded from their latents, blurred, noisy, shifted, tinted."""
    if rng.random() < 0.1:  # costly, and blur says much of the same
        noise = rng.uniform(0, 0.25) * latents.std() * torch.randn_like(latents)
        pictures = vae.decode(latents + noise).sample
    return scuff(pictures, rng)


@torch.no_grad()
def scuff(pictures: torch.Tensor, rng: random.Random) -> torch.Tensor:
    """Return pictures as they come, without the autoencoder: some blurred, noisy; shifted, tinted."""
    if rng.random() < 0.2:
        small = F.interpolate(pictures, scale_factor=rng.uniform(0.6, 0.9), mode="bilinear", antialias=True)
        pictures = F.interpolate(small, pictures.shape[-2:], mode="bilinear")
    if rng.random() < 0.2:
        pictures = pictures + rng.uniform(0, 0.12) * torch.randn_like(pictures)
    across, down = rng.randint(-4, 4), rng.randint(-4, 4)
    pictures = F.pad(pictures, (4, 4, 4, 4), mode="replicate")
    height, width = pictures.shape[-2] - 8, pictures.shape[-1] - 8
    pictures = pictures[..., 4 + down : 4 + down + height, 4 + across : 4 + across + width]
    gain = 1 + 0.1 * torch.randn(len(pictures), 1, 1, 1)
    return (pictures * gain + 0.05 * torch.randn(len(pictures), 3, 1, 1)).clamp(-1, 1)


@torch.no_grad()
def overdo(pictures: torch.Tensor, rng: random.Random) -> torch.Tensor:
    """Return pictures as strong guidance and few steps leave them: glaring or pale, blotched, reds scorched.

    A guard in the negative pushes a sign's red towards black or grey, and the shape alone is left to tell by.
    """
    count = len(pictures)
    shares = (pictures + 1) / 2
    red = (shares[:, :1] - shares[:, 1:].amax(dim=1, keepdim=True)).clamp(0, 1)
    scorched = torch.rand(count, 1, 1, 1) * (torch.rand(count, 1, 1, 1) < 0.7)
    shares = shares * (1 - scorched * (2 * red).clamp(max=1))
    grey = shares.mean(dim=1, keepdim=True)
    shares = grey + (shares - grey) * (1.8 * torch.rand(count, 1, 1, 1))
    middle = shares.mean(dim=(1, 2, 3), keepdim=True)
    shares = middle + (shares - middle) * (0.2 + 1.6 * torch.rand(count, 1, 1, 1))
    height, width = pictures.shape[-2:]
    grain = rng.choice((4, 8))
    blotches = torch.randn(count, 3, height // grain, width // grain)
    blotches = F.interpolate(blotches, (height, width), mode="bicubic")
    shares = shares + blotches * rng.uniform(0, 0.35) * torch.rand(count, 1, 1, 1)
    return (2 * shares - 1).clamp(-1, 1)


def mingle(latents: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Return latents that are up to four tenths others, and noisy, as a denoiser in two minds leaves them."""
    count = len(latents)
    share = 0.4 * torch.rand(count, 1, 1, 1)
    mixed = (1 - share) * latents + share * others
    return mixed + 0.5 * torch.rand(count, 1, 1, 1) * torch.randn_like(mixed)


def preview(latents: torch.Tensor, colours: torch.Tensor, scale: int = 8) -> torch.Tensor:
    """Return what previews show of latents (N, 4, h, w), `scale` times as large."""
    shares = torch.einsum("nchw,ck->nkhw", latents, colours[:4]) + colours[4].view(1, 3, 1, 1)
    return F.interpolate(2 * shares.clamp(0, 1) - 1, scale_factor=scale, mode="bicubic").clamp(-1, 1)


def train_meter(work: Path, pool: str, stage: Stage, batch: int, vae_stage: str, crew: Crew) -> None:
    """Train the meter; quality and year are read from unworn pictures too, since they are looks."""
    pools = load_pools(work / pool)
    latents = load_latents(pools)
    wanted = [answer_numbers(chosen.subjects) for chosen in pools]
    vae = load_vae(work, vae_stage)
    torch.manual_seed(0)
    meter = Meter()

    def loss(step: int, rng: random.Random) -> torch.Tensor:
        bucket = pick_pool(pools, rng)
        rows = [rng.randrange(len(pools[bucket])) for _ in range(batch)]
        pictures = wear(pools[bucket].batch(rows), latents[bucket][rows], vae, rng)
        return meter_loss(
            meter, pictures, {family: numbers[rows] for family, numbers in wanted[bucket].items()}
        )

    run_stage(stage, {"meter": meter}, loss, work, crew)


def train_rating(work: Path, pool: str, stage: Stage, batch: int, vae_stage: str, crew: Crew) -> None:
    """Train the rating classifier on the four ratings evenly.

    A third of its pictures are of a denoiser in two minds, half of them as previews show them; three in five
    are overdone.
    """
    pools = load_pools(work / pool)
    latents = load_latents(pools)
    vae = load_vae(work, vae_stage)
    colours = preview_map(pools, latents)
    third = max(2, batch // 3)
    decoded = third // 2
    torch.manual_seed(0)
    net = RatingNet()
    rated = [
        [[row for row, one in enumerate(chosen.subjects) if one.rating == label] for label in LABELS]
        for chosen in pools
    ]

    def loss(step: int, rng: random.Random) -> torch.Tensor:
        bucket = pick_pool(pools, rng)
        # A small pool has no picture of some ratings.
        chances = [share if rows else 0 for share, rows in zip((4, 2, 2, 2), rated[bucket], strict=True)]
        numbers = rng.choices(range(len(LABELS)), chances, k=batch)
        rows = [rng.choice(rated[bucket][number]) for number in numbers]
        seen = latents[bucket][rows]
        pictures = wear(pools[bucket].batch(rows), seen, vae, rng)
        general = rng.choices(rated[bucket][0] or rows, k=third)
        confused = mingle(seen[:third], latents[bucket][general])
        with torch.no_grad():
            pictures[:decoded] = vae.decode(confused[:decoded]).sample
        pictures[decoded:third] = preview(confused[decoded:], colours)
        if rng.random() < 0.6:
            pictures = overdo(pictures, rng)
        return F.cross_entropy(net(fit(pictures)), torch.tensor(numbers))

    run_stage(stage, {"rating": net}, loss, work, crew)
