"""Draw a subject: the picture that the demo model learns."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from bot.chibi import palette
from bot.chibi.subject import Subject


def draw(subject: Subject, width: int, height: int, rng: random.Random) -> Image.Image:
    """Return the subject's picture: RGB, exactly `width` x `height` pixels, the same for the same seed."""
    image = Image.new("RGB", (width, height), palette.SIMPLE_BACKGROUNDS.get(subject.background, (150, 190, 240)))
    pen = ImageDraw.Draw(image)
    x, y, r = width / 2 + rng.uniform(-3, 3), height * 0.45, min(width, height) * 0.36
    pen.ellipse((x - r * 1.1, y - r * 1.1, x + r * 1.1, y + r), palette.HAIR[subject.hair_colour], palette.INK)
    pen.ellipse((x - r, y - r * 0.6, x + r, y + r), palette.SKIN, palette.INK)
    eye = palette.EYES.get(subject.eye_colour, palette.INK)
    for side in (-1, 1):
        ex = x + side * r * 0.45
        pen.ellipse((ex - r * 0.22, y - r * 0.1, ex + r * 0.22, y + r * 0.45), eye, palette.INK)
    return image
