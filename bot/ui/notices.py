"""Tells people, for their eyes alone, of jobs whose end could be shown nowhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import discord

from bot.core.language import count, say
from bot.services.outbox import Kept, Outbox
from bot.ui.text import shorten

log = logging.getLogger(__name__)

AT_ONCE = 10
"""Jobs that are told of in one message."""


async def tell(interaction: discord.Interaction, outbox: Outbox) -> None:
    """Say after a command what its user has not read yet; what cannot be said now is said next time."""
    kept = (await outbox.kept(interaction.user.id))[:AT_ONCE]
    if not kept or not interaction.response.is_done():
        return
    try:
        await interaction.followup.send(notice(kept), ephemeral=True)
    except discord.HTTPException as error:
        log.warning("what was kept could not be told: %s", error)
        return
    await outbox.told(kept)


def notice(kept: Sequence[Kept]) -> str:
    """A line for every job; ten of them fit into one message."""
    return "\n".join([say("This could not be shown where you asked for it:"), *map(_line, kept)])


def _line(kept: Kept) -> str:
    if kept.error is not None:
        return f"- `{kept.job_id}`: {shorten(say(kept.error), 170)}"
    return count(
        "- `{job_id}`: {n} picture is in your /history.",
        "- `{job_id}`: {n} pictures are in your /history.",
        kept.pictures,
        job_id=kept.job_id,
    )
