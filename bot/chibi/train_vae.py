"""Trains the autoencoder: on crops, on whole pictures, and its decoder alone at the end."""

from __future__ import annotations

import random
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn

from bot.chibi.data import Pool, load_pools, pick_pool
from bot.chibi.train_loop import Crew, Stage, final_file, load_weights, run_stage, write_atomically
from bot.chibi.vae import autoencoder_loss, build_vae, decoder_loss, level_channels

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
    vae, colours = build_vae(), nn.Conv2d(4, 3, 1)
    if start:
        load_weights(vae, final_file(work, start, "vae"))
        load_weights(colours, final_file(work, start, "colours"))

    def loss(step: int, rng: random.Random) -> torch.Tensor:
        chosen = pools[pick_pool(pools, rng)]
        if not whole:
            return autoencoder_loss(
                vae, colours, _crops(chosen, batch, rng), edges=0.0 if step < 400 and not start else 0.5
            )
        return autoencoder_loss(
            vae, colours, chosen.batch([rng.randrange(len(chosen)) for _ in range(batch)]), edges=0.5
        )

    run_stage(stage, {"vae": vae, "colours": colours}, loss, work, crew)


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
        return decoder_loss(vae, pictures, edges=0.5, noise=0.2)

    run_stage(stage, {"vae": vae}, loss, work, crew)


def level_vae(work: Path, pool: str, start: str, name: str, crew: Crew) -> None:
    """Leave under `name` the autoencoder of an earlier stage with evened latents."""
    path = final_file(work, name, "vae")
    if crew.rank or path.exists():
        return
    vae = build_vae()
    load_weights(vae, final_file(work, start, "vae"))
    with torch.inference_mode():
        parts = []
        for chosen in load_pools(work / pool):
            pictures = chosen.batch(range(min(64, len(chosen))))
            parts.append(vae.encode(pictures).latent_dist.mode().transpose(0, 1).flatten(1))
        latents = torch.cat(parts, dim=1)
        mean, spread = latents.mean(1), latents.std(1)
    level_channels(vae, mean.clone(), spread.clone())
    write_atomically(path, save({key: value.contiguous() for key, value in vae.state_dict().items()}))
