"""What is opened of the files that people send, and what is refused in one sentence."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from bot.core.errors import InvalidRequest
from bot.imaging.opening import MAX_BYTES, open_mask, open_picture


def file(picture: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)  # type: ignore[arg-type]  # Pillow's options
    return out.getvalue()


def plain(mode: str = "RGB", size: tuple[int, int] = (80, 70), colour: object = "red") -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]  # any colour


def bomb(width: int, height: int) -> bytes:
    """A small PNG file that says it is large: a header, a little data, no end."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = b""
    for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")):
        chunks += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return b"\x89PNG\r\n\x1a\n" + chunks


NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (300, 300, 3), np.uint8))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no picture that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "use PNG, JPEG, WebP or GIF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 80 80\n", "no picture that can be read"),
        (file(NOISE)[:-2000], "cut off or broken"),
        (file(NOISE, "JPEG")[:5000], "cut off or broken"),
        (file(NOISE)[:60], "cut off or broken"),
        (file(NOISE) + b"\0" * MAX_BYTES, "use one of at most 20 MB"),
        (bomb(30_000, 30_000), "too many pixels; use one of at most"),
        (bomb(10_000, 9_000), "has 10000x9000 pixels"),
        (bomb(70, 70), "cut off or broken"),
        (file(plain(size=(1, 1))), "has 1x1 pixels; use one with 64"),
        (file(plain(size=(20_000, 10))), "has 20000x10 pixels"),
        (
            file(plain(), "GIF", save_all=True, append_images=[plain(colour="blue")]),
            "animated; use a still one",
        ),
        (file(plain(), save_all=True, append_images=[plain(colour="blue")]), "animated; use a still one"),
        (
            file(plain(), "WEBP", save_all=True, append_images=[plain(colour="blue")]),
            "animated; use a still one",
        ),
    ],
)
def test_what_cannot_be_used_is_one_sentence(data: bytes, said: str) -> None:
    for opener in (open_picture, open_mask):
        with pytest.raises(InvalidRequest) as caught:
            opener(data)
        sentence = str(caught.value)
        assert said in sentence and sentence.endswith(".") and sentence.count(". ") == 0


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_the_usual_formats_are_read(kind: str) -> None:
    opened = open_picture(file(plain(), kind))
    assert (opened.mode, opened.size) == ("RGB", (80, 70))
    assert np.abs(np.asarray(opened, int) - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (file(plain("CMYK", colour=(0, 255, 255, 0)), "JPEG"), (255, 0, 0)),
        (file(plain("RGBA", colour=(255, 0, 0, 0))), (255, 255, 255)),
        (file(plain("RGBA", colour=(0, 0, 0, 128))), (127, 127, 127)),
        (file(plain("LA", colour=(10, 255))), (10, 10, 10)),
        (file(plain("1", colour=1)), (255, 255, 255)),
        (file(plain("P", colour=0), transparency=0), (255, 255, 255)),
        (file(plain("I;16", colour=128 * 256)), (128, 128, 128)),
    ],
)
def test_every_kind_of_colour_becomes_plain(data: bytes, expected: tuple[int, int, int]) -> None:
    opened = open_picture(data)
    assert opened.mode == "RGB"
    assert np.abs(np.asarray(opened, int) - expected).max() <= 2


def test_a_picture_stands_upright_and_a_mask_is_black_where_it_is_transparent() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    assert open_picture(file(plain(), "JPEG", exif=turned)).size == (70, 80)
    mask = plain("RGBA", colour=(255, 255, 255, 0))
    mask.paste((255, 255, 255, 255), (0, 0, 40, 70))
    opened = open_mask(file(mask))
    assert opened.mode == "L"
    assert (opened.getpixel((10, 10)), opened.getpixel((60, 10))) == (255, 0)
