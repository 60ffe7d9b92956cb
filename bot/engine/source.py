"""From somebody's picture to what a slot can begin from; worker side only."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.image_processor import VaeImageProcessor
from PIL import Image, ImageOps

from bot.core import job
from bot.core.errors import InvalidRequest
from bot.engine.decode import Decoder
from bot.engine.loader import Loaded
from bot.engine.start import Start
from bot.imaging.opening import open_mask, open_picture


def read(start: job.Start, size: tuple[int, int], model: Loaded, decoder: Decoder) -> Start:
    """Bring a picture, and its mask, to a width and height in the model's pixels and into its latents.

    What does not fit the shape is cut off on both sides. Raises InvalidRequest for files that cannot be used,
    and what `Decoder.encode` does.
    """
    picture = open_picture(start.picture)
    mask = None if start.mask is None else _mask(open_mask(start.mask), picture.size, size, model)
    pipe: Any = model.pipe
    mean, spread = decoder.encode(pipe.image_processor.preprocess(fitted(picture, size)))
    return Start(mean, start.strength, spread, pipe.vae.config.scaling_factor, mask)


def fitted(
    picture: Image.Image, size: tuple[int, int], resample: Image.Resampling = Image.Resampling.LANCZOS
) -> Image.Image:
    """A picture at exactly this size: resized, and cut to the shape around its middle."""
    return picture if picture.size == size else ImageOps.fit(picture, size, resample)


def _mask(mask: Image.Image, of: tuple[int, int], size: tuple[int, int], model: Loaded) -> torch.Tensor:
    """``(1, 1, height / 8, width / 8)`` of zeros and ones, as the stock inpainting pipeline makes it."""
    if mask.size != of:
        mask = mask.resize(of, Image.Resampling.NEAREST)
    mask = fitted(mask, size, Image.Resampling.NEAREST)
    scale = model.pipe.vae_scale_factor
    reader: Any = VaeImageProcessor(
        vae_scale_factor=scale, do_normalize=False, do_binarize=True, do_convert_grayscale=True
    )
    width, height = size
    found: torch.Tensor = torch.nn.functional.interpolate(
        reader.preprocess(mask), size=(height // scale, width // scale)
    )
    if not bool(found.any()):
        raise InvalidRequest("The mask has nothing white in it; paint white what shall be drawn anew.")
    return found
