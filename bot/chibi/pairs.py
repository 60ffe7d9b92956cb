"""Drawings at two sizes on disk: small as the model paints them, and the same drawn four times as large."""

from __future__ import annotations

import json
import multiprocessing
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from bot.chibi import palette
from bot.chibi.data import BUCKETS, Size
from bot.chibi.draw import draw
from bot.chibi.subject import Subject, random_subject
from bot.chibi.train_loop import write_atomically
from bot.chibi.upscaler import FACTOR

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

WORN = 3
"""Small pictures of each drawing: as drawn, after the autoencoder, after it with noise on the latents."""
_NOISE = 0.35
_SPOILT = ("low quality", "worst quality")


def clean_subject(key: str) -> Subject:
    """Return a random subject whose picture has no defects: those are no larger in a larger drawing."""
    rng = random.Random(key)
    found = random_subject(rng)
    quality = rng.choice(palette.QUALITIES[:5]) if found.quality in _SPOILT else found.quality
    extras = tuple(word for word in found.extras if word not in palette.DEFECTS)
    return replace(found, quality=quality, extras=extras)


def draw_pair(key: str, size: Size) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the same drawing (uint8, height x width x 3) small and `FACTOR` times as large."""
    subject, (width, height) = clean_subject(key), size
    small = draw(subject, width, height, random.Random(key + ":drawing"))
    large = draw(subject, FACTOR * width, FACTOR * height, random.Random(key + ":drawing"))
    return np.asarray(small), np.asarray(large)


class Pairs:
    """The pairs of one size: `small` uint8 (N, WORN, h, w, 3) and `large` uint8 (N, H, W, 3), memory maps."""

    def __init__(self, folder: Path, size: Size) -> None:
        name = f"{size[0]}x{size[1]}"
        self.size = size
        self.small: NDArray[np.uint8] = np.load(folder / f"small-{name}.npy", mmap_mode="r")
        self.large: NDArray[np.uint8] = np.load(folder / f"large-{name}.npy", mmap_mode="r")

    def crops(self, count: int, side: int, rng: random.Random) -> tuple[torch.Tensor, torch.Tensor]:
        """Return random crops in 0..1: (count, 3, side, side) and the same `FACTOR` times as large."""
        width, height = self.size
        smalls, larges = [], []
        for _ in range(count):
            row, worn = rng.randrange(len(self.small)), rng.randrange(WORN)
            left, top = rng.randint(0, width - side), rng.randint(0, height - side)
            small = self.small[row, worn, top : top + side, left : left + side]
            down, across = (
                slice(FACTOR * top, FACTOR * (top + side)),
                slice(FACTOR * left, FACTOR * (left + side)),
            )
            large = self.large[row, down, across]
            flip = -1 if rng.random() < 0.5 else 1
            smalls.append(np.ascontiguousarray(small[:, ::flip]))
            larges.append(np.ascontiguousarray(large[:, ::flip]))
        return _shares(smalls), _shares(larges)


def _shares(pictures: list[NDArray[np.uint8]]) -> torch.Tensor:
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float().div_(255)


def draw_pairs(folder: Path, count: int, seed: str, vae: AutoencoderKL, workers: int) -> None:
    """Draw about `count` pairs over all sizes and wear the small ones, unless the folder holds them."""
    done = folder / "done.json"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    jobs = []
    for size, share in BUCKETS.items():
        (width, height), number = size, max(2, count * share // 100)
        _new(folder / f"small-{width}x{height}.npy", (number, WORN, height, width, 3))
        _new(folder / f"large-{width}x{height}.npy", (number, FACTOR * height, FACTOR * width, 3))
        jobs += [(folder, size, number, seed, first, workers) for first in range(workers)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.map(_draw_some, jobs, chunksize=1)
    for size in BUCKETS:
        _wear(folder / f"small-{size[0]}x{size[1]}.npy", vae)
    write_atomically(done, json.dumps({"count": count, "seed": seed}).encode())


def load_pairs(folder: Path) -> list[Pairs]:
    """Return every size's pairs, in the order of `BUCKETS`."""
    return [Pairs(folder, size) for size in BUCKETS]


def _new(path: Path, shape: tuple[int, ...]) -> None:
    np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape).flush()


def _draw_some(job: tuple[Path, Size, int, str, int, int]) -> None:
    folder, (width, height), count, seed, first, stride = job
    smalls = np.lib.format.open_memmap(folder / f"small-{width}x{height}.npy", mode="r+")
    larges = np.lib.format.open_memmap(folder / f"large-{width}x{height}.npy", mode="r+")
    for index in range(first, count, stride):
        smalls[index, 0], larges[index] = draw_pair(f"{seed}:{width}x{height}:{index}", (width, height))
    smalls.flush()
    larges.flush()


@torch.inference_mode()
def _wear(path: Path, vae: AutoencoderKL) -> None:
    """Fill in what the autoencoder makes of each small picture; the denoiser leaves noise behind as well."""
    smalls = np.lib.format.open_memmap(path, mode="r+")
    torch.manual_seed(0)
    for row in smalls:
        picture = torch.from_numpy(row[0].copy()).permute(2, 0, 1)[None].float().div(127.5).sub(1)
        latents = vae.encode(picture).latent_dist.mode()
        noise = _NOISE * torch.rand(()) * latents.std() * torch.randn_like(latents)
        for worn, chosen in ((1, latents), (2, latents + noise)):
            made = vae.decode(chosen).sample.add(1).mul(127.5).clamp(0, 255).round().byte()
            row[worn] = made[0].permute(1, 2, 0).numpy()
    smalls.flush()
