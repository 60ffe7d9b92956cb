"""What people send, made into plain pixels: shapes, kinds, and masks of another size."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.core.errors import InvalidRequest
from bot.imaging.source import KEPT_SIDE, decode, encode


def file(picture: Image.Image, kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    picture.save(data, kind)
    return data.getvalue()


def half_white(width: int, height: int) -> Image.Image:
    mask = Image.new("L", (width, height))
    mask.paste(255, (0, 0, width // 2, height))
    return mask


PICTURE = file(Image.linear_gradient("L").resize((200, 300)).convert("RGB"))


def test_colours_of_print_become_those_of_a_screen_and_what_is_transparent_white() -> None:
    printed, _ = decode(file(Image.new("CMYK", (80, 80), (0, 255, 255, 0)), "JPEG"))
    assert printed.mode == "RGB" and printed.getpixel((40, 40))[0] > 200  # type: ignore[index]
    clear, _ = decode(file(Image.new("RGBA", (80, 80), (255, 0, 0, 0))))
    assert clear.getpixel((40, 40)) == (255, 255, 255)


def test_what_is_kept_is_as_large_as_is_drawn_and_nothing_but_pixels() -> None:
    large, _ = decode(file(Image.new("RGB", (4096, 1024), "red")))
    assert large.size == (KEPT_SIDE, KEPT_SIDE // 4)
    again, _ = decode(encode(large))
    assert encode(again) == encode(large)  # so that what is read back has the same name
    assert Image.open(io.BytesIO(encode(large))).info == {}


def test_a_mask_of_another_size_takes_the_pictures_and_has_two_levels() -> None:
    _, mask = decode(PICTURE, file(half_white(100, 150).resize((98, 149), Image.Resampling.BICUBIC)))
    assert mask is not None and mask.size == (200, 300)
    assert {level for _, level in mask.getcolors() or ()} == {0, 255}


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (file(half_white(300, 200)), "another shape"),
        (file(Image.new("L", (200, 300))), "nothing white"),
        (b"a mask", "no picture"),
    ],
)
def test_a_mask_that_masks_nothing_is_told(mask: bytes, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        decode(PICTURE, mask)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"not an image", "no picture that can be read"),
        (PICTURE[: len(PICTURE) // 2], "cut off or broken"),
        (file(Image.new("L", (1, 1))), "1x1"),
        (file(Image.new("1", (20000, 10))), "20000x10"),
        (file(Image.new("1", (12000, 12000))), "12000x12000"),
        (file(Image.new("1", (30000, 30000))), "too many pixels"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        decode(data)


def test_what_moves_is_refused() -> None:
    data = io.BytesIO()
    frames = [Image.new("L", (80, 80), level) for level in (0, 99)]
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(InvalidRequest, match="animated"):
        decode(data.getvalue())
