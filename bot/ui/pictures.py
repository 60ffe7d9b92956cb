"""Pictures that people point at: what they attach, what a message holds, and what a link leads to."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Sequence

import aiohttp
import discord

from bot.core.errors import InvalidRequest, NotFound
from bot.services.sources import MOST_BYTES, STRENGTH, Given, Picture, too_large
from bot.ui.places import sees

FETCH_SECONDS = 30.0
_LINK = re.compile(
    r"<?https?://[^/\s]+/channels/(?P<guild>[0-9]{1,20}|@me)/(?P<channel>[0-9]{1,20})/(?P<message>[0-9]{1,20})/?>?"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Attached:
    """A file that Discord holds; ``what`` is the word for it in sentences."""

    file: discord.Attachment
    what: str = "picture"

    async def read(self) -> bytes:
        """Fetch it once; raises InvalidRequest for one that is too large or cannot be fetched."""
        if self.file.size > MOST_BYTES:
            raise InvalidRequest(too_large(self.file.size, self.what))
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                return await self.file.read()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:  # a timeout is an OSError
            raise InvalidRequest(
                "The {what} could not be fetched from Discord; please attach it once more.", what=self.what
            ) from error


@dataclasses.dataclass(frozen=True, slots=True)
class Linked:
    """The first picture of a message of this bot's, by a link to it."""

    interaction: discord.Interaction
    link: str

    async def read(self) -> bytes:
        """Find and fetch it; raises InvalidRequest or NotFound for what is not to be had here."""
        return await Attached(_only_picture((await self._message()).attachments)).read()

    async def _message(self) -> discord.Message:
        match = _LINK.fullmatch(self.link.strip())
        if match is None:
            raise InvalidRequest("That is no link to a message; take one by Copy Message Link.")
        if match["guild"] != str(self.interaction.guild_id or "@me"):
            raise InvalidRequest(
                "That link leads out of this server; pictures are taken from messages of this server alone."
            )
        channel_id = int(match["channel"])
        if not sees(self.interaction, channel_id):
            raise NotFound(
                "The channel of that link is not one that can be read here; attach the picture instead."
            )
        channel = self.interaction.client.get_partial_messageable(channel_id)
        try:
            message = await channel.fetch_message(int(match["message"]))
        except discord.NotFound:
            raise NotFound("The message of that link is gone; somebody deleted it.") from None
        except discord.Forbidden:
            raise NotFound("The bot may not read the channel of that link; attach the picture.") from None
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            raise InvalidRequest("Discord did not hand the message out; please try again.") from error
        own = self.interaction.client.user
        if own is None or message.author.id != own.id:
            raise InvalidRequest(
                "That message is not this bot's; for another person's picture use this bot's commands in the "
                "message's own menu, under Apps."
            )
        return message


def given(
    interaction: discord.Interaction,
    image: discord.Attachment | None,
    link: str | None,
    strength: float | None,
    mask: discord.Attachment | None,
    *,
    fit: bool,
) -> Given | None:
    """What the options of a command name; raises InvalidRequest when they do not go together."""
    if image is None and link is None:
        if strength is not None or mask is not None:
            raise InvalidRequest("A strength or a mask works on a picture; give one with image or link.")
        return None
    picture = one_of(interaction, image, link)
    chosen = STRENGTH if strength is None else strength
    return Given(picture, chosen, None if mask is None else Attached(mask, "mask"), fit)


def one_of(interaction: discord.Interaction, image: discord.Attachment | None, link: str | None) -> Picture:
    """The picture that one of two options names; raises InvalidRequest unless exactly one does."""
    if image is not None and link is not None:
        raise InvalidRequest("There are a picture and a link to one; leave one of the two out.")
    if image is not None:
        return Attached(image)
    if link is None:
        raise InvalidRequest("There is no picture; attach one, or give a link to one.")
    return Linked(interaction, link)


def of_message(message: discord.Message) -> Attached:
    """The first picture of a message; raises InvalidRequest where there is none."""
    return Attached(_only_picture(message.attachments))


def _only_picture(files: Sequence[discord.Attachment]) -> discord.Attachment:
    found = next((file for file in files if (file.content_type or "").startswith("image/")), None)
    if found is None:
        raise InvalidRequest("That message has no picture attached; choose one that has.")
    return found
