"""The finish of a picture: what its quality, its year and its defects do to the pixels."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from bot.chibi.drawing.pen import Style
from bot.chibi.palette import INK, RGB
from bot.chibi.subject import Subject

_LINES = {"newest": 0.045, "late": 0.05, "mid": 0.056, "early": 0.066, "oldest": 0.08}
_INKS: dict[str, RGB] = {
    "newest": (84, 44, 74),
    "late": (72, 40, 64),
    "early": (44, 28, 40),
    "oldest": (30, 22, 22),
}
_SHADING = {"masterpiece": 1.0, "best quality": 1.0, "high quality": 0.8, "medium quality": 0.6}
_COLOUR = {"newest": 1.12, "late": 1.05, "mid": 1.0, "early": 0.88, "oldest": 0.72}
_SEPIA = {"early": 0.08, "oldest": 0.17}
_DULL = {
    "high quality": 0.97,
    "medium quality": 0.92,
    "normal quality": 0.82,
    "low quality": 0.68,
    "worst quality": 0.6,
}


def style_of(subject: Subject) -> Style:
    """Return how the subject's year and quality draw: thinner, tinted ink when new; flat when poor or old."""
    shading = _SHADING.get(subject.quality, 0.2)
    if subject.year == "oldest":
        shading = min(shading, 0.35)
    return Style(ink=_INKS.get(subject.year, INK), line=_LINES[subject.year], shading=shading)


def finish(image: Image.Image, subject: Subject, rng: random.Random) -> Image.Image:
    """Return the picture (RGB, final size) as its year, quality and defects leave it."""
    if subject.year in _SEPIA:
        sepia = Image.new("RGB", image.size, (226, 190, 136))
        image = Image.blend(image, sepia, _SEPIA[subject.year])
    colour = _COLOUR[subject.year] * _DULL.get(subject.quality, 1.0)
    if colour != 1.0:
        image = ImageEnhance.Color(image).enhance(colour)
    if subject.quality in ("low quality", "worst quality"):
        image = _spoil(image, subject.quality == "worst quality", rng)
    for word in subject.extras:
        if word in _FLAWS:
            image = _FLAWS[word](image, rng)
    return image


def _spoil(image: Image.Image, worst: bool, rng: random.Random) -> Image.Image:
    """Blur, fade and, for the worst, add noise and a tint."""
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.7, 1.0) if worst else rng.uniform(0.4, 0.7)))
    image = ImageEnhance.Contrast(image).enhance(0.8 if worst else 0.9)
    if worst:
        noise = Image.frombytes("L", image.size, rng.randbytes(image.width * image.height)).convert("RGB")
        image = Image.blend(image, noise, 0.1)
        tint = rng.choice(((120, 150, 110), (150, 120, 150), (110, 130, 160)))
        image = Image.blend(image, Image.new("RGB", image.size, tint), 0.12)
    return image


def _lowres(image: Image.Image, rng: random.Random) -> Image.Image:
    small = image.resize((image.width * 2 // 5, image.height * 2 // 5), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.NEAREST)


def _blurry(image: Image.Image, rng: random.Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(1.0, 1.5)))


def _jpeg(image: Image.Image, rng: random.Random) -> Image.Image:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=rng.randint(9, 15))
    return Image.open(data).convert("RGB")


def _squiggle(
    image: Image.Image, x: float, y: float, steps: int, size: float, colour: RGB, width: int
) -> None:
    points = [(x + i * size * 0.6, y + (size if i % 2 else 0)) for i in range(steps)]
    ImageDraw.Draw(image).line(points, colour, width, joint="curve")


def _signature(image: Image.Image, rng: random.Random) -> Image.Image:
    _squiggle(image, image.width - 32, image.height - 12, 9, 6, (30, 24, 34), 2)
    return image


def _text(image: Image.Image, rng: random.Random) -> Image.Image:
    pen = ImageDraw.Draw(image)
    pen.rectangle((6, 6, 46, 26), (255, 255, 255), (30, 24, 34), 2)
    for y in (12, 19):
        pen.line(((11, y), (rng.randint(32, 41), y)), (30, 24, 34), 2)
    return image


def _watermark(image: Image.Image, rng: random.Random) -> Image.Image:
    marked = image.copy()
    pen = ImageDraw.Draw(marked)
    for offset in range(-image.height, image.width, 36):
        pen.line(((offset, image.height), (offset + image.height, 0)), (255, 255, 255), 6)
    return Image.blend(image, marked, 0.36)


def _anatomy(image: Image.Image, rng: random.Random) -> Image.Image:
    """Shift the picture's lower half sideways, as if it had been put together wrongly."""
    cut, shift = round(image.height * rng.uniform(0.6, 0.72)), rng.choice((-1, 1)) * max(7, image.width // 11)
    lower = image.crop((0, cut, image.width, image.height))
    image.paste(lower.resize((image.width + abs(shift), lower.height)), (min(0, shift), cut))
    image.paste(lower, (shift, cut))
    return image


def _cropped(image: Image.Image, rng: random.Random) -> Image.Image:
    w, h = image.size
    left = round(w * 0.24) if rng.random() < 0.5 else 0
    box = (left, round(h * 0.24), left + round(w * 0.76), h)
    return image.crop(box).resize((w, h), Image.Resampling.BILINEAR)


_FLAWS = {
    "lowres": _lowres,
    "blurry": _blurry,
    "jpeg artifacts": _jpeg,
    "text": _text,
    "signature": _signature,
    "watermark": _watermark,
    "bad anatomy": _anatomy,
    "cropped": _cropped,
}
