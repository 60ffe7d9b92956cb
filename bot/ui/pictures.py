"""Pictures that people point at: what they attach, what a message holds, and what a link leads to."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Sequence

import aiohttp
import discord

from bot.core.errors import InvalidRequest, NotFound
from bot.core.language import later
from bot.services.sources import MOST_BYTES, STRENGTH, Given, Picture, too_large

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
        self._require_sight(channel_id)
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
                "That message is not this bot's; for another person's picture use the command "
                "Draw from this picture in the message's own menu."
            )
        return message

    def _require_sight(self, channel_id: int) -> None:
        """Raise NotFound for a place that the asker does not see."""
        if channel_id == self.interaction.channel_id:
            return
        guild, member = self.interaction.guild, self.interaction.user
        channel = None if guild is None else guild.get_channel_or_thread(channel_id)
        if channel is None or not isinstance(member, discord.Member):
            raise NotFound(_NO_CHANNEL)
        sees = channel.permissions_for(member)
        if not (sees.view_channel and sees.read_message_history):
            raise NotFound(_NO_CHANNEL)
        if isinstance(channel, discord.Thread) and channel.is_private():
            raise NotFound(_NO_CHANNEL)  # who is in it is not known here


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
    if image is not None and link is not None:
        raise InvalidRequest("There are a picture and a link to one; leave one of the two out.")
    picture: Picture
    if image is not None:
        picture = Attached(image)
    elif link is not None:
        picture = Linked(interaction, link)
    elif strength is not None or mask is not None:
        raise InvalidRequest("A strength or a mask works on a picture; give one with image or link.")
    else:
        return None
    chosen = STRENGTH if strength is None else strength
    return Given(picture, chosen, None if mask is None else Attached(mask, "mask"), fit)


def of_message(message: discord.Message) -> Attached:
    """The first picture of a message; raises InvalidRequest where there is none."""
    return Attached(_only_picture(message.attachments))


def _only_picture(files: Sequence[discord.Attachment]) -> discord.Attachment:
    found = next((file for file in files if (file.content_type or "").startswith("image/")), None)
    if found is None:
        raise InvalidRequest("That message has no picture attached; attach one to /imagine instead.")
    return found


_NO_CHANNEL = later("The channel of that link is not one that can be read here; attach the picture instead.")
