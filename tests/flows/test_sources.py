"""Pictures from pictures: an attachment, somebody's message, a link, and the buttons under a result."""

from __future__ import annotations

import dataclasses
import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.chibi.draw import draw
from bot.chibi.subject import random_subject
from bot.sandbox import Sandbox
from bot.sandbox.messages import Message
from tests.flows.test_imagine import EPHEMERAL, has_pictures, picture, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")


def drawing(rating: str = "general", size: tuple[int, int] = (512, 512)) -> bytes:
    rng, data = random.Random(5), io.BytesIO()
    subject = dataclasses.replace(random_subject(rng), rating=rating)
    draw(subject, *size, rng).save(data, "PNG")
    return data.getvalue()


def distance(drawn: Image.Image, source: bytes) -> float:
    """Mean difference of the pixels, in levels, at a small size."""
    small = [each.convert("RGB").resize((64, 64)) for each in (drawn, Image.open(io.BytesIO(source)))]
    one, two = (np.asarray(each, np.float64) for each in small)
    return float(np.abs(one - two).mean())


def kept(data: Path) -> int:
    return len(list((data / "sources").rglob("*.png")))


def button(message: Message, kind: str) -> str:
    ids = [part["custom_id"] for row in message.components for part in row["components"]]
    return next(each for each in ids if each.startswith(f"vary:{kind}:"))


def link_to(sandbox: Sandbox, message: Message, guild: str | None = None) -> str:
    person = sandbox.user("mika")
    guild = guild or person.channel(message.channel_id).guild_id
    return f"https://discord.com/channels/{guild}/{message.channel_id}/{message.id}"


async def test_an_attachment_is_drawn_from_in_its_shape(sandbox: Sandbox, data: Path) -> None:
    mika, sent = sandbox.user("mika"), drawing()
    words = {"prompt": "1girl", "seed": 7, "steps": 10}
    asked = await mika.slash("general", "imagine", image=("a.png", sent), strength=0.3, **words)
    message = await asked.wait_message(has_pictures, seconds=60)
    near = picture(sandbox, message)
    assert near.width == near.height
    assert "1024x1024" in texts(message)
    asked = await mika.slash("general", "imagine", size="1024x1024", **words)
    free = picture(sandbox, await asked.wait_message(has_pictures, seconds=60))
    assert distance(near, sent) < distance(free, sent) / 2
    assert kept(data) >= 1


async def test_a_picture_above_the_ceiling_is_refused_to_the_asker_alone(
    sandbox: Sandbox, data: Path
) -> None:
    before = kept(data)
    asked = await sandbox.user("ren").slash(
        "general", "imagine", prompt="1girl", image=("sign.png", drawing("explicit")), strength=0.5
    )
    said = await asked.wait_message(lambda message: "judged" in texts(message), seconds=60)
    assert said.flags & EPHEMERAL and "above general" in said.content
    assert kept(data) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"image": ("a.png", b"no image")}, "no picture that can be read"),
        ({"image": ("a.png", drawing()), "strength": 0.0}, "leaves none of the"),
        ({"image": ("a.png", drawing()), "link": "x"}, "leave one of the two out"),
        ({"strength": 0.5}, "image or link"),
        ({"link": "here"}, "no link to a message"),
        ({"link": "https://discord.com/channels/1/2/3"}, "out of this server"),
    ],
)
async def test_what_cannot_be_drawn_from_is_told_in_one_sentence(
    sandbox: Sandbox, options: dict[str, object], said: str
) -> None:
    asked = await sandbox.user("mika").slash("general", "imagine", prompt="1girl", **options)
    message = await asked.wait_message(lambda message: said in texts(message), seconds=60)
    assert message.flags & EPHEMERAL


async def test_anybodys_picture_is_drawn_from_by_its_menu(sandbox: Sandbox) -> None:
    ren, mika = sandbox.user("ren"), sandbox.user("mika")
    message = ren.write("general", "look", files=[("mine.png", drawing(size=(400, 600)))])
    opened = await mika.use_on(message, "Draw from this picture")
    assert opened.kind == "modal"
    asked = await mika.submit(opened, prompt="1girl, smile", strength="0,5")
    shown = await asked.wait_message(has_pictures, seconds=60)
    assert "1girl, smile" in texts(shown) and "832x1216" in texts(shown)
    bare = await mika.use_on(ren.write("general", "no picture"), "Draw from this picture")
    assert bare.message is not None and "no picture attached" in bare.message.content
    # Over REST it would come back blank.
    asked = await mika.slash("general", "imagine", prompt="1girl", link=link_to(sandbox, message))
    said = await asked.wait_message(lambda message: "not this bot's" in texts(message), seconds=60)
    assert said.flags & EPHEMERAL


async def test_a_result_is_gone_on_from_by_its_buttons_and_by_a_link(sandbox: Sandbox) -> None:
    mika, ren = sandbox.user("mika"), sandbox.user("ren")
    asked = await mika.slash("general", "imagine", prompt="1girl, red hair", seed=3, steps=8)
    first = await asked.wait_message(has_pictures, seconds=60)
    drawn = picture(sandbox, first)
    for kind in ("subtle", "strong", "hires"):
        pressed = await ren.click(first, button(first, kind))
        message = await pressed.wait_message(has_pictures, seconds=60)
        assert "red hair" in texts(message)
        other = picture(sandbox, message)
        assert (other.width > drawn.width) == (kind == "hires")
        assert other.tobytes() != drawn.tobytes()
    linked = await ren.slash("general", "imagine", prompt="1girl", steps=8, link=link_to(sandbox, first))
    await linked.wait_message(has_pictures, seconds=60)
    sandbox.user("aoi").remove(first)
    gone = await ren.slash("general", "imagine", prompt="1girl", link=link_to(sandbox, first))
    said = await gone.wait_message(lambda message: "deleted it" in texts(message), seconds=60)
    assert said.flags & EPHEMERAL
