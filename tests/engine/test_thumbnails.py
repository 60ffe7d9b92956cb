"""Thumbnails: small, made once, and none of what is gone or broken."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from bot.engine import thumbnails
from bot.engine.thumbnails import Thumbnailer
from tests.imaging.pictures import dotted


def png(size: tuple[int, int] = (832, 1216), mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    dotted("red", mode).resize(size).save(file, "PNG")
    return file.getvalue()


class Shelf:
    def __init__(self, **files: bytes) -> None:
        self.files, self.read = files, list[str]()

    async def __call__(self, name: str) -> bytes | None:
        self.read.append(name)
        if self.files.get(name) == b"denied":
            raise PermissionError(name)
        return self.files.get(name)


@pytest.mark.parametrize(("size", "shown"), [((832, 1216), (175, 256)), ((64, 32), (64, 32))])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
async def test_a_thumbnail_is_a_small_jpeg(size: tuple[int, int], shown: tuple[int, int], mode: str) -> None:
    small = await Thumbnailer(Shelf(a=png(size, mode))).of("a")
    assert small is not None
    with Image.open(io.BytesIO(small)) as picture:
        assert (picture.format, picture.size) == ("JPEG", shown)


async def test_it_is_made_once_and_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "REMEMBERED", 2)
    shelf = Shelf(a=png(), b=png(), c=png())
    thumbnailer = Thumbnailer(shelf)
    await asyncio.gather(*(thumbnailer.of("a") for _ in range(5)))
    for name in ("b", "a", "c", "a", "b"):
        await thumbnailer.of(name)
    assert shelf.read == ["a", "b", "c", "b"]


@pytest.mark.parametrize("name", ["gone", "broken", "cut", "denied"])
async def test_what_cannot_be_read_has_none(name: str) -> None:
    shelf = Shelf(broken=b"no picture", cut=png()[:-100], denied=b"denied")
    assert await Thumbnailer(shelf).of(name) is None
