"""``/history``: receives, asks the history service, renders a page."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.services.history import HistoryService
from bot.ui import history as pages


class History(commands.Cog):
    """Shows people what they asked for, to themselves alone."""

    def __init__(self, history: HistoryService) -> None:
        self._history = history

    @app_commands.command(description="Your pictures so far, newest first")
    async def history(self, interaction: discord.Interaction) -> None:
        """Answer with the newest page; its buttons turn the pages."""
        page = await self._history.page(interaction.user.id)
        if not page.records:
            await interaction.response.send_message(pages.EMPTY, ephemeral=True)
            return
        total = await self._history.count(interaction.user.id)
        await interaction.response.send_message(
            embed=pages.page_embed(page, total), view=pages.page_view(page, newest=True), ephemeral=True
        )


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(History(client.services.history))
