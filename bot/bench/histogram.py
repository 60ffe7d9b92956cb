"""A picture of a calibration: one histogram for each cumulative share, with its thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, PANEL, TOP, LEFT, RIGHT = 960, 250, 70, 76, 30
"""Pixels: of the picture, of each panel's height, above the first, and beside each."""
INNER = (44, 46)
"""Pixels above and below a panel's plot."""
BINS = 25
INK, FAINT, BAR, LINE = "#222222", "#c8c8cf", "#7c6fe0", "#c2410c"


def draw(
    title: str, shares: Mapping[str, Sequence[float]], lines: Mapping[str, Mapping[str, float]]
) -> Image.Image:
    """A panel for each of ``shares`` (values 0..1), with a labelled line at each of its thresholds."""
    image = Image.new("RGB", (WIDTH, TOP + PANEL * len(shares)), "white")
    pen = ImageDraw.Draw(image)
    pen.text((LEFT, 22), title, INK, ImageFont.load_default(20))
    for number, (name, values) in enumerate(shares.items()):
        _panel(pen, TOP + number * PANEL, name, values, lines[name])
    return image


def _panel(
    pen: ImageDraw.ImageDraw, top: int, name: str, values: Sequence[float], lines: Mapping[str, float]
) -> None:
    font = ImageFont.load_default(14)
    high, low = top + INNER[0], top + PANEL - INNER[1]
    counts, _ = np.histogram(np.clip(values, 0, 1), BINS, (0, 1))
    most = max(1, int(counts.max()))
    pen.text((LEFT, top), f"share of {name}", INK, ImageFont.load_default(16))
    for count in sorted({0, most // 2, most}):
        y = low - count / most * (low - high)
        pen.line((LEFT, y, WIDTH - RIGHT, y), FAINT)
        pen.text((LEFT - 10, y), str(count), INK, font, anchor="rm")
    for number, count in enumerate(counts.tolist()):
        if count:
            y = low - count / most * (low - high)
            pen.rectangle((_x(number / BINS) + 1, y, _x((number + 1) / BINS) - 1, low), BAR)
    for tick in range(11):
        pen.line((_x(tick / 10), low, _x(tick / 10), low + 5), INK)
        pen.text((_x(tick / 10), low + 8), f"{tick / 10:.1f}", INK, font, anchor="ma")
    for row, (what, at) in enumerate(sorted(lines.items(), key=lambda line: line[1])):
        y = high - 4 + 20 * row
        pen.line((_x(at), y - 2, _x(at), low), LINE, 2)
        side, anchor = (6, "la") if at < 0.7 else (-6, "ra")
        label = f"withheld at {what} from {at:g}"
        pen.text((_x(at) + side, y), label, LINE, font, anchor, stroke_width=3, stroke_fill="white")


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)
