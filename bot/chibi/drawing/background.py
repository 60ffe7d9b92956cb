"""Backgrounds: plain ones with a soft gradient and ten scenes, in units of the picture's short side."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image

from bot.chibi.drawing.scene import Scene
from bot.chibi.palette import RGB, SIMPLE_BACKGROUNDS, blend, shade

_WHITE: RGB = (255, 255, 255)


def draw_background(image: Image.Image, name: str, rng: random.Random, *, flat: bool) -> None:
    """Fill the picture with the background of that name; `flat` leaves plain ones without a gradient."""
    scene = Scene(image, rng)
    if name in SIMPLE_BACKGROUNDS:
        _draw_plain(scene, SIMPLE_BACKGROUNDS[name], flat)
    else:
        _SCENES[name](scene)


def _draw_plain(scene: Scene, colour: RGB, flat: bool) -> None:
    if flat:
        scene.gradient(colour)
    else:
        scene.gradient(blend(colour, _WHITE, 0.25), colour, blend(colour, shade(colour), 0.12))


def _ground(scene: Scene, share: float, colour: RGB, hill: RGB | None = None) -> float:
    top = scene.tall * share
    if hill:
        scene.disc(scene.wide * 0.18, top + 0.12, 0.6, hill, 0.26)
        scene.disc(scene.wide * 0.86, top + 0.12, 0.55, hill, 0.2)
    scene.box(0, top, scene.wide, scene.tall, colour)
    return top


def _draw_day(scene: Scene) -> None:
    scene.gradient((72, 164, 252), (140, 204, 255), (206, 238, 255))
    rng = scene.rng
    scene.disc(scene.wide * 0.87, 0.16, 0.15, (255, 244, 176))
    scene.disc(scene.wide * 0.87, 0.16, 0.11, (255, 222, 84))
    scene.cloud(
        scene.wide * 0.14 + rng.uniform(-0.04, 0.04), scene.tall * 0.17, 0.14, _WHITE, (216, 232, 250)
    )
    scene.cloud(scene.wide * 0.84, scene.tall * 0.4, 0.11, _WHITE, (216, 232, 250))
    top = _ground(scene, 0.74, (118, 204, 92), (96, 184, 96))
    scene.tree(scene.wide * 0.1, top + 0.04, 0.26, (70, 170, 84))
    for _ in range(7):
        x, y = rng.uniform(0, scene.wide), rng.uniform(top + 0.06, scene.tall)
        scene.disc(x, y, 0.022, rng.choice(((255, 255, 255), (255, 226, 90), (255, 170, 196))))


def _draw_night(scene: Scene) -> None:
    scene.gradient((14, 18, 70), (34, 42, 118), (74, 72, 156))
    _scatter(scene, 22, 0.7, (255, 248, 206))
    x, y = scene.wide * 0.86, 0.17
    scene.disc(x, y, 0.125, (255, 240, 170))
    scene.disc(x - 0.06, y - 0.03, 0.11, blend((14, 18, 70), (34, 42, 118), 0.28 / scene.tall))
    top = _ground(scene, 0.76, (22, 44, 76), (26, 40, 86))
    scene.tree(scene.wide * 0.1, top + 0.04, 0.26, (28, 66, 92), (34, 34, 64))


def _scatter(scene: Scene, count: int, depth: float, colour: RGB) -> None:
    for i in range(count):
        x, y = scene.rng.uniform(0, scene.wide), scene.rng.uniform(0, scene.tall * depth)
        if i % 4 == 0:
            scene.star(x, y, 0.05, colour)
        else:
            scene.disc(x, y, 0.011, colour)


def _draw_sunset(scene: Scene) -> None:
    scene.gradient((232, 74, 106), (255, 118, 86), (255, 176, 84), (255, 222, 130))
    top = scene.tall * 0.72
    scene.disc(scene.wide * 0.8, top - 0.05, 0.24, (255, 214, 110))
    scene.disc(scene.wide * 0.8, top - 0.05, 0.19, (255, 246, 196))
    for x, y in ((0.16, 0.16), (0.84, 0.3), (0.1, 0.44)):
        scene.cloud(scene.wide * x, scene.tall * y, 0.085, (255, 168, 130), (226, 92, 122))
    _ground(scene, 0.72, (122, 62, 92), (148, 72, 100))
    scene.tree(scene.wide * 0.1, top + 0.04, 0.26, (140, 66, 76), (84, 44, 66))


def _draw_room(scene: Scene) -> None:
    scene.gradient((255, 236, 206), (250, 218, 178))
    top = _ground(scene, 0.8, (190, 124, 78))
    scene.box(0, top, scene.wide, top + 0.03, (150, 92, 60))
    left = scene.wide * 0.03
    scene.box(left, 0.08, left + 0.36, 0.62, (150, 214, 255), (150, 92, 58))
    scene.line([(left + 0.18, 0.08), (left + 0.18, 0.62)], (150, 92, 58), 0.02)
    scene.line([(left, 0.35), (left + 0.36, 0.35)], (150, 92, 58), 0.02)
    scene.polygon(
        [(left - 0.05, 0.04), (left + 0.12, 0.04), (left + 0.03, 0.66), (left - 0.05, 0.7)], (238, 112, 110)
    )
    right = scene.wide * 0.98
    scene.box(right - 0.26, 0.1, right - 0.02, 0.34, (255, 252, 240), (150, 92, 58))
    scene.disc(right - 0.14, 0.22, 0.06, (120, 196, 120))
    scene.box(right - 0.2, top - 0.16, right, top + 0.03, (220, 104, 84))
    for dx, dy in ((-0.16, -0.28), (-0.04, -0.28), (-0.1, -0.38)):
        scene.disc(right + dx, top + dy + 0.04, 0.09, (92, 176, 92))


def _draw_classroom(scene: Scene) -> None:
    scene.gradient((240, 240, 226), (226, 226, 208))
    top = _ground(scene, 0.8, (206, 158, 104))
    scene.box(scene.wide * 0.03, 0.08, scene.wide * 0.97, 0.66, (48, 112, 86), (150, 98, 56))
    for x, y, length in ((0.07, 0.17, 0.2), (0.07, 0.27, 0.14), (0.76, 0.2, 0.17), (0.8, 0.3, 0.13)):
        left = scene.wide * x
        scene.line([(left, y), (left + length * scene.wide, y)], (226, 240, 230), 0.018)
    for x in (-0.1, scene.wide - 0.24):
        scene.box(x, top - 0.1, x + 0.34, top - 0.04, (226, 172, 104), (140, 92, 56))
        scene.box(x + 0.06, top - 0.04, x + 0.1, top + 0.16, (130, 130, 140))
        scene.box(x + 0.24, top - 0.04, x + 0.28, top + 0.16, (130, 130, 140))


def _draw_beach(scene: Scene) -> None:
    scene.gradient((92, 190, 255), (190, 236, 255))
    sea = scene.tall * 0.5
    scene.cloud(scene.wide * 0.82, scene.tall * 0.16, 0.13, _WHITE, (220, 238, 250))
    scene.box(0, sea, scene.wide, scene.tall, (32, 150, 214))
    for i in range(3):
        y = sea + 0.06 + 0.07 * i
        x = scene.wide * (0.06 + 0.3 * i)
        scene.line([(x, y), (x + 0.22, y)], (150, 224, 246), 0.02)
    sand = scene.tall * 0.76
    scene.disc(scene.wide / 2, sand + 0.3, scene.wide * 0.9, (236, 252, 255), 0.36)
    scene.disc(scene.wide / 2, sand + 0.34, scene.wide * 0.9, (250, 224, 160), 0.36)
    scene.box(0, sand + 0.3, scene.wide, scene.tall + 0.1, (250, 224, 160))
    x = scene.wide * 0.1
    scene.line([(x - 0.06, sand + 0.1), (x, sea - 0.1), (x + 0.02, 0.3)], (156, 108, 66), 0.06)
    for dx, dy in ((-0.26, 0.06), (-0.2, -0.14), (0.06, -0.2), (0.24, -0.06), (0.24, 0.14)):
        scene.polygon(
            [
                (x, 0.26),
                (x + dx * 0.5 - dy * 0.3, 0.24 + dy * 0.9),
                (x + dx, 0.32 + dy),
                (x + dx * 0.5, 0.32 + dy * 0.4),
            ],
            (44, 158, 92),
        )


def _draw_city(scene: Scene) -> None:
    scene.gradient((150, 206, 250), (226, 240, 252))
    rng = scene.rng
    for depth, tone in ((0.0, (164, 184, 216)), (0.16, (110, 130, 172))):
        x = -0.06
        while x < scene.wide:
            width = rng.uniform(0.2, 0.3)
            top = scene.tall * (0.16 + depth) + rng.uniform(0, 0.2)
            scene.box(x, top, x + width, scene.tall, tone, shade(tone, 0.25))
            if depth:
                for row in range(4):
                    for column in (0.25, 0.62):
                        y = top + 0.06 + row * 0.12
                        scene.box(
                            x + width * column - 0.03, y, x + width * column + 0.03, y + 0.06, (255, 236, 150)
                        )
            x += width
    _ground(scene, 0.84, (120, 122, 134))
    y = scene.tall * 0.93
    x = 0.05
    while x < scene.wide:
        scene.box(x, y - 0.014, x + 0.16, y + 0.014, (250, 250, 250))
        x += 0.3


def _draw_snow(scene: Scene) -> None:
    scene.gradient((150, 180, 214), (206, 222, 240))
    top = _ground(scene, 0.74, (246, 250, 255), (228, 238, 250))
    for x, size in ((0.1, 0.62), (0.92, 0.5)):
        middle = scene.wide * x
        for i in range(3):
            y, half = top + 0.06 - size * (0.2 + 0.26 * i), size * (0.36 - 0.07 * i)
            scene.polygon([(middle - half, y), (middle + half, y), (middle, y - size * 0.4)], (70, 128, 116))
            scene.polygon(
                [
                    (middle - half * 0.55, y - size * 0.18),
                    (middle + half * 0.55, y - size * 0.18),
                    (middle, y - size * 0.41),
                ],
                _WHITE,
            )
    for _ in range(26):
        scene.disc(scene.rng.uniform(0, scene.wide), scene.rng.uniform(0, scene.tall), 0.021, _WHITE)


def _draw_cherry(scene: Scene) -> None:
    scene.gradient((164, 214, 255), (226, 240, 255))
    _ground(scene, 0.8, (150, 212, 120))
    rng = scene.rng
    x = scene.wide * 0.04
    scene.line([(x, scene.tall * 0.84), (x + 0.03, 0.4), (x + 0.12, 0.1)], (120, 78, 74), 0.1)
    spots = [
        (0.0, 0.08),
        (0.16, 0.05),
        (0.06, 0.26),
        (0.3, 0.06),
        (scene.wide - 0.28, 0.02),
        (scene.wide - 0.1, 0.08),
        (scene.wide + 0.02, 0.24),
        (scene.wide - 0.02, 0.36),
    ]
    for tone, lift in (((244, 132, 176), 0.03), ((255, 178, 206), -0.01)):
        for px, py in spots:
            scene.disc(px, py + lift, 0.16, tone)
    for _ in range(18):
        px, py = rng.uniform(0, scene.wide), rng.uniform(0.2, scene.tall)
        scene.disc(px, py, 0.032, (255, 160, 196), 0.02)


def _draw_stars(scene: Scene) -> None:
    scene.gradient((54, 14, 92), (124, 36, 146), (222, 96, 176))
    for x, y, r in ((0.2, 0.3, 0.3), (0.8, 0.62, 0.34)):
        scene.disc(scene.wide * x, scene.tall * y, r, (112, 34, 138))
    for _ in range(11):
        x, y = scene.rng.uniform(0, scene.wide), scene.rng.uniform(0, scene.tall)
        scene.star(x, y, scene.rng.uniform(0.05, 0.1), (255, 250, 200))
    scene.line([(scene.wide * 0.66, 0.08), (scene.wide * 0.96, 0.22)], (255, 240, 250), 0.022)
    scene.star(scene.wide * 0.66, 0.08, 0.08, (255, 255, 255))


_SCENES: dict[str, Callable[[Scene], None]] = {
    "outdoors, day": _draw_day,
    "outdoors, night": _draw_night,
    "outdoors, sunset": _draw_sunset,
    "indoors": _draw_room,
    "classroom": _draw_classroom,
    "beach": _draw_beach,
    "city": _draw_city,
    "snow": _draw_snow,
    "cherry blossoms": _draw_cherry,
    "starry sky": _draw_stars,
}
