"""Pictures that people point at: what is not fetched, what cannot be, and where links may lead."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.core.errors import UserError
from bot.ui.pictures import Attached, Linked, of_message

GUILD, CHANNEL, OTHER, MESSAGE = 1, 2, 3, 4
LINK = "https://discord.com/channels/{}/{}/4"


class File:
    """An attachment that is as large, and as hard to fetch, as the test says."""

    def __init__(self, size: int = 3, error: Exception | None = None, kind: str = "image/png") -> None:
        self.size, self.error, self.content_type = size, error, kind
        self.reads = 0

    async def read(self) -> bytes:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return b"png"


def refused(status: int) -> discord.HTTPException:
    kind = {404: discord.NotFound, 403: discord.Forbidden}.get(status, discord.HTTPException)
    return kind(SimpleNamespace(status=status, reason="no"), {"code": 0, "message": "no"})  # type: ignore[arg-type]


def interaction(message: Any, *, sees: bool = True) -> Any:
    """One in ``CHANNEL``, whose bot finds this message, or this error, whatever it asks for."""

    class Channel:
        async def fetch_message(self, _: int) -> Any:
            if isinstance(message, Exception):
                raise message
            return message

    def permissions_for(_: object) -> Any:
        return SimpleNamespace(view_channel=sees, read_message_history=sees)

    guild = SimpleNamespace(
        get_channel_or_thread=lambda number: (
            SimpleNamespace(permissions_for=permissions_for) if number == OTHER else None
        )
    )
    member = discord.Member.__new__(discord.Member)
    client = SimpleNamespace(user=SimpleNamespace(id=9), get_partial_messageable=lambda _: Channel())
    return SimpleNamespace(guild_id=GUILD, channel_id=CHANNEL, guild=guild, user=member, client=client)


def message(author: int = 9, *files: File) -> Any:
    return SimpleNamespace(author=SimpleNamespace(id=author), attachments=files)


async def test_what_is_too_large_is_not_even_fetched() -> None:
    file = File(20_000_001)
    with pytest.raises(UserError, match=r"The mask has 20\.0 MB, and at most 20 MB"):
        await Attached(file, "mask").read()  # type: ignore[arg-type]
    assert file.reads == 0


@pytest.mark.parametrize("error", [refused(404), refused(500), aiohttp.ClientError(), TimeoutError()])
async def test_what_cannot_be_fetched_is_told(error: Exception) -> None:
    with pytest.raises(UserError, match="could not be fetched from Discord"):
        await Attached(File(error=error)).read()  # type: ignore[arg-type]


@pytest.mark.parametrize("channel", [CHANNEL, OTHER])
async def test_a_link_leads_to_the_first_picture_of_this_bots_message(channel: int) -> None:
    found = message(9, File(kind="text/plain", error=refused(404)), File())
    assert await Linked(interaction(found), LINK.format(GUILD, channel)).read() == b"png"


@pytest.mark.parametrize(
    ("link", "found", "sees", "said"),
    [
        ("no link", None, True, "no link to a message"),
        (LINK.format(8, CHANNEL), None, True, "out of this server"),
        (LINK.format("@me", CHANNEL), None, True, "out of this server"),
        (LINK.format(GUILD, CHANNEL), refused(404), True, "somebody deleted it"),
        (LINK.format(GUILD, CHANNEL), refused(403), True, "may not read the channel"),
        (LINK.format(GUILD, CHANNEL), refused(500), True, "please try again"),
        (LINK.format(GUILD, CHANNEL), message(8, File()), True, "not this bot's"),
        (LINK.format(GUILD, CHANNEL), message(9), True, "no picture attached"),
        (LINK.format(GUILD, OTHER), message(9, File()), False, "not one that can be read here"),
        (LINK.format(GUILD, 77), message(9, File()), True, "not one that can be read here"),
    ],
)
async def test_a_link_that_leads_to_nothing_of_theirs_is_told(
    link: str, found: Any, sees: bool, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        await Linked(interaction(found, sees=sees), link).read()


def test_a_message_without_a_picture_is_told() -> None:
    with pytest.raises(UserError, match="no picture attached"):
        of_message(message(8, File(kind="video/mp4")))
