"""What ``/settings`` shows: a place's ceiling, and every voice in it."""

from __future__ import annotations

import discord

from bot.services.ceilings import Ceiling
from bot.ui.embeds import ACCENT

RESET = "reset"


def ceiling_embed(ceiling: Ceiling) -> discord.Embed:
    """The highest rating that is shown here, why it is no higher, and each limit that was looked at."""
    embed = discord.Embed(
        title=f"Ceiling here: {ceiling.rating.word}",
        description=f"Decided by: {ceiling.why}. The lowest of these counts:",
        colour=ACCENT,
    )
    lines = [f"- {limit.rating.word}: {limit.why}" for limit in ceiling.limits]
    embed.add_field(name="Everybody who has a say", value="\n".join(lines), inline=False)
    strict = "on: a general place" if ceiling.strict else "off: a general place"
    does = "withholds" if ceiling.strict else "shows"
    embed.add_field(name="Strict", value=f"{strict} {does} pictures that are judged sensitive.", inline=False)
    return embed
