"""Receipts read back: what was written comes back, and a hostile file gets one sentence."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from bot.core.errors import InvalidRequest
from bot.core.lora import Lora
from bot.core.request import Vary
from bot.imaging import png, receipt
from tests.imaging.test_png import RECIPE, picture

PLAIN = dataclasses.replace(RECIPE, model_hash="0123456789")


def holding(text: str) -> bytes:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("parameters", text, zip=len(text) > 1000)
    return bare(chunks)


def bare(chunks: PngImagePlugin.PngInfo | None = None) -> bytes:
    file = io.BytesIO()
    picture().save(file, "PNG", pnginfo=chunks)
    return file.getvalue()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"negative": ""},
        {"positive": '初音ミク, "a, Steps: 3": \\(b\\), Negative prompt: x', "cfg": 5.123456789},
        {"enlarged": 4, "rows": (2, 8)},
        {"hires": True},
        {"strength": 0.35, "source": "ab" * 32},
        {"strength": 1.0, "source": "ab" * 32, "mask": "cd" * 32, "vary": Vary(4294967295, 0.1)},
        {"strength": 0.5, "source": "ab" * 32, "hires": True, "vary": Vary(0, 1.0)},
        {"loras": ((Lora("sketch", 0.9), "ab" * 6), (Lora("old ink"), "cd" * 6)), "schedule": "ays"},
        {"guidance": (0.25, 0.75)},
    ],
)
def test_what_was_written_is_read(changes: dict[str, object]) -> None:
    recipe = dataclasses.replace(PLAIN, **changes)  # type: ignore[arg-type]  # fields of several kinds
    assert receipt.read(png.encode(picture(), recipe)) == recipe


GOOD = png.parameters(PLAIN)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "no PNG picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 100, "no PNG picture"),
        (bare(), "has no receipt"),
        (holding("x" * 40_000), "has 40,000 characters"),
        (holding("a\n" * 2_000_000), "no PNG picture"),
        (holding(""), "not written by animagine-bot"),
        (holding("1girl\nSteps: 20, Sampler: Euler, Version: v1.9"), "not written by animagine-bot"),
        (holding(GOOD.replace("Steps: 28", "Steps: many")), "is no number, or no hash"),
        (holding(GOOD.replace("Steps: 28", "Steps: " + "9" * 190)), ""),
        (holding(GOOD.replace("Size: 104x152", "Size: 104")), "is no number, or no hash"),
        (holding(GOOD.replace("Steps: 28, ", "")), "lacks some of its settings"),
        (holding(GOOD + ", Clip skip: 2"), "names Clip skip, which cannot be drawn again"),
        (holding(GOOD + ', Lora hashes: "a: b, c: d"'), "is no number, or no hash"),
        (holding(GOOD + ", Guidance: 0.5"), "is no number, or no hash"),
        (holding(GOOD + ", Variation seed: 4294967296"), "outside 0 to 4294967295"),
        (holding(GOOD + ", Init image hash: ab"), "is no number, or no hash"),
        (holding(GOOD + ", Mask hash: ab"), "is no number, or no hash"),
        (holding(GOOD.replace("Model: chibi", "Model: \x1b[31m")), "is no number, or no hash"),
        (holding(GOOD.replace("Negative prompt: ", "")), "second line is no negative"),
    ],
)
def test_any_other_file_is_one_sentence(file: bytes, said: str) -> None:
    if not said:
        assert receipt.read(file).steps > 10**180
        return
    with pytest.raises(InvalidRequest) as caught:
        receipt.read(file)
    assert said in str(caught.value) and str(caught.value).count(". ") == 0


def test_pictures_are_compared_by_their_pixels() -> None:
    one = png.encode(picture(), PLAIN)
    levels = np.asarray(picture()).copy()
    levels[3, 4, 0] ^= 4
    other = png.encode(Image.fromarray(levels), PLAIN)
    assert receipt.difference(one, png.encode(picture(), dataclasses.replace(PLAIN, rows=(2,)))) == 0
    assert receipt.difference(one, other) == 4
    assert receipt.difference(one, png.encode(picture().resize((9, 9)), PLAIN)) is None
    with pytest.raises(InvalidRequest, match="cut off or broken"):
        receipt.difference(one, one[:-900])
