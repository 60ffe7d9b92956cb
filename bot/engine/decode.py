"""From finished latents to pixels: one picture at a time, with what helps when memory or numbers run out.

SDXL's VAE takes more memory for one picture than a step of the UNet for several, and it can overflow in half
precision. So: tiles after OOM only (they change pixels), single precision after frames without sense.
"""

from __future__ import annotations

import logging
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

    def _pixels(self, latents: torch.Tensor, kind: torch.dtype) -> torch.Tensor:
        own = self._vae.dtype
        with torch.inference_mode():
            ready = latents.to(kind) / self._vae.config.scaling_factor
            if kind != own:
                self._vae.to(kind)
            try:
                return self._decode(ready)
            finally:
                if kind != own:
                    self._vae.to(own)

    def _decode(self, latents: torch.Tensor) -> torch.Tensor:
        vae: Any = self._vae
        try:
            pixels: torch.Tensor = vae.decode(latents, return_dict=False)[0]
            return pixels
        except torch.OutOfMemoryError:
            log.warning("no memory to decode a picture whole; trying tiles")
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        whole = vae.tile_sample_min_size, vae.tile_latent_min_size
        # Half of the model's own side: at the whole of it, SDXL's sizes would be a single tile and a rim.
        vae.tile_sample_min_size, vae.tile_latent_min_size = (side // 2 for side in whole)
        vae.enable_tiling()
        try:
            tiled: torch.Tensor = vae.decode(latents, return_dict=False)[0]
            return tiled
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
