"""What Discord says of a place: where an interaction was made, how to answer it, who may see it."""

from __future__ import annotations

import asyncio
import logging

import discord

from bot.core.job import Place, Reply
from bot.services.imagine import Asker
from bot.services.settings import Admin
from bot.services.sight import Viewer

log = logging.getLogger(__name__)

TOKEN_LIFE = 15 * 60.0
"""Seconds for which Discord lets an interaction's answer be edited."""

PATIENCE = 10.0
"""Seconds for Discord to say whether a channel is age-restricted."""

RESTRICTED_GUILDS = (discord.NSFWLevel.explicit, discord.NSFWLevel.age_restricted)
"""A server of these levels is for adults as a whole, though its channels do not say so."""


def place_of(interaction: discord.Interaction) -> Place:
    """The guild, channel and thread's parent; a channel that cannot be told counts as not age-restricted."""
    channel, guild = interaction.channel, interaction.guild
    return Place(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        age_restricted=guild is not None and (_marked(channel) or guild.nsfw_level in RESTRICTED_GUILDS),
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
    )


def _marked(channel: object) -> bool:
    """Whether a channel is marked itself; a thread goes by its parent, and unmarked when that is unknown."""
    is_nsfw = getattr(channel, "is_nsfw", None)
    return bool(is_nsfw()) if is_nsfw else False


class DiscordChannels:
    """Implements ``Channels`` of the services on a discord.py client.

    The gateway keeps the client's channels and servers up to date, but news may be late; so what it
    knows may deny, and only Discord's own answer may confirm.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def age_restricted(self, place: Place) -> bool:
        """Whether the place is age-restricted now; False when Discord does not tell."""
        guild = self._client.get_guild(place.guild_id or 0)
        if guild is None or guild.unavailable:
            return False
        channel = guild.get_channel_or_thread(place.parent_id or place.channel_id)
        try:
            async with asyncio.timeout(PATIENCE):
                if _marked(channel) and await self._still_marked(place):
                    return True
                if guild.nsfw_level not in RESTRICTED_GUILDS:
                    return False
                return (await self._client.fetch_guild(guild.id)).nsfw_level in RESTRICTED_GUILDS
        except Exception:
            log.warning("Discord does not tell of channel %d", place.channel_id, exc_info=True)
            return False

    async def _still_marked(self, place: Place) -> bool:
        channel = await self._client.fetch_channel(place.parent_id or place.channel_id)
        if isinstance(channel, discord.Thread):
            channel = await self._client.fetch_channel(channel.parent_id)
        return _marked(channel)


def reply_to(interaction: discord.Interaction) -> Reply:
    """The interaction's token and when it expires."""
    return Reply(interaction.token, interaction.created_at.timestamp() + TOKEN_LIFE)


def asker_of(interaction: discord.Interaction) -> Asker:
    """The person, with the ids and names of their roles in a server."""
    roles = getattr(interaction.user, "roles", ())
    words = frozenset(word for role in roles for word in (str(role.id), role.name))
    return Asker(interaction.user.id, words, interaction.locale.value)


def alone(interaction: discord.Interaction) -> bool:
    """Whether a pressed button's message is for the presser alone, and so what follows from it is, too."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def viewer_of(interaction: discord.Interaction) -> Viewer:
    """The person, the place, and what else of the server they may read."""
    return Viewer(
        asker_of(interaction),
        place_of(interaction),
        lambda place: sees(interaction, place.channel_id),
    )


def sees(interaction: discord.Interaction, channel_id: int) -> bool:
    """Whether the person may read a channel of the server that they are in; no, where that cannot be told."""
    if channel_id == interaction.channel_id:
        return True
    channel, may = _seen(interaction, channel_id)
    if channel is None or (isinstance(channel, discord.Thread) and channel.is_private()):
        return False  # who is in a private thread is not known here
    return may.view_channel and may.read_message_history


def moderates(interaction: discord.Interaction, channel_id: int) -> bool:
    """Whether the person may delete other people's messages in a channel of the server that they are in."""
    if channel_id == interaction.channel_id:
        return interaction.guild_id is not None and interaction.permissions.manage_messages
    channel, may = _seen(interaction, channel_id)
    if isinstance(channel, discord.Thread) and channel.is_private():
        return may.manage_messages and may.manage_threads
    return may.view_channel and may.manage_messages


def _seen(
    interaction: discord.Interaction, channel_id: int
) -> tuple[discord.abc.GuildChannel | discord.Thread | None, discord.Permissions]:
    """A channel of the server and what the person may do there: nothing, where it is not known."""
    guild, member = interaction.guild, interaction.user
    channel = None if guild is None else guild.get_channel_or_thread(channel_id)
    if channel is None or not isinstance(member, discord.Member):
        return None, discord.Permissions.none()
    try:
        return channel, channel.permissions_for(member)
    except discord.ClientException:  # a thread whose parent is gone
        return None, discord.Permissions.none()


def admin_of(interaction: discord.Interaction) -> Admin:
    """The person and the server, and whether Discord says that they hold Manage Server there."""
    permissions = interaction.permissions
    may = permissions.manage_guild or permissions.administrator
    return Admin(interaction.user.id, interaction.guild_id, may)
