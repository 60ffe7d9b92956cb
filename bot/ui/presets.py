"""What ``/preset`` answers."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.core.language import say
from bot.services.presets import MOST, Preset
from bot.ui import drafts
from bot.ui.embeds import ACCENT
from bot.ui.text import plain

_NAME, _LINE = 80, 150
"""Characters: twenty-five lines of both fit into an embed's description."""


def saved(preset: Preset) -> discord.Embed:
    """What was kept, and how to use it."""
    embed = discord.Embed(
        title=say("Preset saved"),
        description=say("`/preset use` draws with it; only you see and use it."),
        colour=ACCENT,
    )
    embed.add_field(name=plain(preset.name, _NAME), value=drafts.summary(preset.draft, 1000), inline=False)
    return embed


def listed(presets: Sequence[Preset]) -> discord.Embed:
    """A line for each."""
    if not presets:
        return discord.Embed(
            title=say("Your presets"),
            description=say("You have none yet; `/preset save` keeps options, or the settings of a job."),
            colour=ACCENT,
        )
    lines = []
    for preset in presets:
        name = plain(preset.name, _NAME)
        lines.append(f"- **{name}**: {drafts.summary(preset.draft, _LINE - len(name))}")
    embed = discord.Embed(title=say("Your presets"), description="\n".join(lines), colour=ACCENT)
    embed.set_footer(text=f"{len(presets)} of {MOST}")
    return embed


def deleted(name: str) -> str:
    """That it is gone."""
    return say("Your preset {name} is deleted.", name=plain(name, _NAME))
