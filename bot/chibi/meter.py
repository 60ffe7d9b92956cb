"""A small CNN that reads a drawing's tags back, to measure what generated pictures show."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from bot.chibi import palette
from bot.chibi.subject import Subject

FAMILIES: dict[str, tuple[str, ...]] = {
    "subject": ("1girl", "1boy", "no humans"),
    "hair colour": tuple(palette.HAIR),
    "hair style": palette.HAIR_STYLES,
    "eyes": (*palette.EYES, "closed eyes"),
    "mouth": palette.MOUTHS,
    "glasses": ("", "glasses"),
    "cat ears": ("", "cat ears"),
    "headwear": ("", *palette.HATS, *palette.ORNAMENTS),
    "clothes": palette.CLOTHES,
    "clothes' colour": tuple(palette.CLOTHES_COLOURS),
    "background": palette.BACKGROUNDS,
    "rating": palette.RATINGS,
    "quality": palette.QUALITIES,
    "year": palette.YEARS,
}
"""What it reads: each family with its answers, "" standing for absence."""

UNKNOWN = -100
"""The answer's number where a picture does not show a family."""

_FINE = ("subject", "eyes", "mouth")
"""Families that a few pixels tell apart; their errors count three times."""

_WIDTHS, _STRIDES, _GRID, _NARROW, _HIDDEN = (3, 24, 48, 64, 96, 96), (2, 2, 1, 2, 1), (10, 7), 32, 192


def answers(subject: Subject) -> dict[str, str]:
    """Return what a drawing of the subject shows, family by family; families it hides are left out."""
    found = {
        "background": subject.background,
        "rating": subject.rating,
        "quality": subject.quality,
        "year": subject.year,
    }
    if subject.rating in ("questionable", "explicit"):
        return found
    found["subject"] = subject.subject
    if subject.subject == "no humans":
        return found
    found |= {
        "hair colour": subject.hair_colour,
        "hair style": subject.hair_style,
        "eyes": subject.eye_colour,
        "mouth": subject.mouth,
        "glasses": "glasses" if subject.glasses else "",
        "cat ears": "cat ears" if subject.cat_ears else "",
        "headwear": subject.headwear or "",
        "clothes": subject.clothes,
    }
    if subject.clothes_colour:
        found["clothes' colour"] = subject.clothes_colour
    return found


def answer_numbers(subjects: Sequence[Subject]) -> dict[str, torch.Tensor]:
    """Return each family's answer numbers (N,), `UNKNOWN` where hidden."""
    shown = [answers(subject) for subject in subjects]
    return {
        family: torch.tensor([words.index(one[family]) if family in one else UNKNOWN for one in shown])
        for family, words in FAMILIES.items()
    }


class Meter(nn.Module):
    """Reads pictures (N, 3, H, W) in -1..1 of any of the nine small sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride, padding=1, bias=False)
            for (before, after), stride in zip(itertools.pairwise(_WIDTHS), _STRIDES, strict=True)
        )
        # Norms over the batch, not over a picture: those would wash out the very colours to be told apart.
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in _WIDTHS[1:])
        self.narrow = nn.Sequential(
            nn.Conv2d(_WIDTHS[-1], _NARROW, 1, bias=False), nn.BatchNorm2d(_NARROW), nn.ReLU()
        )
        self.hidden = nn.Sequential(
            nn.Linear(_NARROW * _GRID[0] * _GRID[1], _HIDDEN), nn.BatchNorm1d(_HIDDEN), nn.ReLU()
        )
        self.heads = nn.ModuleDict(
            {family: nn.Linear(_HIDDEN, len(words)) for family, words in FAMILIES.items()}
        )

    def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return logits (N, answers) for every family."""
        seen = pictures
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            seen = F.relu(norm(convolution(seen)))
        seen = self.hidden(F.adaptive_avg_pool2d(self.narrow(seen), _GRID).flatten(1))
        return {family: head(seen) for family, head in self.heads.items()}

    @torch.inference_mode()
    def read(self, pictures: torch.Tensor) -> list[dict[str, str]]:
        """Return the likeliest answer of every family for each picture."""
        chosen = {family: logits.argmax(1).tolist() for family, logits in self(pictures).items()}
        return [
            {family: FAMILIES[family][numbers[row]] for family, numbers in chosen.items()}
            for row in range(len(pictures))
        ]

    @torch.inference_mode()
    def grade(self, pictures: torch.Tensor, family: str) -> torch.Tensor:
        """Return the expected place (N,) on an ordered family: quality (0 best) or year (0 newest)."""
        shares: torch.Tensor = self(pictures)[family].softmax(1)
        return shares @ torch.arange(shares.shape[1], dtype=shares.dtype)


def meter_loss(meter: Meter, pictures: torch.Tensor, wanted: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the weighted sum of the cross entropies of the families that the pictures show."""
    losses = [
        F.cross_entropy(logits, wanted[family], ignore_index=UNKNOWN) * (3.0 if family in _FINE else 1.0)
        for family, logits in meter(pictures).items()
        if bool((wanted[family] != UNKNOWN).any())
    ]
    return torch.stack(losses).sum()


def load_meter(path: Path) -> Meter:
    """Return the shipped meter."""
    meter = Meter()
    meter.load_state_dict(load_file(path))
    return meter.eval()
