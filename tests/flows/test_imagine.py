"""A person asks for pictures: what they read, what they get, and what they are refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.sandbox import Sandbox
from bot.sandbox.messages import Message

pytestmark = pytest.mark.asyncio(loop_scope="session")

EPHEMERAL = 64


def has_pictures(message: Message) -> bool:
    """Finished ones, not previews."""
    return bool(message.files) and "AI-generated" in texts(message)


def texts(message: Message) -> str:
    return message.content + str(message.embeds)


def picture(sandbox: Sandbox, message: Message, number: int = 0) -> Image.Image:
    file = message.files[number]
    return Image.open(io.BytesIO(file.data))


async def test_a_picture_arrives_with_what_made_it(sandbox: Sandbox) -> None:
    mika = sandbox.user("mika")
    asked = await mika.slash("general", "imagine", prompt="smile, 1girl, red hair", seed=7, steps=8)
    assert asked.kind == "message" and asked.message is not None
    assert not asked.message.flags & EPHEMERAL
    assert "smile, 1girl, red hair" in texts(asked.message)
    message = await asked.wait_message(has_pictures, seconds=60)
    for shown in ("'7'", "832x1216", "AI-generated", "chibi"):
        assert shown in texts(message)
    drawn = picture(sandbox, message)
    assert drawn.size == (416, 608)
    parameters = drawn.info["parameters"]
    assert parameters.startswith("masterpiece, best quality, 1girl, smile, red hair, rating: general")
    assert "Negative prompt: nsfw, lowres, bad anatomy" in parameters
    assert "Seed: 7" in parameters and "Steps: 8" in parameters


async def test_the_same_seed_gives_the_same_pixels(sandbox: Sandbox) -> None:
    mika = sandbox.user("mika")
    drawn = []
    for _ in range(2):
        asked = await mika.slash("general", "imagine", prompt="1boy, blue hair", seed=3, steps=8)
        drawn.append(picture(sandbox, await asked.wait_message(has_pictures, seconds=60)).tobytes())
    assert drawn[0] == drawn[1]


async def test_a_fast_profile_draws_in_its_own_few_steps_and_says_what_it_sets_otherwise(
    sandbox: Sandbox,
) -> None:
    asked = await sandbox.user("mika").slash(
        "general", "imagine", prompt="1girl, green hair", seed=7, steps=30, profile="lcm"
    )
    assert asked.message is not None
    assert "The profile lcm draws in 4 steps, so 30 are not used." in texts(asked.message)
    message = await asked.wait_message(has_pictures, seconds=60)
    parameters = picture(sandbox, message).info["parameters"]
    assert "Steps: 4" in parameters and "Sampler: LCM" in parameters and "Rows: 1" in parameters


async def test_four_pictures_come_in_one_message(sandbox: Sandbox) -> None:
    asked = await sandbox.user("ren").slash("general", "imagine", prompt="1girl", seed=1, count=4, steps=8)
    message = await asked.wait_message(has_pictures, seconds=60)
    assert len(message.files) == 4
    assert len({picture(sandbox, message, number).tobytes() for number in range(4)}) == 4
    assert len(message.embeds) == 1


@pytest.mark.parametrize(
    "prompt", ["1girl, nsfw", "nude, 1girl", "1girl, rating: explicit", "1girl, sensitive"]
)
async def test_a_prompt_above_the_ceiling_is_refused_to_the_asker_alone(
    sandbox: Sandbox, prompt: str
) -> None:
    asked = await sandbox.user("mika").slash("general", "imagine", prompt=prompt)
    assert asked.message is not None and asked.message.flags & EPHEMERAL
    assert "general" in asked.message.content
    assert "Traceback" not in asked.message.content


async def test_even_an_age_restricted_channel_is_general_until_its_server_opts_in(sandbox: Sandbox) -> None:
    asked = await sandbox.user("mika").slash(
        "after-dark-lounge", "imagine", prompt="1girl, rating: sensitive"
    )
    assert asked.message is not None and asked.message.flags & EPHEMERAL


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"prompt": "   "}, "tag"),
        ({"prompt": "(:1.2), ((:1.1))"}, "tag"),
        ({"prompt": "(smile:99)"}, "99"),
        ({"prompt": "1girl", "quality": "amazing"}, "amazing"),
        ({"prompt": "1girl", "year": "1999"}, "1999"),
    ],
)
async def test_what_cannot_be_drawn_is_told_in_one_sentence(
    sandbox: Sandbox, options: dict[str, str], said: str
) -> None:
    asked = await sandbox.user("mika").slash("general", "imagine", **options)
    assert asked.message is not None and asked.message.flags & EPHEMERAL
    assert said in asked.message.content
    assert "\n" not in asked.message.content and "reference" not in asked.message.content


@pytest.mark.parametrize(
    "prompt",
    [
        "((((1girl, [smile",
        "1girl, 🎨🌙, שלום עולם",
        "1girl, @everyone, **bold** <@123456789012345678>",
        "1girl, " + "very long tag, " * 110,
    ],
)
async def test_odd_text_is_drawn_all_the_same(sandbox: Sandbox, prompt: str) -> None:
    asked = await sandbox.user("mika").slash("general", "imagine", prompt=prompt, steps=8, seed=1)
    message = await asked.wait_message(has_pictures, seconds=60)
    assert "@everyone" not in texts(message)
    assert not message.mentions


async def test_tags_are_completed(sandbox: Sandbox) -> None:
    choices = await sandbox.user("mika").complete("general", "imagine", "prompt", "1girl, red ha")
    assert "1girl, red hair" in [choice["value"] for choice in choices]
    choices = await sandbox.user("mika").complete("general", "imagine", "quality", "best", prompt="x")
    assert [choice["value"] for choice in choices] == ["best quality"]


async def test_direct_messages_work(sandbox: Sandbox) -> None:
    noor = sandbox.user("noor")
    asked = await noor.slash(noor.dm().id, "imagine", prompt="no humans, night", steps=8, seed=1)
    assert (await asked.wait_message(has_pictures, seconds=60)).files


async def test_about_and_help(sandbox: Sandbox) -> None:
    for name, said in (("about", "Apache-2.0"), ("help", "/imagine")):
        asked = await sandbox.user("mika").slash("general", name)
        assert asked.message is not None and asked.message.flags & EPHEMERAL
        assert said in texts(asked.message)
