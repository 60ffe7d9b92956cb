"""Admins set what a server shows; it holds at once, and still when a picture is posted."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.sandbox import ApiError, Sandbox
from bot.sandbox.members import guild_payload
from bot.sandbox.messages import Message
from bot.sandbox.state import GUILDS
from bot.sandbox.world import Channel

pytestmark = pytest.mark.asyncio(loop_scope="session")

EPHEMERAL = 64
KEEPER, GUEST = "noor", "mika"
OPEN, ADULT = "tea-room", "moonlight-corner"


def texts(message: Message) -> str:
    return message.content + str(message.embeds)


def has_pictures(message: Message) -> bool:
    return bool(message.files) and "AI-generated" in texts(message)


async def told(sandbox: Sandbox, name: str, place: str, command: str, /, **options: str) -> str:
    """What a command answers to the asker alone."""
    asked = await sandbox.user(name).slash(place, command, **options)
    assert asked.message is not None and asked.message.flags & EPHEMERAL
    assert "Traceback" not in texts(asked.message) and "reference" not in texts(asked.message)
    return texts(asked.message)


async def set_ceiling(sandbox: Sandbox, rating: str, **options: str) -> str:
    return await told(sandbox, KEEPER, OPEN, "settings ceiling", rating=rating, **options)


async def accepted(sandbox: Sandbox, channel: str, rating: str) -> bool:
    """Whether a request with this rating is taken; it is cancelled at once."""
    guest = sandbox.user(GUEST)
    asked = await guest.slash(channel, "imagine", prompt="1girl, smile", rating=rating, steps=4)
    assert asked.message is not None
    if asked.message.flags & EPHEMERAL:
        assert rating in asked.message.content
        return False
    message = await asked.wait_message(lambda message: bool(message.components) or bool(message.files))
    if message.components:
        await guest.click(message, message.components[0]["components"][0]["custom_id"])
    return True


def mark(sandbox: Sandbox, channel: Channel, *, nsfw: bool) -> None:
    """What an admin does in the channel's own settings."""
    channel.nsfw = nsfw
    sandbox.state.tell_channel("CHANNEL_UPDATE", channel)


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def as_before(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    mark(sandbox, sandbox.user(GUEST).channel(ADULT), nsfw=True)
    await set_ceiling(sandbox, "reset")
    await set_ceiling(sandbox, "reset", channel=sandbox.user(KEEPER).channel(ADULT).id)
    await told(sandbox, KEEPER, OPEN, "settings strict", state="off")


async def test_a_server_begins_at_general_everywhere(sandbox: Sandbox) -> None:
    for channel in (OPEN, ADULT):
        assert "Ceiling here: general" in await told(sandbox, GUEST, channel, "settings show")
        assert not await accepted(sandbox, channel, "sensitive")


async def test_a_channel_that_is_not_age_restricted_stays_at_sensitive(sandbox: Sandbox) -> None:
    assert "not age-restricted" in await set_ceiling(sandbox, "explicit")
    await set_ceiling(sandbox, "explicit", channel=sandbox.user(KEEPER).channel(OPEN).id)
    assert "Ceiling here: sensitive" in await told(sandbox, GUEST, OPEN, "settings show")
    assert not await accepted(sandbox, OPEN, "questionable")
    assert await accepted(sandbox, OPEN, "sensitive")
    await set_ceiling(sandbox, "reset", channel=sandbox.user(KEEPER).channel(OPEN).id)


async def test_an_age_restricted_channel_needs_the_server_to_opt_in(sandbox: Sandbox) -> None:
    adult = sandbox.user(KEEPER).channel(ADULT).id
    assert "server's own ceiling is general" in await set_ceiling(sandbox, "explicit", channel=adult)
    assert not await accepted(sandbox, ADULT, "questionable")
    await set_ceiling(sandbox, "questionable")
    assert not await accepted(sandbox, ADULT, "explicit")
    assert await accepted(sandbox, ADULT, "questionable")


async def test_a_thread_follows_its_parent(sandbox: Sandbox) -> None:
    await set_ceiling(sandbox, "explicit")
    guest = sandbox.user(GUEST)
    inside = sandbox.acts.thread(guest.id, guest.channel(ADULT).id, "Late tea").id
    assert "Ceiling here: explicit" in await told(sandbox, GUEST, inside, "settings show")
    await set_ceiling(sandbox, "questionable", channel=guest.channel(ADULT).id)
    assert "Ceiling here: questionable" in await told(sandbox, GUEST, inside, "settings show")
    mark(sandbox, guest.channel(ADULT), nsfw=False)
    assert "Ceiling here: sensitive" in await told(sandbox, GUEST, inside, "settings show")
    outside = sandbox.acts.thread(guest.id, guest.channel(OPEN).id, "Early tea").id
    assert "Ceiling here: sensitive" in await told(sandbox, GUEST, outside, "settings show")


async def test_direct_messages_are_general_whatever_is_set(sandbox: Sandbox) -> None:
    await set_ceiling(sandbox, "explicit")
    guest = sandbox.user(GUEST)
    assert not await accepted(sandbox, guest.dm().id, "sensitive")


async def test_without_manage_server_nothing_changes(sandbox: Sandbox, data: Path) -> None:
    adult = sandbox.user(KEEPER).channel(ADULT).id
    for options in ({"rating": "explicit"}, {"rating": "explicit", "channel": adult}, {"rating": "reset"}):
        assert "Manage Server" in await told(sandbox, GUEST, ADULT, "settings ceiling", **options)
    assert "Manage Server" in await told(sandbox, GUEST, ADULT, "settings strict", state="on")
    assert "Ceiling here: general" in await told(sandbox, GUEST, ADULT, "settings show")
    with sqlite3.connect(data / "bot.sqlite3") as database:
        found = database.execute(
            "SELECT count(*) FROM audit WHERE user_id = ?", (int(sandbox.user(GUEST).id),)
        )
        assert found.fetchone() == (0,)


async def test_a_thread_has_no_ceiling_of_its_own(sandbox: Sandbox) -> None:
    keeper = sandbox.user(KEEPER)
    thread = sandbox.acts.thread(keeper.id, keeper.channel(OPEN).id, "Third tea").id
    with pytest.raises(ApiError, match="type"):
        await set_ceiling(sandbox, "general", channel=thread)


async def test_a_change_is_in_the_audit(sandbox: Sandbox, data: Path) -> None:
    keeper = sandbox.user(KEEPER)
    await set_ceiling(sandbox, "sensitive", channel=keeper.channel(ADULT).id)
    with sqlite3.connect(data / "bot.sqlite3") as database:
        rows = database.execute(
            "SELECT guild_id, channel_id, user_id, action, before, after FROM audit ORDER BY id DESC LIMIT 1"
        ).fetchall()
    guild, channel = keeper.channel(ADULT).guild_id, keeper.channel(ADULT).id
    assert rows == [(int(guild or 0), int(channel), int(keeper.id), "ceiling", "unset", "sensitive")]


async def test_completion_hides_what_the_place_does_not_show(sandbox: Sandbox) -> None:
    async def offered(channel: str) -> list[str]:
        choices = await sandbox.user(GUEST).complete(channel, "imagine", "prompt", "linger")
        return [choice["value"] for choice in choices]

    assert "lingerie" not in await offered(ADULT)
    await set_ceiling(sandbox, "sensitive")
    assert "lingerie" in await offered(ADULT)


@pytest.mark.parametrize("told_of_it", [True, False], ids=["the news arrive", "the news are late"])
async def test_a_channel_that_stops_being_age_restricted_gets_no_such_picture(
    sandbox: Sandbox, told_of_it: bool
) -> None:
    await set_ceiling(sandbox, "explicit")
    guest = sandbox.user(GUEST)
    options = {"prompt": "1girl, smile", "rating": "explicit", "steps": 28}
    shown = await guest.slash(ADULT, "imagine", seed=1, **options)
    await shown.wait_message(has_pictures, seconds=60)
    asked = await guest.slash(ADULT, "imagine", seed=2, **options)
    assert asked.message is not None and not asked.message.flags & EPHEMERAL
    if told_of_it:
        mark(sandbox, guest.channel(ADULT), nsfw=False)
    else:
        guest.channel(ADULT).nsfw = False
    ended = await asked.wait_message(lambda message: "not posted" in texts(message), seconds=60)
    assert not ended.files


async def test_a_server_for_adults_as_a_whole_counts_as_age_restricted(sandbox: Sandbox) -> None:
    guild = sandbox.state.world.guild(sandbox.user(KEEPER).channel(OPEN).guild_id or "")

    def level(number: int) -> None:
        guild.nsfw_level = number
        sandbox.state.gateway.emit("GUILD_UPDATE", guild_payload(guild), guild_id=guild.id, intent=GUILDS)

    await set_ceiling(sandbox, "explicit")
    try:
        for number, ceiling in ((1, "explicit"), (2, "sensitive"), (3, "explicit"), (0, "sensitive")):
            level(number)
            assert f"Ceiling here: {ceiling}" in await told(sandbox, GUEST, OPEN, "settings show")
        level(3)
        asked = await sandbox.user(GUEST).slash(
            OPEN, "imagine", prompt="1girl", rating="explicit", steps=28, seed=1
        )
        await asked.wait_message(has_pictures, seconds=60)
    finally:
        level(0)
