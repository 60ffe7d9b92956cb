"""Signs and decorations: the forbidden sign, the sensitive mark, sparkles and hearts."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from bot.chibi.drawing.scene import Scene
from bot.chibi.palette import RGB

_SPARKLES = ((0.1, 0.1), (0.9, 0.14), (0.08, 0.56), (0.92, 0.5), (0.9, 0.82))


def draw_card(image: Image.Image) -> None:
    """Fill the picture with the dark striped card that some forbidden signs stand on."""
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, *image.size), (46, 44, 54))
    step = min(image.size) // 5
    for x in range(-image.height, image.width, 2 * step):
        pen.line(((x, image.height), (x + image.height, 0)), (62, 60, 72), step // 2)


def draw_forbidden(image: Image.Image, rating: str, rng: random.Random) -> None:
    """Draw the forbidden sign: one bar in a red ring for questionable, a cross in a dark one for explicit."""
    scene = Scene(image, rng)
    r = 0.31 * rng.uniform(0.95, 1.06)
    x, y = scene.wide / 2 + rng.uniform(-0.04, 0.04), scene.tall / 2 + rng.uniform(-0.04, 0.04)
    ring: RGB = (234, 40, 44) if rating == "questionable" else (140, 14, 40)
    scene.disc(x, y, r + 0.025, (40, 24, 32))
    scene.disc(x, y, r, ring)
    scene.disc(x, y, r * 0.74, (255, 255, 255))
    d = r * 0.6
    scene.line([(x - d, y - d), (x + d, y + d)], ring, r * 0.27)
    if rating == "explicit":
        scene.line([(x - d, y + d), (x + d, y - d)], ring, r * 0.27)


def draw_mark(image: Image.Image, rng: random.Random) -> None:
    """Draw the sensitive mark: an orange triangle with an exclamation mark in the lower left corner."""
    scene = Scene(image, rng)
    size = 0.29
    x, y = 0.04, scene.tall - 0.04
    scene.polygon(
        [(x - 0.03, y + 0.02), (x + size + 0.03, y + 0.02), (x + size / 2, y - size - 0.02)], (60, 30, 20)
    )
    scene.polygon([(x, y), (x + size, y), (x + size / 2, y - size * 0.92)], (255, 150, 20))
    scene.line([(x + size / 2, y - size * 0.62), (x + size / 2, y - size * 0.3)], (60, 30, 20), 0.042)
    scene.disc(x + size / 2, y - size * 0.14, 0.025, (60, 30, 20))


def draw_sparkles(image: Image.Image, rng: random.Random) -> None:
    """Draw big four-pointed sparkles near the corners."""
    scene = Scene(image, rng)
    for x, y in rng.sample(_SPARKLES, 4):
        px, py, r = scene.wide * x, scene.tall * y, rng.uniform(0.08, 0.12)
        scene.star(px, py, r * 1.25, (238, 168, 40))
        scene.star(px, py, r, (255, 250, 190))


def draw_hearts(image: Image.Image, rng: random.Random) -> None:
    """Draw two hearts beside the head."""
    scene = Scene(image, rng)
    for x, y, r in ((0.12, 0.2, 0.062), (0.9, 0.3, 0.05)):
        px, py = scene.wide * x, scene.tall * y
        for tone, grow in (((150, 24, 70), 0.022), ((255, 84, 134), 0.0)):
            size = r + grow
            scene.disc(px - r * 0.75, py, size, tone)
            scene.disc(px + r * 0.75, py, size, tone)
            scene.polygon(
                [
                    (px - r * 1.55 - grow, py + r * 0.45),
                    (px + r * 1.55 + grow, py + r * 0.45),
                    (px, py + r * 2.4 + grow * 1.4),
                ],
                tone,
            )
