"""Pictures that people send, made into what is kept and drawn from: plain pixels and nothing else of theirs.

Runs in a process of its own (`bot.engine.examiner`), since no decoder is free of faults.
"""

from __future__ import annotations

import io

from PIL import Image

from bot.core.errors import InvalidRequest
from bot.imaging.opening import open_mask, open_picture

KEPT_SIDE = 2048
"""Pixels on the longer side above which a picture is made smaller: none is drawn larger."""
LIKE = 0.02
"""How far a mask's shape may be from its picture's."""


def decode(picture: bytes, mask: bytes | None = None) -> tuple[Image.Image, Image.Image | None]:
    """The picture in RGB, and the mask, of its size, in black and white.

    Raises InvalidRequest, naming what is wrong and what would work.
    """
    pixels = open_picture(picture)
    if max(pixels.size) > KEPT_SIDE:
        pixels.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    return pixels, None if mask is None else _mask(mask, pixels.size)


def encode(picture: Image.Image) -> bytes:
    """A PNG file of the pixels alone."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _mask(data: bytes, size: tuple[int, int]) -> Image.Image:
    """Of two levels alone, so that it shows nothing of whatever picture somebody may have sent for it."""
    mask = open_mask(data)
    if abs(mask.width / mask.height * size[1] / size[0] - 1) > LIKE:
        raise InvalidRequest(
            "The mask has {width}x{height} pixels, which is another shape than the picture's "
            "{size}x{size2}; draw it on a copy of the picture.",
            width=mask.width,
            height=mask.height,
            size=size[0],
            size2=size[1],
        )
    if mask.size != size:
        mask = mask.resize(size, Image.Resampling.BILINEAR)
    mask = mask.point(lambda level: 255 * (level > 127))
    if mask.getextrema() == (0, 0):
        raise InvalidRequest("The mask has nothing white in it; paint white what shall be drawn anew.")
    return mask
