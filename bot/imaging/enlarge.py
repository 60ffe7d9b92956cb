"""Enlarging finished pictures by a whole factor."""

from __future__ import annotations

from PIL import Image


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
