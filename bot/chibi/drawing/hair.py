"""Hair: six styles with plainly different silhouettes, each a back and a front with light and shade."""

from __future__ import annotations

from bot.chibi.drawing.pen import Path, Pen, both_sides, curve, mirrored
from bot.chibi.palette import HAIR, RGB, light, shade
from bot.chibi.subject import Subject

_DOME = ((-1.22, -1.3, 0.0, -1.32), (1.22, -1.3, 1.1, 0.2))
_BANGS = curve(
    (-1.1, 0.2),
    *_DOME,
    (0.98, 0.02, 0.92, -0.36),
    (0.84, -0.16, 0.6, -0.08),
    (0.54, -0.2, 0.54, -0.42),
    (0.42, -0.16, 0.2, -0.08),
    (0.12, -0.22, 0.12, -0.44),
    (-0.02, -0.18, -0.26, -0.1),
    (-0.32, -0.22, -0.3, -0.42),
    (-0.44, -0.18, -0.66, -0.08),
    (-0.78, -0.2, -0.86, -0.42),
    (-0.98, 0.0, -1.1, 0.2),
)
_PARTED = curve(
    (-1.1, 0.2),
    *_DOME,
    (1.0, 0.0, 0.95, -0.3),
    (0.8, -0.12, 0.72, -0.06),
    (0.66, -0.3, 0.52, -0.42),
    (0.46, -0.2, 0.36, -0.14),
    (0.24, -0.4, 0.0, -0.78),
    (-0.24, -0.4, -0.36, -0.14),
    (-0.46, -0.2, -0.52, -0.42),
    (-0.66, -0.3, -0.72, -0.06),
    (-0.8, -0.12, -0.95, -0.3),
    (-1.0, 0.0, -1.1, 0.2),
)
_SWEPT = curve(
    (-1.1, 0.2),
    *_DOME,
    (1.0, 0.0, 0.9, -0.5),
    (0.9, -0.2, 0.78, -0.06),
    (0.62, -0.2, 0.56, -0.5),
    (0.46, -0.2, 0.26, -0.06),
    (0.14, -0.22, 0.12, -0.52),
    (-0.1, -0.2, -0.4, -0.1),
    (-0.5, -0.24, -0.46, -0.5),
    (-0.66, -0.2, -0.92, -0.06),
    (-1.0, 0.04, -1.1, 0.2),
)
_BLUNT = curve(
    (-1.1, 0.2),
    *_DOME,
    (0.98, 0.05, 0.93, -0.14),
    (0.6, -0.1, 0.4, -0.1),
    (0.38, -0.22),
    (0.34, -0.1),
    (0.0, -0.06, -0.3, -0.1),
    (-0.34, -0.24),
    (-0.4, -0.1),
    (-0.6, -0.1, -0.93, -0.14),
    (-0.98, 0.05, -1.1, 0.2),
)
_SPIKES = curve(
    (-0.98, 0.1),
    (-1.2, 0.3, -1.5, 0.3),
    (-1.3, 0.1, -1.22, -0.12),
    (-1.42, -0.18, -1.66, -0.34),
    (-1.36, -0.42, -1.22, -0.56),
    (-1.34, -0.76, -1.5, -1.04),
    (-1.16, -0.98, -0.94, -0.96),
    (-0.94, -1.24, -0.92, -1.52),
    (-0.68, -1.32, -0.46, -1.22),
    (-0.3, -1.5, -0.04, -1.76),
    (0.04, -1.46, 0.2, -1.24),
    (0.5, -1.4, 0.78, -1.62),
    (0.78, -1.3, 0.86, -1.04),
    (1.14, -1.1, 1.46, -1.18),
    (1.3, -0.84, 1.2, -0.62),
    (1.4, -0.5, 1.68, -0.42),
    (1.42, -0.2, 1.22, -0.14),
    (1.32, 0.06, 1.5, 0.24),
    (1.2, 0.26, 0.98, 0.1),
    (0.96, -0.2, 0.9, -0.42),
    (0.82, -0.16, 0.68, 0.0),
    (0.6, -0.2, 0.5, -0.44),
    (0.34, -0.2, 0.16, -0.04),
    (0.08, -0.24, 0.06, -0.46),
    (-0.1, -0.2, -0.34, -0.06),
    (-0.38, -0.24, -0.4, -0.44),
    (-0.58, -0.2, -0.76, -0.02),
    (-0.84, -0.2, -0.9, -0.42),
    (-0.96, -0.2, -0.98, 0.1),
)
_FRONTS = {
    "long hair": _BANGS,
    "short hair": _SWEPT,
    "twintails": _PARTED,
    "ponytail": _SWEPT,
    "spiked hair": _SPIKES,
    "bob cut": _BLUNT,
}

_LONG_BACK = both_sides(
    curve(
        (0, -1.3),
        (1.2, -1.3, 1.2, -0.2),
        (1.24, 0.7, 1.42, 1.5),
        (1.5, 1.9, 1.36, 2.3),
        (1.2, 2.2, 1.12, 2.1),
        (1.02, 2.4, 0.8, 2.5),
        (0.7, 2.3, 0.62, 2.2),
        (0.4, 2.4, 0.2, 2.4),
        (0, 2.2),
    )
)
_SHORT_BACK = both_sides(
    curve(
        (0, -1.3),
        (1.18, -1.3, 1.16, -0.1),
        (1.18, 0.25, 1.3, 0.42),
        (1.14, 0.48, 1.02, 0.46),
        (1.02, 0.6, 1.06, 0.72),
        (0.9, 0.7, 0.8, 0.62),
        (0, 0.6),
    )
)
_BOB_BACK = both_sides(
    curve(
        (0, -1.32),
        (1.24, -1.32, 1.26, -0.2),
        (1.42, 0.5, 1.3, 0.92),
        (1.1, 1.2, 0.8, 1.12),
        (0, 1.1),
    )
)
_CAP_BACK = both_sides(curve((0, -1.3), (1.18, -1.3, 1.14, 0.1), (1.05, 0.5, 0.8, 0.62), (0, 0.6)))
_SPIKED_BACK = both_sides(
    curve(
        (0, -1.2),
        (1.1, -1.2, 1.1, -0.1),
        (1.2, 0.2, 1.42, 0.62),
        (1.16, 0.6, 1.0, 0.6),
        (1.0, 0.74, 1.02, 0.9),
        (0.8, 0.8, 0.6, 0.7),
        (0, 0.6),
    )
)
_BACKS = {
    "long hair": _LONG_BACK,
    "short hair": _SHORT_BACK,
    "twintails": _CAP_BACK,
    "ponytail": _CAP_BACK,
    "spiked hair": _SPIKED_BACK,
    "bob cut": _BOB_BACK,
}
_BACK_SHADE = both_sides(curve((0, -0.4), (1.0, -0.2, 1.02, 0.5), (1.08, 1.4, 0.8, 2.6), (0, 2.6)))

_TAIL = curve(
    (0.88, -0.72),
    (1.35, -1.2, 1.62, -0.6),
    (1.92, 0.2, 1.72, 1.0),
    (1.6, 1.5, 1.34, 1.78),
    (1.36, 1.5, 1.32, 1.36),
    (1.16, 1.5, 1.0, 1.52),
    (1.18, 1.1, 1.16, 0.6),
    (1.14, 0.0, 0.94, -0.42),
)
_TAIL_SHADE = curve(
    (1.36, -0.9),
    (1.5, 0.2, 1.38, 1.0),
    (1.3, 1.5, 1.0, 1.6),
    (1.0, 0.2),
    (0.86, -0.6),
    (1.2, -0.5, 1.36, -0.9),
)
_TAIL_SHINE = curve((1.42, -0.3), (1.62, -0.2, 1.76, -0.34), (1.8, -0.1), (1.6, 0.06, 1.42, -0.1))
_TIE = both_sides(curve((0, -0.1), (0.14, -0.12, 0.16, 0), (0.14, 0.14, 0, 0.12)))
_PONY = curve(
    (0.42, -1.02),
    (0.7, -1.72, 1.3, -1.42),
    (1.86, -1.1, 1.84, -0.2),
    (1.82, 0.6, 1.52, 1.16),
    (1.48, 0.9, 1.42, 0.76),
    (1.24, 0.96, 1.02, 0.98),
    (1.3, 0.4, 1.26, -0.1),
    (1.2, -0.6, 0.74, -0.72),
)
_PONY_SHADE = curve(
    (0.5, -1.1), (1.3, -1.1, 1.46, -0.3), (1.6, 0.5, 1.4, 1.1), (0.9, 1.1), (1.1, -0.2), (0.5, -0.7)
)
_PONY_SHINE = curve((1.2, -1.2), (1.5, -1.2, 1.66, -0.9), (1.76, -0.66), (1.56, -0.86, 1.3, -0.98))

_LONG_LOCK = curve(
    (0.86, -0.5),
    (1.14, -0.3, 1.14, 0.3),
    (1.16, 0.9, 1.02, 1.56),
    (0.88, 1.3, 0.82, 0.98),
    (0.96, 0.4, 0.84, -0.1),
)
_BOB_LOCK = curve(
    (0.84, -0.5),
    (1.16, -0.4, 1.2, 0.2),
    (1.3, 0.7, 1.16, 0.98),
    (0.94, 1.16, 0.7, 0.96),
    (0.98, 0.6, 0.9, -0.1),
)
_SMALL_LOCK = curve((0.86, -0.5), (1.12, -0.3, 1.12, 0.2), (1.1, 0.5, 0.94, 0.74), (0.96, 0.3, 0.86, -0.1))
_LOCKS = {"long hair": _LONG_LOCK, "bob cut": _BOB_LOCK, "twintails": _SMALL_LOCK, "ponytail": _SMALL_LOCK}
_LOCK_SHADE = curve((0.7, -0.6), (1.0, 0.0, 0.99, 0.4), (0.98, 0.9, 0.92, 1.6), (0.6, 1.6))

_FRONT_SHADE = curve(
    (-1.3, 0.4),
    (-1.3, -0.7),
    (-1.0, -0.62, -0.72, -0.34),
    (-0.4, -0.54, 0.0, -0.4),
    (0.4, -0.56, 0.72, -0.36),
    (0.96, -0.7, 1.3, -0.8),
    (1.3, 0.4),
)
_SHINE = curve(
    (-0.86, -0.72),
    (-0.5, -1.08, 0.0, -1.08),
    (0.5, -1.08, 0.86, -0.72),
    (0.8, -0.6),
    (0.66, -0.8),
    (0.56, -0.64),
    (0.4, -0.86),
    (0.26, -0.74),
    (0.06, -0.9),
    (-0.14, -0.74),
    (-0.3, -0.88),
    (-0.48, -0.68),
    (-0.62, -0.82),
    (-0.8, -0.6),
)


def hair_tones(subject: Subject) -> tuple[RGB, RGB, RGB]:
    """Return the hair's base, shade and shine."""
    base = HAIR[subject.hair_colour]
    if subject.hair_colour == "white hair":
        return base, (196, 202, 226), (255, 255, 255)
    if subject.hair_colour == "black hair":
        return base, (34, 30, 48), (118, 118, 158)
    return base, shade(base, 0.3), light(base, 0.5)


def draw_back_hair(pen: Pen, subject: Subject) -> None:
    """Draw what hangs behind the head and the shoulders."""
    base, dark, shine = hair_tones(subject)
    style = subject.hair_style
    tie: RGB = (
        (60, 120, 220) if subject.hair_colour in ("red hair", "pink hair", "orange hair") else (232, 62, 82)
    )
    if style == "twintails":
        for side in (1, -1):
            tail, tail_shade, tail_shine = (
                path if side > 0 else mirrored(path) for path in (_TAIL, _TAIL_SHADE, _TAIL_SHINE)
            )
            pen.shape(tail, base, (tail_shade, dark), (tail_shine, shine))
            pen.ellipse(side * 1.0, -0.6, 0.2, 0.22, tie, ink=True)
    elif style == "ponytail":
        pen.shape(_PONY, base, (_PONY_SHADE, dark), (_PONY_SHINE, shine))
        pen.ellipse(0.66, -1.06, 0.22, 0.2, tie, ink=True)
    pen.shape(_BACKS[style], base if style == "long hair" else dark, (_BACK_SHADE, dark))


def draw_front_hair(pen: Pen, subject: Subject) -> None:
    """Draw bangs and the locks beside the face."""
    base, dark, shine = hair_tones(subject)
    lock = _LOCKS.get(subject.hair_style)
    if lock is not None:
        pen.shape(lock, base, (_LOCK_SHADE, dark))
        pen.shape(mirrored(lock), base, (mirrored(_LOCK_SHADE), dark))
    front: Path = _FRONTS[subject.hair_style]
    if subject.headwear and subject.headwear.endswith("hat"):
        front = tuple((x, max(y, -0.72)) for x, y in front)  # no spike grows through a hat
    pen.shape(front, base, (_FRONT_SHADE, dark), (_SHINE, shine))
