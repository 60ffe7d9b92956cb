"""Enlarging finished pictures by a network made for drawings, tile by tile; worker side only."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file

from bot.core.errors import ModelError
from bot.engine import layout, lock
from bot.engine.models import PICKLES
from bot.engine.upscale_nets import Net, net_of

log = logging.getLogger(__name__)

TILE = 256
"""Pixels a side, before enlarging, that are done at once: the six-block network takes about 0.4 GB for it in
half precision."""


CPU_WORK = 2.5e11
"""Multiplications that a processor is asked for at a time: some seconds on one thread (Real-ESRGAN's compact
model took 16 s for 6.3e11), since a worker that says nothing for longer is taken for dead."""


class Upscaler:
    """One network on a device; ``name`` is what receipts call it."""

    def __init__(
        self, net: Net, name: str, device: torch.device, tile: int = TILE, most: float | None = None
    ) -> None:
        """``most`` bounds the work of one picture; None takes what suits the device."""
        self._most = most or (CPU_WORK if device.type == "cpu" else math.inf)
        # Half precision is what the models' own program uses on a card, and slow on a processor.
        self._kind = torch.float16 if device.type == "cuda" else torch.float32
        self._net = net.to(device, self._kind)
        self._device = device
        self._tile = tile
        self.name = name

    @torch.inference_mode()
    def enlarge(self, picture: Image.Image, factor: int) -> Image.Image:
        """The picture in RGB, ``factor`` times as wide and high.

        The network runs until the picture is large enough; what is too large is averaged down. Raises
        ValueError for a factor below 2, and for more work than the device should do.
        """
        if factor < 2:
            raise ValueError(f"A picture cannot be enlarged {factor} times; the least is 2.")
        if self._work(picture.width * picture.height, factor) > self._most:
            raise ValueError(f"{picture.width}x{picture.height} is too much work for this device")
        levels = torch.from_numpy(np.asarray(picture.convert("RGB")).copy())
        pixels = levels.permute(2, 0, 1)[None].to(self._device, self._kind) / 255
        reached = 1
        while reached < factor:
            pixels = self._tiled(pixels)
            reached *= self._net.factor
        made = pixels.float().mul(255).round().byte()[0].permute(1, 2, 0).cpu().numpy()
        wanted = (picture.width * factor, picture.height * factor)
        enlarged = Image.fromarray(made)
        return enlarged if enlarged.size == wanted else enlarged.resize(wanted, Image.Resampling.BOX)

    def _work(self, pixels: int, factor: int) -> float:
        """Multiplications for so many pixels; each pass begins with as many as the one before has made."""
        work, reached = 0.0, 1
        while reached < factor:
            work += self._net.work * pixels * reached**2
            reached *= self._net.factor
        return work

    def _tiled(self, pixels: torch.Tensor) -> torch.Tensor:
        """(1, 3, H, W) in 0..1, once through the network; each tile sees what lies around it."""
        factor, reach, side = self._net.factor, self._net.reach, self._tile
        height, width = pixels.shape[-2:]
        made = torch.empty(1, 3, height * factor, width * factor, dtype=pixels.dtype, device=pixels.device)
        for top in range(0, height, side):
            for left in range(0, width, side):
                bottom, right = min(top + side, height), min(left + side, width)
                above, before = max(0, top - reach), max(0, left - reach)
                tile = pixels[..., above : bottom + reach, before : right + reach]
                large = self._net(tile)
                down, across = (top - above) * factor, (left - before) * factor
                high, wide = (bottom - top) * factor, (right - left) * factor
                made[..., top * factor : bottom * factor, left * factor : right * factor] = large[
                    ..., down : down + high, across : across + wide
                ]
        return made.clamp(0, 1)


def open_upscaler(path: Path, device: torch.device) -> Upscaler:
    """Load a file of weights and try it on a picture.

    Raises ModelError for a pickle, a file that differs from its lock or is damaged, and another network.
    """
    if path.suffix.lower() in PICKLES or path.suffix.lower() != ".safetensors":
        raise ModelError(f"{path} is not a .safetensors file; an upscaler in another format is not opened.")
    lock.verify(path.parent)
    layout.safetensors_header(path)
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"The upscaler {path} cannot be read: {error}.") from None
    upscaler = Upscaler(net_of(weights, str(path)), path.stem, device)
    upscaler.enlarge(Image.new("RGB", (8, 8), "white"), 2)
    log.info("pictures are enlarged by %s", upscaler.name)
    return upscaler
