"""Face: the head's skin, huge eyes, brows, mouth, blush and glasses, in units of half the head's width."""

from __future__ import annotations

from bot.chibi.drawing.body import skin_of
from bot.chibi.drawing.pen import Pen, both_sides, curve, mirrored, moved
from bot.chibi.palette import EYES, HAIR, RGB, SKIN_SHADE, blend, light, shade
from bot.chibi.subject import Subject

HEAD = both_sides(curve((0, -0.95), (0.95, -0.95, 0.98, 0.05), (1.02, 0.62, 0.56, 0.87), (0.3, 1.0, 0, 1.0)))
_UNDER_BANGS = both_sides(curve((0, -0.95), (0.95, -0.95, 1.1, 0.1), (0.7, -0.05, 0, 0.0)))
_EAR = curve((0.93, 0.06), (1.16, 0.0, 1.14, 0.28), (1.1, 0.5, 0.9, 0.46))
_EYE_X, _EYE_Y = 0.47, 0.24
_LASH = curve(
    (-0.29, 0.0),
    (-0.26, -0.37, 0.02, -0.38),
    (0.26, -0.37, 0.31, -0.12),
    (0.41, -0.2),
    (0.34, 0.06),
    (0.27, -0.25, 0.02, -0.27),
    (-0.2, -0.27, -0.29, 0.0),
)
_BOY_LASH = curve(
    (-0.27, -0.08),
    (-0.2, -0.31, 0.02, -0.31),
    (0.24, -0.31, 0.31, -0.08),
    (0.2, -0.2, 0.02, -0.2),
    (-0.18, -0.2, -0.27, -0.08),
)
_SHUT = curve((-0.27, 0.1), (-0.18, -0.18, 0, -0.18), (0.18, -0.18, 0.27, 0.1))
_SMILE = curve((-0.27, 0.62), (-0.16, 0.84, 0, 0.84), (0.16, 0.84, 0.27, 0.62))
_FROWN = curve((-0.22, 0.86), (-0.13, 0.64, 0, 0.64), (0.13, 0.64, 0.22, 0.86))
_FLAT = curve((-0.15, 0.73), (0, 0.755, 0.15, 0.73))
_OPEN = curve((-0.26, 0.6), (0, 0.66, 0.26, 0.6), (0.28, 0.94, 0, 0.94), (-0.28, 0.94, -0.26, 0.6))
_TONGUE = curve((-0.2, 0.84), (0, 0.7, 0.2, 0.84), (0.2, 0.96, 0, 0.96), (-0.2, 0.96, -0.2, 0.84))
_MOUTH: RGB = (150, 34, 52)
_BLUSH: RGB = (255, 138, 142)
_CHEEK: RGB = (255, 196, 182)
_WHITE: RGB = (255, 255, 255)


def draw_head(pen: Pen, subject: Subject) -> None:
    """Draw ears and face; the shadow of the bangs lies on the forehead."""
    skin = skin_of(subject)
    for ear in (_EAR, mirrored(_EAR)):
        pen.shape(ear, skin)
    pen.shape(HEAD, skin, (_UNDER_BANGS, SKIN_SHADE))


def draw_face(pen: Pen, subject: Subject) -> None:
    """Draw blush, eyes, nose and mouth."""
    if "blush" in subject.extras:
        for side in (-1, 1):
            pen.ellipse(side * 0.68, 0.64, 0.24, 0.13, _BLUSH)
            for dx in (-0.09, 0.03):
                pen.line(((side * 0.68 + dx, 0.68), (side * 0.68 + dx + 0.07, 0.58)), (226, 78, 96), 0.035)
    elif subject.subject != "1boy":
        for side in (-1, 1):
            pen.ellipse(side * 0.7, 0.63, 0.16, 0.085, _CHEEK)
    boy = subject.subject == "1boy"
    for side in (-1, 1):
        if subject.eye_colour == "closed eyes":
            pen.line(moved(_SHUT, side * _EYE_X, _EYE_Y + 0.06), pen.style.ink, 0.095)
        else:
            _draw_eye(pen, side, EYES[subject.eye_colour], boy)
    pen.ellipse(0, 0.53, 0.028, 0.02, shade(SKIN_SHADE, 0.3))
    _draw_mouth(pen, subject.mouth)


def _draw_eye(pen: Pen, side: int, colour: RGB, boy: bool) -> None:
    x, y = side * _EYE_X, _EYE_Y
    rx, ry = (0.235, 0.255) if boy else (0.27, 0.335)
    iris = rx * 0.86
    pen.ellipse(x, y, rx, ry, _WHITE)
    pen.ellipse(x - side * 0.01, y + 0.01, iris, ry * 0.96, shade(colour, 0.62))
    pen.ellipse(x - side * 0.01, y + 0.01, iris * 0.87, ry * 0.87, colour)
    if pen.style.shading > 0.3:
        pen.ellipse(x - side * 0.01, y - ry * 0.38, iris * 0.78, ry * 0.46, shade(colour, 0.4))
        pen.ellipse(x - side * 0.01, y + ry * 0.58, iris * 0.58, ry * 0.26, light(colour, 0.5))
    pen.ellipse(x - side * 0.01, y - 0.01, iris * 0.38, ry * 0.4, blend((24, 14, 34), colour, 0.12))
    pen.ellipse(x - 0.08, y - ry * 0.42, 0.085, 0.1, _WHITE)
    if pen.style.shading > 0.15:
        pen.ellipse(x + 0.1, y + ry * 0.42, 0.05, 0.055, _WHITE)
    lash = moved(_BOY_LASH if boy else _LASH, 0, y)
    pen.fill(moved(lash if side > 0 else mirrored(lash), x, 0), pen.style.ink)
    pen.line(((x - 0.11, y + ry), (x, y + ry + 0.012), (x + 0.11, y + ry)), pen.style.ink, 0.035)


def _draw_mouth(pen: Pen, mouth: str) -> None:
    if mouth == "open mouth":
        pen.shape(_OPEN, _MOUTH)
        pen.clipped(_OPEN, _TONGUE, (255, 122, 128))
        pen.line((*_OPEN, _OPEN[0]), pen.style.ink, 0.05)
        return
    path = {"smile": _SMILE, "frown": _FROWN, "closed mouth": _FLAT}[mouth]
    pen.line(path, _MOUTH, 0.085)


def draw_brows(pen: Pen, subject: Subject) -> None:
    """Draw the brows, which anime shows through the hair; they go with the mouth."""
    colour = shade(HAIR[subject.hair_colour], 0.72)
    inner, middle, outer = {
        "smile": (-0.27, -0.35, -0.27),
        "open mouth": (-0.37, -0.45, -0.37),
        "frown": (-0.12, -0.24, -0.38),
        "closed mouth": (-0.26, -0.28, -0.26),
    }[subject.mouth]
    width = 0.1 if subject.subject == "1boy" else 0.065
    for side in (-1, 1):
        path = curve((side * 0.24, inner), (side * 0.45, middle, side * 0.68, outer))
        pen.line(path, colour, width)


def draw_glasses(pen: Pen) -> None:
    """Draw round glasses with thick dark frames and a glint."""
    frame: RGB = (44, 30, 46)
    for side in (-1, 1):
        x = side * (_EYE_X + 0.01)
        pen.ring(x, _EYE_Y + 0.01, 0.4, 0.4, frame, 0.085)
        pen.line(((x - 0.26, _EYE_Y + 0.08), (x - 0.1, _EYE_Y - 0.2)), (236, 248, 255), 0.04)
        pen.line(((side * 0.86, _EYE_Y - 0.05), (side * 1.03, _EYE_Y - 0.1)), frame, 0.08)
    pen.line(((-0.1, _EYE_Y - 0.02), (0.1, _EYE_Y - 0.02)), frame, 0.08)
