"""The rating classifier: a tiny CNN from a picture to general, sensitive, questionable or explicit."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from bot.chibi import palette
from bot.chibi.train_loop import write_atomically

SIDE = 128
"""Pixels of its square input; pictures are stretched to it."""

LABELS = palette.RATINGS


class RatingNet(nn.Module):
    """Reads pictures (N, 3, SIDE, SIDE) in -1..1 and returns logits (N, 4)."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 12, 24, 40, 64, 64)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in itertools.pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(4, width) for width in widths[1:])
        self.hidden = nn.Linear(2 * widths[-1], 48)
        self.head = nn.Linear(48, len(LABELS))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        seen = pictures
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            seen = F.silu(norm(convolution(seen)))
        features = torch.cat([seen.amax(dim=(2, 3)), seen.mean(dim=(2, 3))], dim=1)
        logits: torch.Tensor = self.head(F.silu(self.hidden(features)))
        return logits


class _Shares(nn.Module):
    def __init__(self, net: RatingNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        shares: torch.Tensor = self.net(pictures).softmax(1)
        return shares


def fit(pictures: torch.Tensor) -> torch.Tensor:
    """Return pictures (N, 3, H, W) stretched to the classifier's square."""
    return F.interpolate(pictures, (SIDE, SIDE), mode="bilinear", antialias=True)


def export_onnx(net: RatingNet, folder: Path) -> None:
    """Write `model.onnx` (`input` NCHW float32 in -1..1 to `output`, shares) and `meta.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    torch.onnx.export(
        _Shares(net).eval(),
        (torch.zeros(2, 3, SIDE, SIDE),),
        path,
        input_names=["input"],
        output_names=["output"],
        dynamic_shapes={"pictures": {0: torch.export.Dim("batch", min=1, max=64)}},
        external_data=False,
    )
    path.chmod(0o644)
    meta = {
        "name": "chibi-rating",
        "labels": list(LABELS),
        "input": "input",
        "output": "output",
        "size": SIDE,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
    }
    write_atomically(folder / "meta.json", (json.dumps(meta, indent=2) + "\n").encode())
