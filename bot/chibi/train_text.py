"""Teaches the text encoders to recover a caption's tags, before the denoiser ever reads them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from bot.chibi import tokenizer
from bot.chibi.captions import CARD_NEGATIVE, GUARD, JUNK, caption, negative_caption
from bot.chibi.data import draw_subject, training_caption
from bot.chibi.text import HIDDEN, POOLED, TextEncoders
from bot.chibi.train_loop import Crew, Stage, run_stage
from bot.chibi.words import COMMON_WORDS

SCALE_WEIGHT = 0.02
"""Keeps the text's spread near one; left alone it grows to twelve, which the UNet then has to undo."""


def make_tokenizer(work: Path) -> Path:
    """Learn the tokenizer from many captions, the card's words and common tags; return its folder."""
    folder = work / "tokenizer"
    if not (folder / "merges.txt").exists():
        rng = random.Random("tokenizer")
        captions = [caption(draw_subject(f"tokenizer:{index}")[0], rng) for index in range(20000)]
        tokenizer.save(
            [*captions, *([", ".join((*CARD_NEGATIVE, *GUARD, *JUNK))] * 100), COMMON_WORDS], folder
        )
    return folder


def common_tags() -> list[str]:
    """Return every tag that captions name often, in alphabetical order."""
    rng = random.Random("tags")
    counts: Counter[str] = Counter()
    for index in range(10000):
        subject, negative = draw_subject(f"tags:{index}")
        text = negative_caption(subject, rng) if negative else caption(subject, rng)
        counts.update(text.split(", "))
    return sorted(tag for tag, count in counts.items() if count >= 20)


class TagReader(nn.Module):
    """Linear readings of the tags from the pooled text and from the mean of the text's positions."""

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.pooled = nn.Linear(POOLED, tags)
        self.mean = nn.Linear(2 * HIDDEN, tags)

    def forward(self, text: torch.Tensor, pooled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return two sets of logits (N, tags)."""
        return self.pooled(pooled), self.mean(text.mean(1))


def reading_loss(
    reader: TagReader,
    tags: Mapping[str, int],
    captions: Sequence[str],
    text: torch.Tensor,
    pooled: torch.Tensor,
) -> torch.Tensor:
    """Return how far the encoded captions are from naming their tags, in nats a caption and reading."""
    wanted = torch.zeros(len(captions), len(tags))
    for row, words in enumerate(captions):
        for word in words.split(", "):
            if word in tags:
                wanted[row, tags[word]] = 1
    losses = [
        F.binary_cross_entropy_with_logits(logits, wanted, reduction="sum") / len(captions)
        for logits in reader(text, pooled)
    ]
    return torch.stack(losses).sum()


def numbered_tags() -> dict[str, int]:
    """Return the tags that a `TagReader` reads, each with its number."""
    return {tag: number for number, tag in enumerate(common_tags())}


def train_text(work: Path, stage: Stage, batch: int, crew: Crew) -> None:
    """Train the encoders on captions alone and leave them in the stage's folder."""
    torch.manual_seed(0)
    encoders = TextEncoders(tokenizer.load(work / "tokenizer"))
    tags = numbered_tags()
    reader = TagReader(len(tags))

    def loss(step: int, rng: random.Random) -> torch.Tensor:
        captions = [training_caption(*draw_subject(str(rng.getrandbits(60))), rng) for _ in range(batch)]
        text, pooled = encoders(captions)
        spread: torch.Tensor = (text.square().mean(dim=(0, 1)) - 1).square().mean()
        spread = spread + (pooled.square().mean(0) - 1).square().mean()
        return SCALE_WEIGHT * spread + reading_loss(reader, tags, captions, text, pooled)

    run_stage(stage, {"encoders": encoders, "reader": reader}, loss, work, crew)
