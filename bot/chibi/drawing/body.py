"""Body and clothes: small chibi bodies, five kinds of clothes and what the hands do."""

from __future__ import annotations

from bot.chibi.drawing.pen import Path, Pen, both_sides, curve, mirrored, moved
from bot.chibi.palette import CLOTHES_COLOURS, RGB, SKIN, SKIN_SHADE, light, shade
from bot.chibi.subject import Subject

_NECK = both_sides(curve((0, 0.8), (0.17, 0.8), (0.17, 1.2), (0, 1.3)))
_NECK_SHADE = both_sides(curve((0, 0.8), (0.2, 0.8), (0.2, 1.06), (0, 1.12)))
_TORSO = both_sides(curve((0, 1.12), (0.2, 1.08), (0.5, 1.1, 0.66, 1.3), (0.62, 1.7, 0.68, 2.3), (0, 2.36)))
_TORSO_SHADE = curve((0.3, 1.0), (0.44, 1.7, 0.3, 2.4), (0.9, 2.5), (0.9, 1.0))
_SLEEVE = curve(
    (0.5, 1.16),
    (0.72, 1.16, 0.8, 1.4),
    (0.9, 1.7, 0.98, 1.98),
    (0.86, 2.1, 0.72, 2.06),
    (0.6, 1.8, 0.56, 1.56),
)
_RAISED = curve(
    (0.5, 1.2), (0.8, 1.5, 0.9, 1.02), (1.06, 1.0, 1.2, 1.1), (1.2, 1.6, 0.9, 1.8), (0.7, 1.86, 0.56, 1.7)
)
_WIDE_SLEEVE = curve(
    (0.46, 1.16),
    (0.72, 1.16, 0.84, 1.4),
    (1.04, 1.8, 1.12, 2.2),
    (0.9, 2.34, 0.7, 2.26),
    (0.58, 1.9, 0.54, 1.6),
)
_SLEEVE_SHADE = curve((0.4, 1.3), (0.7, 1.6, 0.78, 2.3), (0.5, 2.3))
_LEG = curve((0.1, 2.3), (0.44, 2.3), (0.42, 2.98), (0.12, 2.98))
_SHOE = curve((0.07, 2.94), (0.44, 2.94), (0.56, 3.0, 0.54, 3.14), (0.07, 3.14))
_SKIRT = both_sides(curve((0, 2.12), (0.6, 2.12), (0.74, 2.3, 0.86, 2.62), (0.4, 2.72, 0, 2.72)))
_SHORTS = both_sides(curve((0, 2.2), (0.66, 2.2), (0.64, 2.4, 0.6, 2.66), (0.1, 2.68), (0, 2.5)))
_DRESS = both_sides(
    curve(
        (0, 1.16),
        (0.3, 1.12),
        (0.46, 1.14, 0.56, 1.3),
        (0.44, 1.7),
        (0.7, 2.1, 0.96, 2.62),
        (0.5, 2.76, 0, 2.76),
    )
)
_DRESS_SHADE = curve((0.26, 1.0), (0.28, 1.8), (0.48, 2.2, 0.52, 2.9), (1.2, 2.9), (1.2, 1.0))
_FRILL = both_sides(curve((0, 2.58), (0.5, 2.56, 0.88, 2.46), (0.98, 2.62), (0.5, 2.78, 0, 2.78)))
_PUFF = curve((0.42, 1.14), (0.78, 1.06, 0.86, 1.4), (0.8, 1.58, 0.54, 1.54))
_ARM = curve((0.6, 1.5), (0.78, 1.44), (0.88, 1.8, 0.94, 2.06), (0.84, 2.1, 0.78, 2.06))
_ROBE = both_sides(
    curve((0, 1.16), (0.24, 1.1), (0.5, 1.12, 0.66, 1.3), (0.6, 1.7), (0.76, 2.2, 0.74, 2.9), (0, 2.94))
)
_COLLAR_V = both_sides(curve((0, 1.66), (0.1, 1.56), (0.32, 1.1), (0.18, 1.02), (0, 1.36)))
_V_NECK = both_sides(curve((0, 1.44), (0.2, 1.06), (0, 1.0)))
_SHIRT_COLLAR = curve((0.02, 1.36), (0.2, 1.02), (0.44, 1.16), (0.26, 1.46))
_SAILOR = both_sides(curve((0, 1.74), (0.36, 1.5, 0.62, 1.56), (0.56, 1.2, 0.2, 1.04), (0, 1.42)))
_BOW = curve((0, 1.62), (0.22, 1.42, 0.34, 1.5), (0.38, 1.66, 0.34, 1.82), (0.2, 1.86, 0, 1.7))
_HOOD = both_sides(
    curve((0, 1.62), (0.34, 1.6, 0.62, 1.3), (0.72, 1.1, 0.56, 0.96), (0.36, 0.98), (0.3, 1.3, 0, 1.34))
)
_POCKET = both_sides(curve((0, 1.9), (0.34, 1.9), (0.46, 2.16), (0, 2.18)))
_NAVY: RGB = (48, 66, 138)


def skin_of(subject: Subject) -> RGB:
    """Return the skin's colour: boys are drawn a little tanned."""
    return (252, 212, 180) if subject.subject == "1boy" else SKIN


def draw_body(pen: Pen, subject: Subject) -> None:
    """Draw the body from the neck down; what lies outside the picture is cut off by it."""
    colour = CLOTHES_COLOURS.get(subject.clothes_colour, (250, 250, 254))
    tone = _tone(subject.clothes_colour or "white", colour)
    skin = skin_of(subject)
    pen.shape(_NECK, skin, (_NECK_SHADE, SKIN_SHADE))
    raised = any(word in subject.extras for word in ("v", "waving", "holding flower"))
    boy = subject.subject == "1boy"
    if subject.clothes != "kimono":
        _draw_legs(pen, subject, boy)
    if subject.clothes == "dress":
        _draw_dress(pen, colour, tone)
    elif subject.clothes == "kimono":
        _draw_kimono(pen, colour, tone)
    else:
        _draw_top(pen, subject.clothes, colour, tone)
    _draw_arms(pen, subject.clothes, (colour, tone), skin, raised)


def _tone(name: str, colour: RGB) -> RGB:
    return {"white": (206, 212, 232), "black": (38, 34, 52)}.get(name) or shade(colour, 0.28)


def _draw_legs(pen: Pen, subject: Subject, boy: bool) -> None:
    uniform = subject.clothes == "school uniform"
    trousers: RGB = _NAVY if uniform else (84, 92, 122)
    for leg, shoe in ((_LEG, _SHOE), (mirrored(_LEG), mirrored(_SHOE))):
        pen.shape(leg, trousers if boy else SKIN)
        pen.shape(shoe, (110, 66, 52))
    if subject.clothes == "dress":
        return
    lower = _SHORTS if boy else _SKIRT
    pen.shape(lower, trousers, (moved(_TORSO_SHADE, 0.05, 0.7), shade(trousers)))
    if not boy:
        for x in (-0.34, 0.0, 0.34):
            pen.line(((x * 0.8, 2.3), (x * 1.25, 2.66)), shade(trousers), 0.04)


def _draw_top(pen: Pen, clothes: str, colour: RGB, tone: RGB) -> None:
    pen.shape(_TORSO, colour, (_TORSO_SHADE, tone))
    if clothes == "hoodie":
        pen.shape(_POCKET, light(colour, 0.12))
        pen.shape(_HOOD, light(colour, 0.22), (moved(_TORSO_SHADE, -0.05, -0.3), colour))
        for x in (-0.16, 0.16):
            pen.line(((x, 1.56), (x * 1.1, 1.88)), (250, 250, 250), 0.07)
    elif clothes == "school uniform":
        pen.shape(_SAILOR, _NAVY)
        pen.line(((-0.5, 1.5), (-0.3, 1.5), (0, 1.66), (0.3, 1.5), (0.5, 1.5)), (240, 244, 255), 0.045)
        for bow in (_BOW, mirrored(_BOW)):
            pen.shape(bow, (228, 48, 66))
        pen.ellipse(0, 1.66, 0.09, 0.09, (200, 34, 56), ink=True)
    else:
        pen.fill(_V_NECK, SKIN_SHADE)
        for collar in (_SHIRT_COLLAR, mirrored(_SHIRT_COLLAR)):
            pen.shape(collar, light(colour, 0.3))
        pen.line(((0, 1.5), (0, 2.3)), tone, 0.04)
        for y in (1.7, 1.95, 2.18):
            pen.ellipse(0.07, y, 0.04, 0.04, light(colour, 0.8))


def _draw_dress(pen: Pen, colour: RGB, tone: RGB) -> None:
    pen.shape(_DRESS, colour, (_DRESS_SHADE, tone))
    pen.clipped(_DRESS, _FRILL, light(colour, 0.55))
    pen.line(((-0.44, 1.74), (0, 1.8), (0.44, 1.74)), light(colour, 0.7), 0.1)
    for collar in (_SHIRT_COLLAR, mirrored(_SHIRT_COLLAR)):
        pen.shape(collar, (252, 252, 255))


def _draw_kimono(pen: Pen, colour: RGB, tone: RGB) -> None:
    for shoe in (_SHOE, mirrored(_SHOE)):
        pen.shape(shoe, (150, 92, 60))
    pen.shape(_ROBE, colour, (_DRESS_SHADE, tone))
    pen.shape(_COLLAR_V, (252, 248, 240))
    sash: RGB = (250, 196, 66) if colour != CLOTHES_COLOURS["yellow"] else (214, 70, 84)
    pen.shape(curve((-0.62, 1.66), (0.62, 1.66), (0.64, 2.0), (-0.64, 2.0)), sash)
    pen.line(((-0.6, 1.83), (0.6, 1.83)), shade(sash, 0.3), 0.05)
    for x, y in ((-0.42, 2.3), (0.3, 2.5), (-0.2, 2.7)):
        pen.ellipse(x, y, 0.11, 0.11, light(colour, 0.65))
        pen.ellipse(x, y, 0.045, 0.045, sash)


def _draw_arms(pen: Pen, clothes: str, colours: tuple[RGB, RGB], skin: RGB, raised: bool) -> None:
    colour, tone = colours
    hang: Path = {"dress": _ARM, "kimono": _WIDE_SLEEVE}.get(clothes, _SLEEVE)
    shape_colour, shape_tone = (skin, SKIN_SHADE) if clothes == "dress" else (colour, tone)
    pen.ellipse(-0.87, 2.12, 0.14, 0.14, skin, ink=True)
    pen.shape(mirrored(hang), shape_colour, (mirrored(_SLEEVE_SHADE), shape_tone))
    if raised:
        pen.shape(_RAISED, shape_colour, (_SLEEVE_SHADE, shape_tone))
    else:
        pen.ellipse(0.87, 2.12, 0.14, 0.14, skin, ink=True)
        pen.shape(hang, shape_colour, (_SLEEVE_SHADE, shape_tone))
    if clothes == "dress":
        for puff in (_PUFF, mirrored(_PUFF)):
            pen.shape(puff, light(colour, 0.18))


def draw_hand(pen: Pen, subject: Subject) -> None:
    """Draw the raised hand, in front of everything: a victory sign, a wave or a flower."""
    ink, line = pen.style.ink, pen.style.line
    skin = skin_of(subject)
    x, y = 0.99, 1.0
    fingers: tuple[tuple[float, float], ...] = ()
    if "v" in subject.extras:
        fingers = ((-0.2, -0.56), (0.22, -0.54))
    elif "waving" in subject.extras:
        fingers = ((-0.3, -0.22), (-0.13, -0.42), (0.08, -0.44), (0.28, -0.28))
    elif "holding flower" in subject.extras:
        _draw_flower(pen, x + 0.04, y - 0.34)
    else:
        return
    for dx, dy in fingers:
        pen.line(((x, y), (x + dx, y + dy)), ink, 0.17 + 2 * line)
    pen.ellipse(x, y, 0.22, 0.21, skin, ink=True)
    for dx, dy in fingers:
        pen.line(((x, y), (x + dx, y + dy)), skin, 0.17)


def _draw_flower(pen: Pen, x: float, y: float) -> None:
    pen.line(((x, y), (x - 0.04, y + 0.7)), (52, 140, 70), 0.08)
    for dx, dy in ((0, -0.2), (0.19, -0.06), (0.12, 0.16), (-0.12, 0.16), (-0.19, -0.06)):
        pen.ellipse(x + dx, y + dy, 0.16, 0.16, (255, 112, 148), ink=True)
    pen.ellipse(x, y, 0.12, 0.12, (255, 214, 70))
