"""A person has pictures described, and draws from what they read."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.sandbox import Sandbox
from bot.sandbox.messages import Message
from tests.flows.test_imagine import EPHEMERAL, has_pictures, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

ON_MESSAGE = "Describe this picture"


def described(message: Message) -> bool:
    return "As a request" in str(message.embeds)


def answered(message: Message) -> bool:
    return bool(message.content) or described(message)


async def test_a_drawn_picture_is_described_and_drawn_from_its_tags(sandbox: Sandbox) -> None:
    mika, ren = sandbox.user("mika"), sandbox.user("ren")
    prompt = "1girl, green hair, glasses, red hoodie, beach"
    asked = await mika.slash("general", "imagine", prompt=prompt, seed=11, steps=20)
    drawn = await asked.wait_message(has_pictures, seconds=90)
    looked = await ren.use_on(drawn, ON_MESSAGE)
    message = await looked.wait_message(answered, seconds=60)
    assert message.flags & EPHEMERAL and described(message), texts(message)
    for word in ("1girl", "green hair", "beach"):
        assert word in texts(message)
    again = await ren.click(message, "describe:draw")
    picture = await again.wait_message(has_pictures, seconds=90)
    assert "green hair" in picture.embeds[0]["description"]


async def test_a_file_is_described_by_the_command(sandbox: Sandbox) -> None:
    file = io.BytesIO()
    asked = await sandbox.user("mika").slash("general", "imagine", prompt="no humans, night", seed=4, steps=8)
    drawn = await asked.wait_message(has_pictures, seconds=90)
    Image.open(io.BytesIO(drawn.files[0].data)).convert("RGB").save(file, "JPEG", quality=80)
    told = await describe(sandbox, "night.jpg", file.getvalue())
    assert described(told) and "no humans" in texts(told)


async def describe(sandbox: Sandbox, name: str, data: bytes) -> Message:
    ren = sandbox.user("ren")
    asked = await ren.slash("general", "describe", picture=ren.upload(name, data))
    return await asked.wait_message(answered, seconds=60)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("words.txt", b"hello", "no picture"),
        ("broken.png", b"\x89PNG\r\n\x1a\nand nothing more", "no picture"),
        ("huge.png", b"\x89PNG" + bytes(20_000_001), "MB"),
    ],
    ids=["words", "broken", "huge"],
)
async def test_files_that_cannot_be_described_are_told(
    sandbox: Sandbox, name: str, content: bytes, said: str
) -> None:
    told = await describe(sandbox, name, content)
    assert said in told.content and "\n" not in told.content and "reference" not in told.content
    assert told.flags & EPHEMERAL


async def test_a_picture_above_the_ceiling_is_not_described(sandbox: Sandbox) -> None:
    import random

    from bot.chibi.draw import draw
    from bot.chibi.subject import subject_from_tags

    rng = random.Random(1)
    sign = draw(subject_from_tags(["rating: explicit"], rng), 416, 608, rng)
    file = io.BytesIO()
    sign.save(file, "PNG")
    told = await describe(sandbox, "sign.png", file.getvalue())
    assert "above general" in told.content and not told.embeds


async def test_a_message_without_a_picture_is_told(sandbox: Sandbox) -> None:
    mika = sandbox.user("mika")
    told = await mika.use_on(mika.write("general", "just words"), ON_MESSAGE)
    assert told.message is not None and "holds no picture" in told.message.content
