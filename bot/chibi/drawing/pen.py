"""A pen that draws outlined, cel-shaded shapes in units of the figure's head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw

from bot.chibi.palette import RGB

Point = tuple[float, float]
Path = tuple[Point, ...]


def curve(start: Point, *segments: tuple[float, ...], steps: int = 6) -> Path:
    """Return a path of straight (x, y) and quadratic Bézier (control x, y, end x, y) segments."""
    points = [start]
    for segment in segments:
        if len(segment) == 2:
            points.append((segment[0], segment[1]))
            continue
        cx, cy, ex, ey = segment
        sx, sy = points[-1]
        for i in range(1, steps + 1):
            t = i / steps
            a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
            points.append((a * sx + b * cx + c * ex, a * sy + b * cy + c * ey))
    return tuple(points)


def mirrored(path: Path) -> Path:
    """Return the path seen in a mirror that stands on x = 0."""
    return tuple((-x, y) for x, y in path)


def both_sides(half: Path) -> Path:
    """Close a path that runs down the right side with its own mirror image."""
    return half + mirrored(half)[::-1]


def moved(path: Path, dx: float, dy: float, scale: float = 1.0) -> Path:
    """Return the path scaled about the origin and then moved."""
    return tuple((x * scale + dx, y * scale + dy) for x, y in path)


def _bounds(points: Sequence[Point]) -> tuple[int, int, int, int]:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return int(min(xs)), int(min(ys)), int(max(xs)) + 1, int(max(ys)) + 1


@dataclass(frozen=True, slots=True)
class Style:
    """How shapes look: the ink, the line's width in units, and how much shading there is (0 to 1)."""

    ink: RGB
    line: float
    shading: float


class Pen:
    """Draws on `image` with (x, y) as the origin and `unit` pixels to one unit."""

    def __init__(self, image: Image.Image, x: float, y: float, unit: float, style: Style) -> None:
        self.image = image
        self.origin = (x, y)
        self.unit = unit
        self.style = style
        self._draw = ImageDraw.Draw(image)

    def at(self, path: Sequence[Point]) -> list[Point]:
        """Return the path in the image's pixels."""
        ox, oy = self.origin
        unit = self.unit
        return [(ox + x * unit, oy + y * unit) for x, y in path]

    def width(self, units: float) -> int:
        """Return a line's width in pixels, at least two."""
        return max(2, round(units * self.unit))

    def fill(self, path: Path, colour: RGB) -> None:
        """Fill a shape without an outline."""
        self._draw.polygon(self.at(path), colour)

    def shape(self, path: Path, colour: RGB, *tones: tuple[Path, RGB]) -> None:
        """Fill a shape, lay tones (path, colour) clipped to it over it, and ink its outline."""
        self.fill(path, colour)
        if self.style.shading > 0.3:
            for tone_path, tone in tones:
                self.clipped(path, tone_path, tone)
        self.line((*path, path[0], path[1]), self.style.ink, self.style.line)

    def clipped(self, path: Path, tone_path: Path, tone: RGB) -> None:
        """Fill the part of `tone_path` that lies inside `path`."""
        outer, inner = self.at(path), self.at(tone_path)
        a, b = _bounds(outer), _bounds(inner)
        left, top = max(0, a[0], b[0]), max(0, a[1], b[1])
        right, bottom = min(self.image.width, a[2], b[2]), min(self.image.height, a[3], b[3])
        if right <= left or bottom <= top:
            return
        masks = []
        for points in (outer, inner):
            mask = Image.new("L", (right - left, bottom - top))
            ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in points], 255)
            masks.append(mask)
        self.image.paste(tone, (left, top, right, bottom), ImageChops.darker(*masks))

    def line(self, path: Sequence[Point], colour: RGB, width: float) -> None:
        """Draw an open line with round joints and ends; `width` in units."""
        points = self.at(path)
        pixels = self.width(width)
        self._draw.line(points, colour, pixels, joint="curve" if pixels > 6 else None)
        if pixels > 6:
            r = pixels / 2 - 0.5
            for x, y in (points[0], points[-1]):
                self._draw.ellipse((x - r, y - r, x + r, y + r), colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: RGB, *, ink: bool = False) -> None:
        """Draw an ellipse around (x, y), inked if asked."""
        (left, top), (right, bottom) = self.at(((x - rx, y - ry), (x + rx, y + ry)))
        outline = self.style.ink if ink else None
        self._draw.ellipse(
            (left, top, right, bottom), colour, outline, self.width(self.style.line) if ink else 1
        )

    def ring(self, x: float, y: float, rx: float, ry: float, colour: RGB, width: float) -> None:
        """Draw the outline of an ellipse alone."""
        (left, top), (right, bottom) = self.at(((x - rx, y - ry), (x + rx, y + ry)))
        self._draw.ellipse((left, top, right, bottom), None, colour, self.width(width))
