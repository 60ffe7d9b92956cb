"""From latents to pixels and back: one picture at a time, with what helps when memory or numbers run out.

SDXL's VAE takes more memory for one picture than a step of the UNet for several, and it can overflow in half
precision. So: tiles after OOM only (they change pixels), single precision after frames without sense.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import torch
from PIL import Image

from bot.core.errors import EngineError
from bot.engine.loader import Loaded
from bot.imaging.rating import is_blank

log = logging.getLogger(__name__)


class Decoder:
    """One model's VAE."""

    def __init__(self, model: Loaded) -> None:
        self._vae = model.pipe.vae
        self._processor = model.pipe.image_processor
        self._device = model.device
        self._lock = threading.Lock()
        """Pictures are decoded aside, and others are read meanwhile: both may change the VAE's type."""

    def decode(self, latents: torch.Tensor) -> Image.Image:
        """The picture, RGB, of latents ``(1, 4, height / 8, width / 8)``.

        Raises EngineError when it comes out blank or without numbers in single precision too, and
        torch.OutOfMemoryError when even its tiles do not fit.
        """
        own = self._vae.dtype
        # SDXL's own VAE overflows in half precision and says so in its configuration.
        kinds = [own] if own == torch.float32 else [own, torch.float32]
        if own == torch.float16 and self._vae.config.force_upcast:
            kinds = [torch.float32]
        for kind in kinds:
            picture = self._picture(self._pixels(latents, kind))
            if picture is not None:
                return picture
            log.warning("the VAE gave a blank frame in %s", kind)
        raise EngineError("The model gave a blank picture; another seed or a lower CFG may work.")

    def encode(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the VAE answers to pixels ``(1, 3, height, width)`` in -1..1, which must be whole latents.

        The mean and the deviation around it, each ``(1, 4, height / 8, width / 8)``, on the CPU and not
        scaled; waits for the device. Raises EngineError when the answer has no numbers in single precision
        either, and torch.OutOfMemoryError when even its tiles do not fit.
        """
        own = self._vae.dtype
        kinds = (
            [torch.float32] if self._vae.config.force_upcast else list(dict.fromkeys([own, torch.float32]))
        )
        for kind in kinds:
            with torch.inference_mode(), self._as(kind):
                found = self._encode(pixels.to(self._device, kind)).latent_dist
                mean, spread = found.mean.cpu(), found.std.cpu()
            if bool(torch.isfinite(mean).all() and torch.isfinite(spread).all()):
                return mean, spread
            log.warning("the VAE could not read a picture in %s", kind)
        raise EngineError("The model cannot read this picture; another one may work.")

    @contextlib.contextmanager
    def _as(self, kind: torch.dtype) -> Iterator[None]:
        """The VAE in a type, and nobody else's meanwhile."""
        with self._lock:
            own = self._vae.dtype
            if kind == own:
                yield
                return
            self._vae.to(kind)
            try:
                yield
            finally:
                self._vae.to(own)
                if self._device.type == "cuda":
                    # Whoever is next may be on another stream, which would not wait for the weights.
                    torch.cuda.current_stream(self._device).synchronize()

    def _pixels(self, latents: torch.Tensor, kind: torch.dtype) -> torch.Tensor:
        with torch.inference_mode(), self._as(kind):
            return self._decode(latents.to(kind) / self._vae.config.scaling_factor)

    def _decode(self, latents: torch.Tensor) -> torch.Tensor:
        pixels: torch.Tensor = self._whole_or_tiled(
            lambda vae: vae.decode(latents, return_dict=False)[0], "decode"
        )
        return pixels

    def _encode(self, pixels: torch.Tensor) -> Any:
        return self._whole_or_tiled(lambda vae: vae.encode(pixels), "encode")

    def _whole_or_tiled(self, action: Callable[[Any], Any], what: str) -> Any:
        vae: Any = self._vae
        try:
            return action(vae)
        except torch.OutOfMemoryError:
            log.warning("no memory to %s a picture whole; trying tiles", what)
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        whole = vae.tile_sample_min_size, vae.tile_latent_min_size
        # Half of the model's own side: at the whole of it, SDXL's sizes would be a single tile and a rim.
        vae.tile_sample_min_size, vae.tile_latent_min_size = (side // 2 for side in whole)
        vae.enable_tiling()
        try:
            return action(vae)
        finally:
            vae.disable_tiling()
            vae.tile_sample_min_size, vae.tile_latent_min_size = whole

    def _picture(self, pixels: torch.Tensor) -> Image.Image | None:
        """The picture of pixels, or None when they show nothing."""
        pixels = pixels.float().cpu()
        if not bool(torch.isfinite(pixels).all()):
            return None
        picture: Image.Image = self._processor.postprocess(pixels, output_type="pil")[0]
        return None if is_blank(picture) else picture
