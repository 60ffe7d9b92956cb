"""The demo LoRA's drawing style: the project's drawings as pencil sketches on paper with a thin wash."""

from __future__ import annotations

import random

from PIL import Image, ImageChops, ImageFilter, ImageOps

from bot.chibi.draw import draw
from bot.chibi.palette import RGB
from bot.chibi.subject import Subject

PAPER: RGB = (252, 246, 230)
PENCIL: RGB = (58, 62, 92)
WASH = 0.36
"""The share of a drawing's own colours that is left."""


def draw_sketch(subject: Subject, width: int, height: int, rng: random.Random) -> Image.Image:
    """Return the subject's picture in pencil: RGB, exactly `width` x `height` pixels.

    Signs and marks of ratings stay as they are in every style, so that whoever looks for them finds them.
    """
    picture = draw(subject, width, height, rng)
    return picture if subject.rating != "general" else in_pencil(picture)


def in_pencil(picture: Image.Image) -> Image.Image:
    """Return a picture as pencil lines, where it is darker than around them, over a wash of its colours."""
    grey = ImageOps.grayscale(picture)
    lines = ImageChops.subtract(grey.filter(ImageFilter.GaussianBlur(2.2)), grey, scale=0.36)
    tone = grey.point(lambda level: int(max(0, 150 - level) * 0.3))
    wash = Image.blend(Image.new("RGB", picture.size, PAPER), picture, WASH)
    return Image.composite(Image.new("RGB", picture.size, PENCIL), wash, ImageChops.add(lines, tone))
