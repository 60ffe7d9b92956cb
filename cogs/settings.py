"""``/settings``: receives what an admin wants for their server, asks the services, renders.

Discord hides a whole command from people without a permission, and ``show`` is for everybody; so the
permission is checked by the service, where an admin's override of the command cannot reach it.
"""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.client import Client
from bot.services.ceilings import CeilingService
from bot.services.settings import SettingsService
from bot.ui import options, places
from bot.ui.settings import RESET, ceiling_embed


class Settings(commands.Cog):
    """Shows and changes what a server allows, to the asker alone."""

    settings = app_commands.Group(
        name="settings", description="What this server shows, and who decides", guild_only=True
    )

    def __init__(self, settings: SettingsService, ceilings: CeilingService) -> None:
        self._settings = settings
        self._ceilings = ceilings

    @settings.command(name="ceiling", description="Set the highest rating of this server or of one channel")
    @app_commands.describe(
        rating="The highest rating to allow; above sensitive only age-restricted channels follow",
        channel="The channel; the whole server when left out",
    )
    @app_commands.choices(
        rating=[*options.rating_choices(), Choice(name="reset: as the server, or general", value=RESET)]
    )
    async def ceiling(
        self,
        interaction: discord.Interaction,
        rating: str,
        channel: app_commands.Transform[app_commands.AppCommandChannel, options.Writable] | None = None,
    ) -> None:
        """Set a ceiling; the answer says what else holds it down."""
        said = await self._settings.set_ceiling(
            places.admin_of(interaction),
            None if channel is None else channel.id,
            None if rating == RESET else options.rating_of(rating),
        )
        await interaction.response.send_message(said, ephemeral=True)

    @settings.command(name="strict", description="Whether a general place withholds what is judged sensitive")
    @app_commands.describe(state="On withholds more; general pictures are sometimes judged sensitive")
    async def strict(self, interaction: discord.Interaction, state: Literal["on", "off"]) -> None:
        """Set how narrowly general is read."""
        said = await self._settings.set_strict(places.admin_of(interaction), state == "on")
        await interaction.response.send_message(said, ephemeral=True)

    @settings.command(name="show", description="The highest rating that is shown here, and why")
    async def show(self, interaction: discord.Interaction) -> None:
        """Answer with the ceiling and everybody who has a say in it."""
        ceiling = await self._ceilings.of(places.place_of(interaction))
        await interaction.response.send_message(embed=ceiling_embed(ceiling), ephemeral=True)


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(Settings(client.services.settings, client.services.ceilings))
