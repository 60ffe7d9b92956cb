"""``/privacy``: receives, asks the privacy service, renders."""

from __future__ import annotations

import asyncio

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.core.language import say
from bot.services.privacy import NOTHING, PrivacyService
from bot.ui import privacy as pages


class Privacy(commands.GroupCog, group_name="privacy", group_description="What this bot keeps about you"):
    """Shows people what is kept about them, hands it out and deletes it; all of it to them alone."""

    def __init__(self, privacy: PrivacyService) -> None:
        super().__init__()
        self._privacy = privacy

    @app_commands.command(description="What is kept about you, in plain words")
    async def show(self, interaction: discord.Interaction) -> None:
        """Answer with what is kept, why and for how long."""
        held = await self._privacy.show(interaction.user.id)
        if held.nothing:
            await interaction.response.send_message(say(NOTHING), ephemeral=True)
            return
        await interaction.response.send_message(embed=pages.holdings_embed(held), ephemeral=True)

    @app_commands.command(description="Everything that is kept about you, as a file")
    async def export(self, interaction: discord.Interaction) -> None:
        """Answer with a JSON file."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        data = await self._privacy.export(interaction.user.id)
        # Thousands of requests are packed, which takes a second.
        file = await asyncio.to_thread(
            pages.export_file, interaction.user.id, data, interaction.filesize_limit
        )
        await interaction.edit_original_response(
            content=say(
                "Everything that is kept about you; your pictures are in the messages that showed them."
            ),
            attachments=[file],
        )

    @app_commands.command(description="Delete what is kept about you, for good")
    async def delete(self, interaction: discord.Interaction) -> None:
        """Ask first; the buttons do the rest."""
        held = await self._privacy.show(interaction.user.id)
        if held.nothing:
            await interaction.response.send_message(say(NOTHING), ephemeral=True)
            return
        await interaction.response.send_message(
            embed=pages.question_embed(held), view=pages.question_view(), ephemeral=True
        )


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(Privacy(client.services.privacy))
