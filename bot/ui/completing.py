"""What is offered while somebody types into an option: given to ``app_commands.autocomplete`` by name."""

from __future__ import annotations

import asyncio
import functools

import discord
from discord.app_commands import Choice

from bot.core.draft import NONE
from bot.ui import options, places
from bot.ui.access import services_of

Choices = list[Choice[str]]


async def tags(interaction: discord.Interaction, typed: str) -> Choices:
    """The last tag of a list."""
    return options.last_tag(typed, await _tags(interaction))


async def subject(interaction: discord.Interaction, typed: str) -> Choices:
    """How many people."""
    return options.one_tag(typed, await _tags(interaction, "subject"))


async def character(interaction: discord.Interaction, typed: str) -> Choices:
    """A character, with the series that comes with it."""
    series_of = services_of(interaction).tags.series_of
    return options.one_tag(typed, await _tags(interaction, "character"), series_of)


async def series(interaction: discord.Interaction, typed: str) -> Choices:
    """A series; at first that of the character who was chosen."""
    known = getattr(interaction.namespace, "character", None)
    own = services_of(interaction).tags.series_of(known) if known else None
    if own is not None and not typed.strip():
        return options.word_choices([own])
    return options.one_tag(typed, await _tags(interaction, "series"))


async def quality(interaction: discord.Interaction, typed: str) -> Choices:
    """The model's quality words and presets of several."""
    return options.among(typed, services_of(interaction).tags.qualities)


async def year(interaction: discord.Interaction, typed: str) -> Choices:
    """The model's words for years."""
    return options.among(typed, services_of(interaction).tags.years)


async def style(interaction: discord.Interaction, typed: str) -> Choices:
    """The styles."""
    return options.among(typed, services_of(interaction).tags.styles)


async def lora(interaction: discord.Interaction, typed: str) -> Choices:
    """The last LoRA of a list."""
    names = services_of(interaction).catalogue.names("loras", interaction.guild_id)
    return options.last_tag(typed, functools.partial(options.not_yet, typed, names))


async def model(interaction: discord.Interaction, typed: str) -> Choices:
    """The further models, and none for the bot's own."""
    names = services_of(interaction).catalogue.names("models", interaction.guild_id)
    return options.among(typed, [*names, NONE] if names else names)


async def profile(interaction: discord.Interaction, typed: str) -> Choices:
    """The fast profiles."""
    return options.among(typed, services_of(interaction).catalogue.names("profiles", interaction.guild_id))


async def preset(interaction: discord.Interaction, typed: str) -> Choices:
    """The asker's own presets."""
    return options.among(typed, await services_of(interaction).presets.names(interaction.user.id))


async def _tags(interaction: discord.Interaction, category: str | None = None) -> options.Complete:
    """Completes tags up to the ceiling of the place in which somebody types, their own first."""
    services = services_of(interaction)
    ceiling, used = await asyncio.gather(
        services.ceilings.of(places.place_of(interaction)), services.tags.used_by(interaction.user.id)
    )
    return functools.partial(services.tags.complete, ceiling=ceiling.rating, category=category, used=used)
