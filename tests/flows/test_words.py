"""A person writes sentences, wildcards and styles: what is drawn, what they read, what they are told."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from bot.config import OwnStyle, Prompts
from bot.sandbox import Sandbox
from bot.sandbox.messages import Message
from tests.flows.conftest import running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """A bot whose owner has a wildcard file and a style."""
    folder: Path = tmp_path_factory.mktemp("words")
    (folder / "hair.txt").write_text("red hair\nblue hair\ngreen hair\npink hair\n", "utf-8")
    tables = {"prompts": Prompts(wildcards=str(folder)), "styles": {"Noir": OwnStyle(positive="monochrome")}}
    async with Sandbox() as sandbox, running(sandbox, folder / "data", **tables):
        yield sandbox


def finished(message: Message) -> bool:
    return bool(message.files) and "AI-generated" in str(message.embeds)


def receipts(message: Message) -> list[str]:
    """The positive of every picture's file."""
    return [Image.open(io.BytesIO(file.data)).info["parameters"].split("\n")[0] for file in message.files]


async def test_a_sentence_is_drawn_and_what_was_understood_stays_in_the_answer(world: Sandbox) -> None:
    sentence = "a girl with long red hair smiling in a cozy cafe"
    asked = await world.user("mika").slash(
        "general", "imagine", prompt=sentence, style="noir", seed=7, steps=4
    )
    message = await asked.wait_message(finished, seconds=60)
    shown = str(message.embeds)
    assert sentence in shown and "Understood as: 1girl; long hair; red hair; smile; cafe." in shown
    assert "Not understood, so not drawn: cozy" in shown and "noir" in shown
    assert receipts(message) == [
        "masterpiece, best quality, 1girl, long hair, red hair, smile, cafe, monochrome, rating: general"
    ]


async def test_each_picture_draws_anew_and_any_of_them_can_be_made_again(world: Sandbox) -> None:
    mika = world.user("mika")
    asked = await mika.slash("general", "imagine", prompt="1girl, __hair__", seed=20, count=4, steps=4)
    message = await asked.wait_message(finished, seconds=60)
    drawn = receipts(message)
    assert len(set(drawn)) > 1 and "Picture 4: Wildcards drew" in str(message.embeds)
    again = await mika.slash("general", "imagine", prompt="1girl, __hair__", seed=22, steps=4)
    assert receipts(await again.wait_message(finished, seconds=60)) == drawn[2:3]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"prompt": "1girl, __hat__"}, "there is __hair__"),
        ({"prompt": "1girl, {red|blue hair"}, "{ without its }"),
        ({"prompt": "1girl", "style": "nior"}, "use Noir"),
        ({"prompt": "1girl, {smile|nude}"}, "above this place"),
    ],
)
async def test_what_cannot_be_drawn_is_told_in_one_sentence(
    world: Sandbox, options: dict[str, str], said: str
) -> None:
    asked = await world.user("mika").slash("general", "imagine", **options)
    assert asked.message is not None and asked.message.flags & 64
    assert said in asked.message.content and "\n" not in asked.message.content


async def test_styles_presets_and_wildcards_are_completed(world: Sandbox) -> None:
    mika = world.user("mika")
    for option, typed, value in (
        ("style", "no", "Noir"),
        ("style", "3d", "3D Model"),
        ("quality", "hea", "heavy"),
        ("prompt", "1girl, __h", "1girl, __hair__"),
    ):
        others = {} if option == "prompt" else {"prompt": "x"}
        choices = await mika.complete("general", "imagine", option, typed, **others)
        assert value in [choice["value"] for choice in choices]
