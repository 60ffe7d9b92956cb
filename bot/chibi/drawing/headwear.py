"""What the head wears: hats, a witch's hat, a crown, a bow, a flower, and cat ears."""

from __future__ import annotations

from bot.chibi.drawing.hair import hair_tones
from bot.chibi.drawing.pen import Pen, both_sides, curve, mirrored, moved
from bot.chibi.palette import CLOTHES_COLOURS, RGB, blend, light, shade
from bot.chibi.subject import Subject

_EAR = curve((0.26, -1.12), (0.5, -1.66, 0.86, -1.86), (1.14, -1.4, 1.08, -0.62))
_EAR_INNER = curve((0.48, -1.12), (0.6, -1.46, 0.82, -1.6), (0.98, -1.3, 0.96, -0.84))
_HAT_TOP = both_sides(curve((0, -1.72), (0.86, -1.74, 0.92, -1.2), (0.98, -0.7), (0, -0.66)))
_HAT_BAND = both_sides(curve((0, -0.98), (0.6, -1.0, 1.1, -1.08), (1.1, -0.6), (0, -0.6)))
_HAT_SHADE = curve((0.4, -1.8), (0.66, -1.2, 0.5, -0.6), (1.2, -0.6), (1.2, -1.8))
_BRIM = both_sides(
    curve((0, -0.84), (1.3, -0.86, 1.48, -0.58), (1.46, -0.36, 1.0, -0.46), (0.5, -0.56, 0, -0.56))
)
_CONE = curve(
    (-0.86, -0.72),
    (-0.6, -1.4, -0.2, -1.9),
    (0.1, -2.3, 0.72, -2.02),
    (0.5, -1.9, 0.5, -1.74),
    (0.76, -1.2, 0.88, -0.72),
)
_CONE_SHADE = curve((0.1, -2.3), (0.3, -1.6, 0.3, -0.6), (1.2, -0.6), (1.0, -2.2))
_CROWN = curve(
    (-0.6, -1.06),
    (-0.72, -1.72),
    (-0.34, -1.38),
    (0, -1.86),
    (0.34, -1.38),
    (0.72, -1.72),
    (0.6, -1.06),
    (0, -0.92, -0.6, -1.06),
)
_LOOP = curve((0, 0), (0.2, -0.42, 0.5, -0.38), (0.66, 0.0, 0.5, 0.34), (0.2, 0.36, 0, 0.06))
_LOOP_SHADE = curve((0, -0.1), (0.3, -0.12, 0.34, 0.0), (0.3, 0.16, 0, 0.16))


def draw_cat_ears(pen: Pen, subject: Subject) -> None:
    """Draw ears in the hair's colour; they stand behind the hair's front."""
    base, dark, _ = hair_tones(subject)
    for ear, inner in ((_EAR, _EAR_INNER), (mirrored(_EAR), mirrored(_EAR_INNER))):
        pen.shape(ear, base, (moved(ear, 0.2, 0.1), dark))
        pen.fill(inner, (255, 164, 178))


def draw_headwear(pen: Pen, headwear: str) -> None:
    """Draw a hat or an ornament on top of the hair."""
    if headwear.endswith(" hat") and headwear != "witch hat":
        _draw_hat(pen, headwear.removesuffix(" hat"))
        return
    {"witch hat": _draw_witch_hat, "crown": _draw_crown, "hair bow": _draw_bow, "hair flower": _draw_flower}[
        headwear
    ](pen)


def _draw_hat(pen: Pen, name: str) -> None:
    colour = CLOTHES_COLOURS[name]
    dark = {"white": (206, 212, 232), "black": (38, 34, 52)}.get(name) or shade(colour, 0.3)
    band: RGB = (232, 66, 84) if name in ("white", "black") else light(colour, 0.75)
    pen.shape(_HAT_TOP, colour, (_HAT_SHADE, dark))
    pen.clipped(_HAT_TOP, _HAT_BAND, band)
    pen.shape(_BRIM, colour, (moved(_BRIM, 0.5, 0.16), dark))


def _draw_witch_hat(pen: Pen) -> None:
    colour: RGB = (92, 66, 132)
    pen.shape(_CONE, colour, (_CONE_SHADE, shade(colour, 0.4)))
    pen.clipped(_CONE, _HAT_BAND, (250, 190, 60))
    pen.shape(moved(_BRIM, 0, 0.02, 1.06), colour, (moved(_BRIM, 0.5, 0.2), shade(colour, 0.4)))


def _draw_crown(pen: Pen) -> None:
    gold: RGB = (255, 206, 58)
    pen.shape(_CROWN, gold, (moved(_HAT_SHADE, -0.1, 0), blend(gold, (214, 120, 20), 0.5)))
    for x, y in ((-0.34, -1.18), (0, -1.16), (0.34, -1.18)):
        pen.ellipse(x, y, 0.1, 0.1, (230, 50, 80), ink=True)


def _draw_bow(pen: Pen) -> None:
    red: RGB = (236, 52, 74)
    for side in (1, -1):
        loop, fold = (path if side > 0 else mirrored(path) for path in (_LOOP, _LOOP_SHADE))
        pen.shape(moved(loop, 0, -1.3, 1.25), red, (moved(fold, 0, -1.3, 1.25), shade(red, 0.35)))
    pen.ellipse(0, -1.28, 0.17, 0.17, light(red, 0.15), ink=True)


def _draw_flower(pen: Pen) -> None:
    x, y = -0.78, -0.82
    for dx, dy in ((0, -0.28), (0.27, -0.08), (0.16, 0.24), (-0.16, 0.24), (-0.27, -0.08)):
        pen.ellipse(x + dx, y + dy, 0.22, 0.22, (255, 150, 196), ink=True)
    pen.ellipse(x, y, 0.16, 0.16, (255, 222, 84))
