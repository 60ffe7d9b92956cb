"""Trains the autoencoder: on crops, on whole pictures, and its decoder alone at the end."""

from __future__ import annotations

import random
from pathlib import Path

import torch

from bot.chibi.data import Pool, load_pools, pick_pool
from bot.chibi.train_loop import Crew, Stage, final_file, load_weights, run_stage
from bot.chibi.vae import autoencoder_loss, build_vae, decoder_loss

CROP = 64


def _crops(pool: Pool, count: int, rng: random.Random) -> torch.Tensor:
    pictures = pool.batch([rng.randrange(len(pool)) for _ in range(count)])
    width, height = pool.size
    crops = []
    for picture in pictures:
        left, top = rng.randint(0, width - CROP), rng.randint(0, height - CROP)
        crops.append(picture[:, top : top + CROP, left : left + CROP])
    return torch.stack(crops)


def train_vae(work: Path, pool: str, stage: Stage, batch: int, whole: bool, start: str, crew: Crew) -> None:
    """Train both halves; `whole` takes whole pictures, else crops; `start` names an earlier stage."""
    pools = load_pools(work / pool)
    torch.manual_seed(0)
    vae = build_vae()
    if start:
        load_weights(vae, final_file(work, start, "vae"))

    def loss(step: int, rng: random.Random) -> torch.Tensor:
        chosen = pools[pick_pool(pools, rng)]
        if not whole:
            return autoencoder_loss(
                vae, _crops(chosen, batch, rng), edges=0.0 if step < 400 and not start else 0.5
            )
        return autoencoder_loss(
            vae, chosen.batch([rng.randrange(len(chosen)) for _ in range(batch)]), edges=0.5
        )

    run_stage(stage, {"vae": vae}, loss, work, crew)


def train_decoder(work: Path, pool: str, stage: Stage, batch: int, start: str, crew: Crew) -> None:
    """Train the decoder alone, so that the latents that the denoiser learnt stay as they are."""
    pools = load_pools(work / pool)
    vae = build_vae()
    load_weights(vae, final_file(work, start, "vae"))
    vae.encoder.requires_grad_(False)
    vae.quant_conv.requires_grad_(False)

    def loss(step: int, rng: random.Random) -> torch.Tensor:
        chosen = pools[pick_pool(pools, rng)]
        pictures = chosen.batch([rng.randrange(len(chosen)) for _ in range(batch)])
        return decoder_loss(vae, pictures, edges=0.5, noise=0.05)

    run_stage(stage, {"vae": vae}, loss, work, crew)
