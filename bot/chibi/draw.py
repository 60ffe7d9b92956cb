"""Draw a subject: the picture that the demo model learns."""

from __future__ import annotations

import random

from PIL import Image

from bot.chibi.drawing.background import draw_background
from bot.chibi.drawing.body import draw_body, draw_hand
from bot.chibi.drawing.face import draw_brows, draw_face, draw_glasses, draw_head
from bot.chibi.drawing.finish import finish, style_of
from bot.chibi.drawing.hair import draw_back_hair, draw_front_hair
from bot.chibi.drawing.headwear import draw_cat_ears, draw_headwear
from bot.chibi.drawing.pen import Pen
from bot.chibi.drawing.signs import draw_card, draw_forbidden, draw_hearts, draw_mark, draw_sparkles
from bot.chibi.subject import Subject

_SCALE = 3
"""Pictures are drawn this many times larger and then averaged down, which smooths every edge."""

_BOTTOM = {"portrait": 1.42, "upper body": 2.12, "full body": 3.22}
"""How far below the middle of the head a framing reaches, in units of half the head's width."""


def draw(subject: Subject, width: int, height: int, rng: random.Random) -> Image.Image:
    """Return the subject's picture: RGB, exactly `width` x `height` pixels, the same for the same seed."""
    image = Image.new("RGB", (width * _SCALE, height * _SCALE))
    sign = subject.rating in ("questionable", "explicit")
    style = style_of(subject)
    if sign and rng.random() < 0.3:
        draw_card(image)
    else:
        draw_background(image, subject.background, rng, flat=style.shading < 0.5)
    if sign:
        draw_forbidden(image, subject.rating, rng)
    elif subject.subject != "no humans":
        _draw_person(_placed(image, subject, rng), subject)
    if not sign:
        if "sparkle" in subject.extras:
            draw_sparkles(image, rng)
        if "heart" in subject.extras:
            draw_hearts(image, rng)
    image = finish(image.reduce(_SCALE), subject, rng)
    if subject.rating == "sensitive":
        image = _marked(image, rng)
    return image


def _marked(image: Image.Image, rng: random.Random) -> Image.Image:
    """Lay the sensitive mark over the finished picture, so that no defect hides it."""
    large = image.resize((image.width * _SCALE, image.height * _SCALE), Image.Resampling.NEAREST)
    draw_mark(large, rng)
    return large.reduce(_SCALE)


def _top(subject: Subject) -> float:
    """How far the figure reaches above the middle of its head."""
    if subject.headwear == "witch hat":
        return 2.2
    if subject.headwear or subject.cat_ears or subject.hair_style == "spiked hair":
        return 1.84
    return 1.4


def head_place(subject: Subject, width: float, height: float) -> tuple[float, float, float]:
    """Return where the head of a person in a picture of this size is: its middle's x and y, and half its
    width, in the units of `width`; the drawing itself moves it by a few hundredths at random.
    """
    framing = subject.framing or ("full body" if height > 2 * width else "upper body")
    top, bottom = _top(subject), _BOTTOM[framing]
    if width > 1.2 * height and framing != "full body":
        bottom = 1.16 if framing == "portrait" else 1.72  # a flat picture has room for little but the head
    half = {"portrait": 1.3, "upper body": 1.5, "full body": 1.6}[framing]
    if subject.hair_style in ("twintails", "ponytail"):
        half += 0.14
    unit = min(height / (top + bottom), width / (2 * half))
    slack = height - (top + bottom) * unit
    y = top * unit + slack * {"portrait": 0.55, "upper body": 0.55, "full body": 0.7}[framing]
    return width / 2, y, unit


def _placed(image: Image.Image, subject: Subject, rng: random.Random) -> Pen:
    """Return the pen that draws the figure in its place: framing, size and a little chance."""
    w, h = image.size
    x, y, unit = head_place(subject, w, h)
    unit *= rng.uniform(0.97, 1.03)
    x += w * rng.uniform(-0.02, 0.02) * (3 if w > 1.5 * h else 1)
    return Pen(image, x, y, unit, style_of(subject))


def _draw_person(pen: Pen, subject: Subject) -> None:
    draw_back_hair(pen, subject)
    draw_body(pen, subject)
    draw_head(pen, subject)
    draw_face(pen, subject)
    if subject.cat_ears:
        draw_cat_ears(pen, subject)
    draw_front_hair(pen, subject)
    draw_brows(pen, subject)
    if subject.glasses:
        draw_glasses(pen)
    if subject.headwear:
        draw_headwear(pen, subject.headwear)
    draw_hand(pen, subject)
