"""A finished job, brought back with its pictures and buttons into whatever place it is asked for in."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.services.sight import Glance
from bot.ui import embeds, places
from bot.ui.access import services_of
from bot.ui.options import MAX_CHOICE
from bot.ui.results import result_view
from bot.ui.text import shorten


async def bring(interaction: discord.Interaction, typed: str, *, private: bool) -> None:
    """Show the job of a typed id; one that was private, or that anybody wants so, to the asker alone.

    Raises what `ShowService.find` and `ShowService.show` do.
    """
    shows, viewer = services_of(interaction).show, places.viewer_of(interaction)
    record = await shows.find(viewer, typed)
    await interaction.response.defer(thinking=True, ephemeral=private or record.job.request.private)
    shown = await shows.show(viewer, record)
    await interaction.edit_original_response(
        embed=embeds.end(shown.job, shown.answer),
        attachments=embeds.files(shown.job, shown.answer.pictures),
        view=result_view(shown.job, shown.answer),
    )


def choices(glances: list[Glance]) -> list[app_commands.Choice[str]]:
    """Jobs by what was asked for; choosing one fills in its id."""
    return [
        app_commands.Choice(
            name=shorten(f"{job.id} · {' '.join(job.request.prompt.split())}", MAX_CHOICE), value=job.id
        )
        for job in (each.record.job for each in glances)
    ]
