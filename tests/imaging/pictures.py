"""Small pictures of one colour."""

from __future__ import annotations

from PIL import Image


def dotted(colour: str, mode: str = "RGB") -> Image.Image:
    """One colour with a dot of another, so that it is not blank."""
    picture = Image.new(mode, (40, 30), colour)
    picture.putpixel((1, 1), (0, 0, 0) if mode == "RGB" else (0, 0, 0, 255))
    return picture
