"""Everybody reads their own language: in answers, errors, and what comes later to a public message."""

from __future__ import annotations

import pytest

from bot.sandbox import Sandbox
from tests.flows.test_imagine import EPHEMERAL, has_pictures, texts

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.languages]


@pytest.mark.parametrize(
    ("name", "said"),
    [("mika", "outside 0 to 2"), ("sora", "liegt nicht zwischen"), ("yuki", "重み"), ("haruka", "重み")],
)
async def test_an_error_is_in_the_language_of_whoever_caused_it(
    sandbox: Sandbox, name: str, said: str
) -> None:
    asked = await sandbox.user(name).slash("general", "imagine", prompt="(smile:99)")
    assert asked.message is not None and asked.message.flags & EPHEMERAL
    assert said in asked.message.content and "99" in asked.message.content


async def test_an_answer_goes_on_in_the_language_in_which_it_was_asked(sandbox: Sandbox) -> None:
    asked = await sandbox.user("yuki").slash("general", "imagine", prompt="1girl, blue hair", steps=8, seed=1)
    message = await asked.wait_message(lambda message: "AI生成" in texts(message), seconds=60)
    assert message.files and "シード" in texts(message) and "Seed" not in texts(message)
    other = await sandbox.user("mika").slash("general", "imagine", prompt="1girl, blue hair", steps=8, seed=1)
    assert "Seed" in texts(await other.wait_message(has_pictures, seconds=60))


async def test_commands_are_named_in_the_languages_that_the_bot_speaks(sandbox: Sandbox) -> None:
    mika = sandbox.user("mika")
    (imagine,) = (
        command
        for command in sandbox.state.commands.usable(sandbox.state.world, mika.channel("general"), mika.id)
        if command["name"] == "imagine"
    )
    assert set(imagine["name_localizations"]) >= {"ja", "zh-CN", "ko", "es-ES", "es-419", "fr"}
    assert imagine["description_localizations"]["de"] != imagine["description"]
