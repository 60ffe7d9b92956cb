"""The two networks of Real-ESRGAN's models, with the published names; sizes come from the weights."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

from bot.core.errors import ModelError

Weights = Mapping[str, torch.Tensor]

_PREFIXES = ("params_ema.", "params.")
"""What the training programs put before every name."""
_SLOPE, _SHARE = 0.2, 0.2
"""The paper's slope of the leaky rectifiers and share of each residual (arXiv 1809.00219, section 3.1)."""
_CHANNELS = 3


def _weights_of(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters() if weight.dim() == 4)


class CompactNet(nn.Module):
    """All convolutions at the small size, then the pixels of each block at once (arXiv 2107.10833).

    Pictures (N, 3, H, W) in 0..1 to (N, 3, factor * H, factor * W).
    """

    def __init__(self, width: int, depth: int, factor: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(_CHANNELS, width, 3, padding=1), nn.PReLU(width)]
        for _ in range(depth):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.PReLU(width)]
        layers.append(nn.Conv2d(width, _CHANNELS * factor**2, 3, padding=1))
        self.body = nn.ModuleList(layers)
        self.factor = factor
        self.reach = depth + 2
        self.work = _weights_of(self)
        """Multiplications for each pixel."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        seen = pictures
        for layer in self.body:
            seen = layer(seen)
        enlarged = F.interpolate(pictures, scale_factor=self.factor, mode="nearest")
        return F.pixel_shuffle(seen, self.factor) + enlarged


class _Dense(nn.Module):
    """Five convolutions, each reading everything before it."""

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        for number in range(1, 6):
            made = width if number == 5 else growth
            layer = nn.Conv2d(width + (number - 1) * growth, made, 3, padding=1)
            self.add_module(f"conv{number}", layer)

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        known = [seen]
        for number in range(1, 5):
            layer = self.get_submodule(f"conv{number}")
            known.append(F.leaky_relu(layer(torch.cat(known, 1)), _SLOPE))
        last: torch.Tensor = self.get_submodule("conv5")(torch.cat(known, 1))
        return last * _SHARE + seen


class _Block(nn.Module):
    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (_Dense(width, growth) for _ in range(3))

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.rdb3(self.rdb2(self.rdb1(seen)))
        return made * _SHARE + seen


class ResidualNet(nn.Module):
    """Residual blocks of dense ones, then twice as large, twice (arXiv 1809.00219).

    ``folded`` is the side of the blocks of pixels that are folded into channels first: 1 for a factor of
    four, 2 for two, 4 for one.
    """

    def __init__(self, width: int, growth: int, blocks: int, folded: int) -> None:
        super().__init__()
        self.conv_first = nn.Conv2d(_CHANNELS * folded**2, width, 3, padding=1)
        self.body = nn.Sequential(*(_Block(width, growth) for _ in range(blocks)))
        for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
            self.add_module(name, nn.Conv2d(width, width, 3, padding=1))
        self.conv_last = nn.Conv2d(width, _CHANNELS, 3, padding=1)
        self.folded = folded
        self.factor = 4 // folded
        self.reach = 16
        """Pixels of context a tile gets: the true reach is far wider, its weight there nearly nothing."""
        late = _weights_of(self.get_submodule("conv_up1"))
        early = _weights_of(self.conv_first) + _weights_of(self.body) + late
        self.work = (early + 4 * late + 16 * (2 * late + _weights_of(self.conv_last))) / folded**2
        """Multiplications for each pixel: the last layers work at twice and four times the size."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        height, width = pictures.shape[-2:]
        seen = self.conv_first(self._fold(pictures))
        seen = seen + self.get_submodule("conv_body")(self.body(seen))
        for name in ("conv_up1", "conv_up2"):
            seen = F.interpolate(seen, scale_factor=2, mode="nearest")
            seen = F.leaky_relu(self.get_submodule(name)(seen), _SLOPE)
        seen = self.conv_last(F.leaky_relu(self.get_submodule("conv_hr")(seen), _SLOPE))
        large: torch.Tensor = seen[..., : height * self.factor, : width * self.factor]
        return large

    def _fold(self, pictures: torch.Tensor) -> torch.Tensor:
        if self.folded == 1:
            return pictures
        height, width = pictures.shape[-2:]
        padded = F.pad(pictures, (0, -width % self.folded, 0, -height % self.folded), mode="replicate")
        return F.pixel_unshuffle(padded, self.folded)


Net = CompactNet | ResidualNet


def net_of(weights: Weights, name: str) -> Net:
    """The network that weights of a published upscaler are for, loaded with them.

    ``name`` is told in errors. Raises ModelError for weights of anything else, of odd sizes, or not finite.
    """
    plain = {_without_prefix(key): tensor.float() for key, tensor in weights.items()}
    try:
        net = _residual(plain) if "conv_first.weight" in plain else _compact(plain)
        net.load_state_dict(plain)
    except (KeyError, IndexError, ValueError, RuntimeError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"{name} is not an upscaler that can be used ({why}); it must be a .safetensors file of "
            "Real-ESRGAN's RRDB or compact network."
        ) from None
    if not all(bool(tensor.isfinite().all()) for tensor in plain.values()):
        raise ModelError(f"{name} holds numbers that are not finite, so it cannot enlarge anything.")
    return net.eval()


def _without_prefix(key: str) -> str:
    for prefix in _PREFIXES:
        key = key.removeprefix(prefix)
    return key


def _compact(weights: Weights) -> CompactNet:
    numbers = {int(key.split(".")[1]) for key in weights if key.startswith("body.")}
    last = max(numbers)
    width = weights["body.0.weight"].shape[0]
    made = weights[f"body.{last}.weight"].shape[0]
    factor = math.isqrt(made // _CHANNELS)
    if _CHANNELS * factor**2 != made or factor < 2 or last % 2:
        raise ValueError(f"{made} channels at its end")
    return CompactNet(width, last // 2 - 1, factor)


def _residual(weights: Weights) -> ResidualNet:
    first = weights["conv_first.weight"]
    folded = math.isqrt(first.shape[1] // _CHANNELS)
    if _CHANNELS * folded**2 != first.shape[1] or folded not in (1, 2):
        raise ValueError(f"{first.shape[1]} channels at its beginning")
    blocks = 1 + max(int(key.split(".")[1]) for key in weights if key.startswith("body."))
    growth = weights["body.0.rdb1.conv1.weight"].shape[0]
    return ResidualNet(first.shape[0], growth, blocks, folded)
