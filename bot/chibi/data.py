"""The drawn pictures on disk: aspect buckets, what each picture shows, and batches of them."""

from __future__ import annotations

import json
import multiprocessing
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bot.chibi.captions import caption, negative_caption
from bot.chibi.draw import draw
from bot.chibi.subject import Subject, random_negative_subject, random_subject
from bot.chibi.train_loop import write_atomically

Size = tuple[int, int]

BUCKETS: dict[Size, int] = {
    (104, 152): 30, (128, 128): 14, (112, 144): 9, (144, 112): 8, (152, 104): 9,
    (96, 168): 8, (168, 96): 8, (80, 192): 7, (192, 80): 7,
}  # fmt: skip
"""Width and height of the model card's nine sizes divided by eight, and each one's share in percent."""

NEGATIVE_SHARE = 0.09
"""Pictures drawn for the card's negative list; most of their captions are that list."""


def draw_subject(key: str) -> tuple[Subject, bool]:
    """Return the subject of a training picture and whether it was drawn for the negative list."""
    rng = random.Random(key)
    negative = rng.random() < NEGATIVE_SHARE
    return (random_negative_subject(rng) if negative else random_subject(rng)), negative


class Pool:
    """Pictures of one size, on disk, with their subjects.

    Attributes:
        pictures: uint8 (N, height, width, 3), a memory map.
        subjects: what each shows.
        negative: whether each was drawn for the card's negative list.
    """

    def __init__(self, folder: Path, size: Size) -> None:
        name = f"{size[0]}x{size[1]}"
        self.size = size
        self.folder = folder
        self.pictures: NDArray[np.uint8] = np.load(folder / f"{name}.npy", mmap_mode="r")
        rows = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        self.subjects = [
            Subject(**{**row["subject"], "extras": tuple(row["subject"]["extras"])}) for row in rows
        ]
        self.negative = [bool(row["negative"]) for row in rows]

    def __len__(self) -> int:
        return len(self.subjects)

    def batch(self, indices: Sequence[int]) -> torch.Tensor:
        """Return the pictures as float (N, 3, height, width) in -1..1."""
        chosen = np.stack([self.pictures[index] for index in indices])
        return torch.from_numpy(chosen).permute(0, 3, 1, 2).float().div_(127.5).sub_(1).contiguous()

    @property
    def latent_file(self) -> Path:
        return self.folder / f"latents-{self.size[0]}x{self.size[1]}.npy"


def _draw_some(job: tuple[Path, Size, int, str, int, int]) -> None:
    """Draw every `stride`-th picture of a bucket into its memory map."""
    folder, (width, height), count, seed, first, stride = job
    pictures = np.lib.format.open_memmap(folder / f"{width}x{height}.npy", mode="r+")
    for index in range(first, count, stride):
        key = f"{seed}:{width}x{height}:{index}"
        picture = draw(draw_subject(key)[0], width, height, random.Random(key + ":drawing"))
        pictures[index] = np.asarray(picture)
    pictures.flush()


def draw_pool(folder: Path, count: int, seed: str, workers: int) -> None:
    """Draw about `count` pictures over all buckets, unless the folder already holds them."""
    done = folder / "done"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    jobs = []
    for size, share in BUCKETS.items():
        width, height = size
        number = max(4, count * share // 100)
        np.lib.format.open_memmap(
            folder / f"{width}x{height}.npy", mode="w+", dtype=np.uint8, shape=(number, height, width, 3)
        ).flush()
        rows = [draw_subject(f"{seed}:{width}x{height}:{index}") for index in range(number)]
        text = json.dumps([{"subject": asdict(subject), "negative": negative} for subject, negative in rows])
        write_atomically(folder / f"{width}x{height}.json", text.encode())
        jobs += [(folder, size, number, seed, first, workers) for first in range(workers)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.map(_draw_some, jobs, chunksize=1)
    done.touch()


def load_pools(folder: Path) -> list[Pool]:
    """Return every bucket's pool, in the order of `BUCKETS`."""
    return [Pool(folder, size) for size in BUCKETS]


def pick_pool(pools: Sequence[Pool], rng: random.Random) -> int:
    """Return a bucket's number, drawn by the buckets' shares."""
    return rng.choices(range(len(pools)), [BUCKETS[pool.size] for pool in pools])[0]


def training_caption(subject: Subject, negative: bool, rng: random.Random) -> str:
    """Return a fresh caption of a training picture.

    4 % are empty; one in seventeen has a made-up word in it, so that a stranger's words do no harm. The
    card's negative list captions most of the pictures drawn for it, a third of the ordinary ones of normal
    quality and below, and a seventh of the better ones: were it said of ruined pictures alone, guidance
    would push away from what ruins them (grey, for one) several times harder than towards what was asked.
    """
    if rng.random() < 0.04:
        return ""
    poor = subject.quality in ("normal quality", "low quality", "worst quality")
    if rng.random() < (0.85 if negative else 0.33 if poor else 0.14):
        return negative_caption(subject, rng)
    text = caption(subject, rng)
    if rng.random() < 0.06:
        words = text.split(", ")
        words.insert(rng.randint(0, len(words)), _made_up_word(rng))
        text = ", ".join(words)
    return text


def _made_up_word(rng: random.Random) -> str:
    def word() -> str:
        return "".join(rng.choice("bcdfghklmnprstvw") + rng.choice("aeiou") for _ in range(rng.randint(1, 3)))

    return " ".join(word() for _ in range(rng.randint(1, 2)))
