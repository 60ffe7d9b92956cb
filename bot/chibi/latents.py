"""Encodes the drawn pictures once, and measures how latents show as colours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F

from bot.chibi.data import Pool, load_pools
from bot.chibi.train_loop import Crew, final_file, load_weights, write_atomically
from bot.chibi.vae import build_vae

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

_AT_ONCE = 32


def encode_pools(work: Path, pool: str, stage: str, crew: Crew) -> None:
    """Write the latents (float32, N x 4 x h x w, as the denoiser takes them) beside each pool."""
    vae = build_vae()
    load_weights(vae, final_file(work, stage, "vae"))
    vae.eval()
    for number, chosen in enumerate(load_pools(work / pool)):
        if number % crew.size == crew.rank and not chosen.latent_file.exists():
            _encode_pool(vae, chosen)


@torch.inference_mode()
def _encode_pool(vae: AutoencoderKL, pool: Pool) -> None:
    parts = []
    for first in range(0, len(pool), _AT_ONCE):
        pictures = pool.batch(range(first, min(first + _AT_ONCE, len(pool))))
        parts.append(vae.encode(pictures).latent_dist.mode().numpy())
    partial = pool.latent_file.with_suffix(".partial.npy")
    np.save(partial, np.concatenate(parts))
    partial.replace(pool.latent_file)


def load_latents(pools: Sequence[Pool]) -> list[torch.Tensor]:
    """Return each bucket's latents (N, 4, h, w), as the denoiser takes them."""
    return [torch.from_numpy(np.load(pool.latent_file)) for pool in pools]


def preview_map(pools: Sequence[Pool], latents: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the least-squares map (5, 3) from the denoiser's four channels, and 1, to RGB in 0..1."""
    rows, colours = [], []
    for pool, part in zip(pools, latents, strict=True):
        chosen = range(min(200, len(pool)))
        small = F.avg_pool2d((pool.batch(chosen) + 1) / 2, 8)
        rows.append(part[: len(chosen)].permute(0, 2, 3, 1).reshape(-1, 4))
        colours.append(small.permute(0, 2, 3, 1).reshape(-1, 3))
    known = torch.cat(rows)
    ones = torch.ones(len(known), 1)
    solution: torch.Tensor = torch.linalg.lstsq(torch.cat([known, ones], dim=1), torch.cat(colours)).solution
    return solution


def fit_preview(pools: Sequence[Pool], latents: Sequence[torch.Tensor], path: Path) -> None:
    """Write the preview's map: `weights` (4 rows of red, green, blue) and `bias` (red, green, blue)."""
    numbers = [[round(float(value), 5) for value in row] for row in preview_map(pools, latents)]
    write_atomically(path, json.dumps({"weights": numbers[:4], "bias": numbers[4]}).encode())
