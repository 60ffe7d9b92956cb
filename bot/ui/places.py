"""Reads from an interaction where it was made and how to answer it later."""

from __future__ import annotations

import discord

from bot.core.job import Place, Reply
from bot.services.imagine import Asker

TOKEN_LIFE = 15 * 60.0
"""Seconds for which Discord lets an interaction's answer be edited."""


def place_of(interaction: discord.Interaction) -> Place:
    """The guild and channel; a channel that cannot be told counts as not age-restricted."""
    channel = interaction.channel
    is_nsfw = getattr(channel, "is_nsfw", None)
    return Place(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        age_restricted=bool(is_nsfw()) if is_nsfw else False,
    )


def reply_to(interaction: discord.Interaction) -> Reply:
    """The interaction's token and when it expires."""
    return Reply(interaction.token, interaction.created_at.timestamp() + TOKEN_LIFE)


def asker_of(interaction: discord.Interaction) -> Asker:
    """The person, with the ids and names of their roles in a server."""
    roles = getattr(interaction.user, "roles", ())
    return Asker(interaction.user.id, frozenset(word for role in roles for word in (str(role.id), role.name)))
