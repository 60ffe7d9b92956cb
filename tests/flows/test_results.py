"""The buttons under a result: each does what it says, for whom it may, and after a restart, too."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import Barred
from bot.sandbox import Sandbox
from bot.sandbox.driver import Outcome, Person
from bot.sandbox.messages import Message
from bot.services.conduct import ConductService
from tests.flows.conftest import running
from tests.flows.test_imagine import EPHEMERAL, has_pictures, picture, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")


def ids(message: Message) -> list[str]:
    return [part["custom_id"] for row in message.components for part in row["components"]]


def button(message: Message, word: str) -> str:
    return next(each for each in ids(message) if each.startswith(f"{word}:"))


async def drawn(person: Person, channel: str = "general", **options: Any) -> Message:
    given = {"prompt": "1girl, red hair", "seed": 3, "steps": 8} | options
    asked = await person.slash(channel, "imagine", **given)
    return await asked.wait_message(has_pictures, seconds=60)


async def result(outcome: Outcome) -> Message:
    return await outcome.wait_message(has_pictures, seconds=60)


async def said(outcome: Outcome) -> str:
    """The sentence for the presser alone."""
    message = await outcome.wait_message(lambda message: bool(message.content), seconds=60)
    assert message.flags & EPHEMERAL
    return message.content


async def until(person: Person, channel: str, count: int) -> list[Message]:
    """Messages with finished pictures in a channel, once there are so many."""
    async with asyncio.timeout(60):
        while len(found := [each for each in person.reads(channel) if has_pictures(each)]) < count:
            await asyncio.sleep(0.02)
    return found


async def test_a_reroll_and_a_larger_one_are_asked_for_by_anybody(sandbox: Sandbox) -> None:
    mika, ren = sandbox.user("mika"), sandbox.user("ren")
    first = await drawn(mika)
    again = await result(await ren.click(first, button(first, "reroll")))
    assert "red hair" in texts(again) and "8 steps" in texts(again)
    assert picture(sandbox, again).tobytes() != picture(sandbox, first).tobytes()
    large = await result(await ren.click(first, button(first, "vary:upscale")))
    assert picture(sandbox, large).width == 2 * picture(sandbox, first).width
    assert "upscaled 2x" in texts(large)
    assert not [each for each in ids(large) if each.startswith(("vary:hires", "vary:upscale"))]


async def test_of_several_pictures_one_is_chosen(sandbox: Sandbox) -> None:
    mika = sandbox.user("mika")
    first = await drawn(mika, count=2, seed=1)
    assert len(first.components) <= 3
    menu = button(first, "vary:menu")
    near = await result(await sandbox.user("ren").select(first, menu, ["subtle:1"]))
    assert len(near.files) == 1 and "varied by 0.25" in texts(near)


async def test_a_form_holds_the_jobs_own_values_and_draws_what_it_is_changed_to(sandbox: Sandbox) -> None:
    mika, ren = sandbox.user("mika"), sandbox.user("ren")
    first = await drawn(mika, negative="hat")
    opened = await ren.click(first, button(first, "edit"))
    assert opened.kind == "modal" and opened.first.modal is not None
    shown = str(opened.first.modal.components)
    for value in ("1girl, red hair", "'hat'", "'3'", "size: 832x1216", "steps: 8"):
        assert value in shown
    other = await mika.click(first, button(first, "edit"))
    changed = await result(await ren.submit(opened, prompt="1girl, blue hair", settings="steps: 6"))
    assert "blue hair" in texts(changed) and "6 steps" in texts(changed) and "hat" in texts(changed)
    # Two people had the same form open.
    wrong = await mika.submit(other, settings="steps: many")
    assert "Line 1 of the settings" in await said(wrong)
    opened = await mika.click(first, button(first, "words"))
    asked = await result(await mika.submit(opened, prompt="1boy, smile", seed=""))
    assert "1boy, smile" in texts(asked) and "8 steps" in texts(asked) and "hat" in texts(asked)


async def test_a_form_that_is_sent_after_the_ceiling_was_lowered_is_refused(sandbox: Sandbox) -> None:
    mika, aoi = sandbox.user("mika"), sandbox.user("aoi")
    await aoi.slash("general", "settings ceiling", rating="sensitive")
    try:
        first = await drawn(mika)
        opened = await mika.click(first, button(first, "edit"))
    finally:
        await aoi.slash("general", "settings ceiling", rating="general")
    refused = await mika.submit(opened, settings="steps: 8\nrating: sensitive")
    assert "general" in await said(refused)


async def test_info_tells_what_drew_it_and_that_it_can_be_drawn_so_again(sandbox: Sandbox) -> None:
    first = await drawn(sandbox.user("mika"))
    pressed = await sandbox.user("ren").click(first, button(first, "info"))
    shown = await pressed.wait_message(lambda message: bool(message.embeds), seconds=60)
    assert shown.flags & EPHEMERAL
    for part in ("masterpiece, best quality, 1girl", "nsfw, lowres", "8 steps", "torch ", "rows "):
        assert part in texts(shown)
    assert "Yes, " in texts(shown)


async def test_everybody_has_favourites_of_their_own(sandbox: Sandbox) -> None:
    mika, ren = sandbox.user("mika"), sandbox.user("ren")
    first = await drawn(mika)
    star = button(first, "favourite")
    assert "is among your favourites" in await said(await ren.click(first, star))
    assert "is among your favourites" in await said(await mika.click(first, star))
    assert "no longer" in await said(await ren.click(first, star))


async def test_only_their_asker_and_moderators_delete_pictures(sandbox: Sandbox) -> None:
    mika, ren, aoi = sandbox.user("mika"), sandbox.user("ren"), sandbox.user("aoi")
    first, second = await drawn(mika), await drawn(mika, seed=4)
    copy = await result(await ren.click(first, button(first, "reroll")))
    refused = await ren.click(first, button(first, "delete"))
    assert "Only the person who asked" in await said(refused)
    reroll, delete = button(first, "reroll"), button(first, "delete")
    await mika.click(first, delete)
    assert not first.files and "deleted" in first.content and not first.components
    assert "1girl" not in texts(first)
    await aoi.click(copy, button(copy, "delete"))
    assert not copy.files and copy.content == "This was deleted."
    # Another message's button would do as well: what counts is the job's id in it.
    second.components[0]["components"][0]["custom_id"] = reroll
    assert "is gone" in await said(await ren.click(second, reroll))


async def test_twice_at_the_same_moment_is_once(sandbox: Sandbox) -> None:
    mika = sandbox.user("mika")
    first = await drawn(mika)
    delete = button(first, "delete")
    pressed = await asyncio.gather(mika.click(first, delete), mika.click(first, delete))
    assert sorted(each.kind for each in pressed)[0] in ("message", "update")
    assert not first.files


async def test_a_private_picture_is_posted_once_and_is_everybodys_then(sandbox: Sandbox) -> None:
    mika, ren = sandbox.user("mika"), sandbox.user("ren")
    before = len([each for each in ren.reads("art-requests") if has_pictures(each)])
    private = await drawn(mika, "art-requests", private=True)
    follows = await result(await mika.click(private, button(private, "reroll")))
    assert follows.flags & EPHEMERAL and "post" in str(ids(follows))
    post = button(private, "post")
    answers = [await said(each) for each in await asyncio.gather(*(mika.click(private, post) for _ in "ab"))]
    assert sorted(answers) == [
        "It is being posted in this channel.",
        "This was posted already, or is about to be.",
    ]
    posted = (await until(ren, "art-requests", before + 1))[-1]
    assert picture(sandbox, posted).tobytes() == picture(sandbox, private).tobytes()
    assert not [each for each in ids(posted) if each.startswith("post:")]
    again = await result(await ren.click(posted, button(posted, "reroll")))
    assert not again.flags & EPHEMERAL
    assert len([each for each in ren.reads("art-requests") if has_pictures(each)]) == before + 2


async def test_pictures_are_sent_to_whoever_asks_for_them(sandbox: Sandbox) -> None:
    mika, ren = sandbox.user("mika"), sandbox.user("ren")
    first = await drawn(mika)
    for person, live in ((mika, True), (ren, False)):
        pressed = await person.click(first, button(first, "send"))
        assert "direct messages" in await said(pressed)
        got = (await until(person, person.dm().id, 1))[-1]
        assert picture(sandbox, got).tobytes() == picture(sandbox, first).tobytes()
        assert bool(got.components) == live


async def test_somebody_who_is_refused_is_so_by_every_button(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mika, ren = sandbox.user("mika"), sandbox.user("ren")
    first = await drawn(mika)
    opened = await ren.click(first, button(first, "edit"))

    async def check(self: ConductService, user_id: int, guild_id: int | None) -> None:
        if str(user_id) == ren.id:
            raise Barred("Your requests are refused until tomorrow.")

    monkeypatch.setattr(ConductService, "check", check)
    for word in ("reroll", "vary:subtle", "vary:strong", "vary:upscale", "favourite", "send"):
        assert "refused until" in await said(await ren.click(first, button(first, word)))
    assert "refused until" in await said(await ren.submit(opened))


async def test_buttons_and_open_forms_outlast_the_bot(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        mika = sandbox.user("mika")
        async with running(sandbox, tmp_path):
            first = await drawn(mika)
            opened = await mika.click(first, button(first, "edit"))
        async with running(sandbox, tmp_path):
            changed = await result(await mika.submit(opened, prompt="1girl, blue hair"))
            assert "blue hair" in texts(changed)
            for word in ("reroll", "vary:subtle"):
                await result(await mika.click(first, button(first, word)))
            assert "favourites" in await said(await mika.click(first, button(first, "favourite")))
            await mika.click(first, button(first, "delete"))
            assert not first.files
