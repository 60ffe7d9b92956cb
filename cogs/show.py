"""``/show``: receives a job's id, has the job looked up, renders it as it was."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import Client
from bot.services.history import HistoryService
from bot.ui import places, show


class Show(commands.Cog):
    """Brings jobs back."""

    def __init__(self, history: HistoryService) -> None:
        self._history = history

    @app_commands.command(
        description="Bring a picture back, with its buttons, by the id that stands under it"
    )
    @app_commands.describe(
        job="The id, such as 7k2m9qxw; typing words finds yours",
        private="Show it to you alone; what was drawn for you alone always is",
    )
    async def show(
        self, interaction: discord.Interaction, job: Range[str, 1, 100], private: bool = False
    ) -> None:
        """Answer with the job, as far as this place may show it."""
        await show.bring(interaction, job, private=private)

    @show.autocomplete("job")
    async def _complete_job(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        return show.choices(await self._history.suggest(places.viewer_of(interaction), typed))


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(Show(client.services.history))
