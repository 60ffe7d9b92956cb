"""Opening pictures that people send: bounded in bytes and pixels, and turned into plain RGB.

Decoding somebody's file takes time and trust, so it is done in a worker or another process than the bot's.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

from bot.core.errors import InvalidRequest

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_BYTES = 20_000_000
MIN_SIDE, MAX_SIDE = 64, 16_384
MAX_PIXELS = 40_000_000
"""About 120 MB once decoded. The smallest picture that the demo model draws is 80 pixels wide."""


def open_picture(data: bytes) -> Image.Image:
    """An RGB picture of an image file's bytes, upright, with white behind what is transparent.

    Raises InvalidRequest, in one sentence, for anything but a still picture of a usable size.
    """
    return _flat(_decoded(data), "white")


def open_mask(data: bytes) -> Image.Image:
    """A grey picture (mode L) of an image file's bytes; what is transparent is black.

    Raises as `open_picture` does.
    """
    return _flat(_decoded(data), "black").convert("L")


def _decoded(data: bytes) -> Image.Image:
    if len(data) > MAX_BYTES:
        size, most = len(data) / 1e6, MAX_BYTES // 10**6
        raise InvalidRequest(
            "The picture's file has {size:.1f} MB; use one of at most {most} MB.", size=size, most=most
        )
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures before their size can be asked for; the answer comes below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise InvalidRequest(
            "The picture has too many pixels; use one of at most {most} million.", most=MAX_PIXELS // 10**6
        ) from None
    except Exception:  # whatever its parsers stumble over in a hostile file
        raise InvalidRequest("The file is no picture that can be read; use PNG, JPEG, WebP or GIF.") from None
    with picture:
        width, height = picture.size
        if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
            raise InvalidRequest(
                "The picture has {width}x{height} pixels; use one with {least} to {side:,} on each side and "
                "at most {most} million of them.",
                width=width,
                height=height,
                least=MIN_SIDE,
                side=MAX_SIDE,
                most=MAX_PIXELS // 10**6,
            )
        if getattr(picture, "is_animated", False):
            raise InvalidRequest("The picture is animated; use a still one.")
        try:
            picture.load()
            return ImageOps.exif_transpose(picture)
        except Exception:
            raise InvalidRequest("The picture's file is cut off or broken; save or send it again.") from None


def _flat(picture: Image.Image, behind: str) -> Image.Image:
    """The picture in RGB, over a colour where it is transparent."""
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # Pillow would clip 16 bits to 8 instead of scaling them.
        picture = picture.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        over = picture.convert("RGBA")
        flat = Image.new("RGBA", over.size, behind)
        flat.alpha_composite(over)
        picture = flat
    return picture if picture.mode == "RGB" else picture.convert("RGB")
