"""``/about`` and ``/help``: receives, asks nobody, renders."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.services.about import About as Facts
from bot.ui import info


class About(commands.Cog):
    """Tells what the bot is and how to use it, to the asker alone."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @app_commands.command(description="What this bot is, which model draws, and under which licence")
    async def about(self, interaction: discord.Interaction) -> None:
        """Answer with the facts and links."""
        await interaction.response.send_message(embed=info.about(self._facts), ephemeral=True)

    @app_commands.command(description="How to ask for a picture")
    async def help(self, interaction: discord.Interaction) -> None:
        """Answer with a short guide."""
        await interaction.response.send_message(embed=info.guide(), ephemeral=True)


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(About(client.services.about))
