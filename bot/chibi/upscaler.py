"""The upscaler: a tiny network of the kind of Real-ESRGAN's anime models, for a factor of four."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

FACTOR = 4
_WIDTH, _DEPTH = 32, 6


class Upscaler(nn.Module):
    """Reads pictures (N, 3, H, W) in 0..1 and returns them `FACTOR` times as wide and high.

    The compact network of Real-ESRGAN (Wang et al. 2021, arXiv 2107.10833): convolutions with PReLU at the
    small size, then one that makes all the pixels of each block, added to the enlarged picture. Its layers
    have the published weights' names (`body.0`, ...), so that whatever runs those runs these.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, _WIDTH, 3, padding=1), nn.PReLU(_WIDTH)]
        for _ in range(_DEPTH):
            layers += [nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1), nn.PReLU(_WIDTH)]
        layers.append(nn.Conv2d(_WIDTH, 3 * FACTOR**2, 3, padding=1))
        self.body = nn.ModuleList(layers)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        seen = pictures
        for layer in self.body:
            seen = layer(seen)
        return F.pixel_shuffle(seen, FACTOR) + F.interpolate(pictures, scale_factor=FACTOR, mode="nearest")


def save_upscaler(net: Upscaler, path: Path) -> None:
    """Write the weights as float16 safetensors under the published names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({key: value.half().contiguous() for key, value in net.state_dict().items()}, path)
    path.chmod(0o644)
