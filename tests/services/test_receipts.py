"""Receipts: what drew a picture, and the truth about whether it would be drawn so again."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from bot.core.errors import InvalidRequest, NotFound
from bot.core.events import ModelInfo, Ready
from bot.core.job import JobState, Place
from bot.core.lora import Lora
from bot.core.recipe import Recipe
from bot.core.request import Request, Source
from bot.engine.inventory import libraries
from bot.services.imagine import Asker
from bot.services.receipts import ReceiptService
from tests.services.house import House, asked, picture

ID, PLACE, ME = "drawn001", Place(1, 2), Asker(7)
MADE = Recipe(
    "1girl",
    "nsfw",
    8,
    "Euler a",
    7.0,
    5,
    104,
    152,
    "chibi",
    "ab" * 5,
    "animagine-bot 1",
    enlarged=4,
    upscaler="net",
    rows=(2,),
    loras=((Lora("ink"), "cd" * 6),),
    device="cpu",
    libraries=libraries(),
)


class Shelf:
    """What is here."""

    def __init__(self) -> None:
        self.model: str | None = "ab" * 32
        self.lora: str | None = "cd" * 32
        self.upscaler: str | None = "net"

    async def model_hash(self, name: str | None) -> str | None:
        return self.model

    async def lora_hash(self, name: str) -> str | None:
        return self.lora


class Desk:
    """A service whose files say what the test says."""

    def __init__(self, house: House) -> None:
        self.house, self.shelf, self.recipe = house, Shelf(), MADE
        self.service = ReceiptService(house.jobs, house.files, house.sources, self.shelf, self.read)
        self.service.note(Ready(ModelInfo("chibi", "ab" * 32, 0.125, "cpu")))

    def read(self, file: bytes) -> Recipe:
        if file != b"png":
            raise InvalidRequest("no receipt")
        return self.recipe

    async def drawn(self, *, rows: tuple[int, ...] = (2,), png: bytes = b"png", **options: Any) -> None:
        await self.house.jobs.add(dataclasses.replace(asked(ID), request=Request("1girl", **options)))
        made = picture(png=png)
        await self.house.files.add(png)
        image = dataclasses.replace(made.image, rows=rows)
        await self.house.jobs.finish(ID, JobState.DONE, model="chibi", images=[image])

    async def obstacle(self) -> str | None:
        return (await self.service.of(ID, ME, PLACE)).obstacle


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


@pytest.mark.parametrize(("rows", "exact"), [((2,), True), ((2, 8), False), ((), False)])
async def test_yes_and_how_exactly(desk: Desk, rows: tuple[int, ...], exact: bool) -> None:
    await desk.drawn(rows=rows)
    found = await desk.service.of(ID, Asker(8), PLACE)
    assert (found.obstacle, found.exact, found.recipe, found.model) == (None, exact, MADE, "chibi")


@pytest.mark.parametrize(
    ("here", "made", "said"),
    [
        ({"model": None}, {}, "the model chibi is not here any more"),
        ({"model": "ef" * 32}, {}, "other weights"),
        ({"lora": None}, {}, "the LoRA ink is not here any more"),
        ({"lora": "ef" * 32}, {}, "the LoRA ink here is another one"),
        ({"upscaler": None}, {}, "enlarged by net, here it would be by Lanczos"),
        ({}, {"libraries": "torch 0.1"}, "drawn with torch 0.1, here is"),
        ({}, {"libraries": ""}, "does not say which libraries"),
        ({}, {"device": "cuda"}, "drawn on cuda, here draws cpu"),
    ],
)
async def test_no_and_why(desk: Desk, here: dict[str, Any], made: dict[str, Any], said: str) -> None:
    await desk.drawn()
    for name, value in here.items():
        setattr(desk.shelf, name, value)
    desk.recipe = dataclasses.replace(MADE, **made)
    assert said in (await desk.obstacle() or "")


async def test_no_without_the_file_or_its_receipt_or_what_it_began_from(desk: Desk) -> None:
    sha256 = await desk.house.sources.add(b"source")
    await desk.drawn(source=Source(sha256, 0.5))
    assert await desk.obstacle() is None
    await desk.house.sources.remove(sha256)
    assert await desk.obstacle() == "the picture that it began from is gone"
    (image,) = (await desk.house.jobs.get(ID)).images  # type: ignore[union-attr]  # it was just added
    await desk.house.files.remove(image.sha256)
    assert "its file is gone" in (await desk.obstacle() or "")


async def test_a_file_without_a_receipt_says_nothing(desk: Desk) -> None:
    await desk.drawn(png=b"other")
    found = await desk.service.of(ID, ME, PLACE)
    assert found.recipe is None and "says nothing" in (found.obstacle or "")


async def test_nobody_reads_the_receipt_of_what_they_may_not_see(desk: Desk) -> None:
    await desk.drawn(private=True)
    for job_id, asker, place in ((ID, Asker(8), PLACE), ("nothing1", ME, PLACE)):
        with pytest.raises(NotFound, match="gone"):
            await desk.service.of(job_id, asker, place)
    assert (await desk.service.of(ID, ME, Place(None, 5))).job.id == ID
