"""Reads from an interaction where it was made and how to answer it later."""

from __future__ import annotations

import discord

from bot.core.job import Place, Reply

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
