"""A scene: simple shapes in units of the picture's short side."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageDraw

from bot.chibi.palette import RGB, shade


class Scene:
    """A picture with its own width in units (`wide`), its height (`tall`) and simple shapes."""

    def __init__(self, image: Image.Image, rng: random.Random) -> None:
        self.image = image
        self.rng = rng
        self.unit = min(image.size)
        self.wide = image.width / self.unit
        self.tall = image.height / self.unit
        self.pen = ImageDraw.Draw(image)

    def gradient(self, *stops: RGB) -> None:
        """Fill the picture from top to bottom with evenly spaced colours."""
        column = Image.new("RGB", (1, len(stops)))
        column.putdata(list(stops))
        size = (self.image.width, self.image.height)
        box = (0.0, 0.5, 1.0, len(stops) - 0.5) if len(stops) > 1 else None
        smooth = column.resize((1, size[1]), Image.Resampling.BILINEAR, box=box)
        self.image.paste(smooth.resize(size, Image.Resampling.NEAREST))

    def disc(self, x: float, y: float, rx: float, colour: RGB, ry: float | None = None) -> None:
        """Fill an ellipse around (x, y)."""
        u, ry = self.unit, rx if ry is None else ry
        self.pen.ellipse(((x - rx) * u, (y - ry) * u, (x + rx) * u, (y + ry) * u), colour)

    def box(
        self, left: float, top: float, right: float, bottom: float, colour: RGB, edge: RGB | None = None
    ) -> None:
        """Fill a rectangle, with an edge if one is given."""
        u = self.unit
        width = max(2, round(0.018 * u)) if edge else 1
        self.pen.rectangle((left * u, top * u, right * u, bottom * u), colour, edge, width)

    def polygon(self, points: list[tuple[float, float]], colour: RGB) -> None:
        """Fill a polygon."""
        self.pen.polygon([(x * self.unit, y * self.unit) for x, y in points], colour)

    def line(self, points: list[tuple[float, float]], colour: RGB, width: float) -> None:
        """Draw a line; `width` in units."""
        self.pen.line(
            [(x * self.unit, y * self.unit) for x, y in points], colour, max(2, round(width * self.unit))
        )

    def star(self, x: float, y: float, r: float, colour: RGB) -> None:
        """Draw a four-pointed star."""
        points = []
        for i in range(8):
            reach = r if i % 2 == 0 else r * 0.34
            points.append((x + reach * math.sin(i * math.pi / 4), y - reach * math.cos(i * math.pi / 4)))
        self.polygon(points, colour)

    def cloud(self, x: float, y: float, size: float, colour: RGB, under: RGB) -> None:
        """Draw a round cloud with a darker belly."""
        puffs = ((-0.8, 0.1, 0.5), (-0.2, -0.2, 0.68), (0.5, -0.02, 0.58), (1.0, 0.16, 0.4))
        for dy, tone in ((0.14, under), (0.0, colour)):
            for dx, up, r in puffs:
                self.disc(x + dx * size, y + (up + dy) * size, r * size, tone)

    def tree(self, x: float, ground: float, size: float, leaf: RGB, trunk: RGB = (128, 82, 56)) -> None:
        """Draw a round tree that stands on `ground`."""
        self.box(x - 0.12 * size, ground - 0.8 * size, x + 0.12 * size, ground + 0.06, trunk)
        for tone, dy in ((shade(leaf, 0.25), 0.07), (leaf, 0.0)):
            for dx, up, r in ((-0.32, -1.0, 0.42), (0.34, -1.0, 0.42), (0.0, -1.36, 0.5)):
                self.disc(x + dx * size, ground + (up + dy) * size, r * size, tone)
