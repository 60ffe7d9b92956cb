"""Enlarging finished pictures by a whole factor."""

from __future__ import annotations

import logging
from typing import Protocol

from PIL import Image

log = logging.getLogger(__name__)

LANCZOS = "Lanczos"
"""What receipts call the enlarging that needs no model."""


class Upscaler(Protocol):
    """A model that enlarges pictures; implemented by `bot.engine.upscale.Upscaler`."""

    @property
    def name(self) -> str:
        """What receipts call it."""

    def enlarge(self, picture: Image.Image, factor: int) -> Image.Image:
        """The picture ``factor`` times as wide and high; whatever it raises is survived."""


def enlarged(picture: Image.Image, factor: int, upscaler: Upscaler | None) -> tuple[Image.Image, str]:
    """The picture enlarged by the model, else by Lanczos, and the name of what did it.

    A model that fails loses no picture that has been drawn: Lanczos takes its place.
    """
    if upscaler is not None and factor > 1:
        try:
            return upscaler.enlarge(picture, factor), upscaler.name
        except Exception:
            log.exception("%s could not enlarge a picture of %dx%d", upscaler.name, *picture.size)
    return enlarge(picture, factor), LANCZOS


def enlarge(picture: Image.Image, factor: int) -> Image.Image:
    """The picture ``factor`` times as wide and high (Lanczos); 1 gives it back as it is.

    Raises ValueError for a factor below 1.
    """
    if factor < 1:
        raise ValueError(f"A picture cannot be enlarged {factor} times; the least is 1.")
    if factor == 1:
        return picture
    size = (picture.width * factor, picture.height * factor)
    return picture.resize(size, Image.Resampling.LANCZOS)
