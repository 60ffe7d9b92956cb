"""``/identify`` and the message command: receive a picture, have its settings read, render them."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.client import Client
from bot.core.language import later
from bot.services.identify import IdentifyService
from bot.services.sources import Picture
from bot.ui import identify as showing
from bot.ui import pictures, places

ON_MESSAGE = later("Identify this picture")


class Identify(commands.Cog):
    """Tells what made pictures, to the asker alone."""

    def __init__(self, client: Client, identify: IdentifyService) -> None:
        self._client = client
        self._identify = identify
        self._menu = app_commands.ContextMenu(name=ON_MESSAGE, callback=self._identify_message)

    async def cog_load(self) -> None:
        """Called by discord.py: a cog's message commands have to be added by hand."""
        self._client.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Called by discord.py."""
        self._client.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command(
        description="Read the settings that made a picture out of its file, to run them here"
    )
    @app_commands.describe(
        picture="A picture straight from this bot, the A1111 web UI, ComfyUI or NovelAI",
        link="A link to a picture that this bot posted in this server",
    )
    async def identify(
        self,
        interaction: discord.Interaction,
        picture: discord.Attachment | None = None,
        link: Range[str, 1, 200] | None = None,
    ) -> None:
        """Answer with the picture's settings."""
        await self._answer(interaction, pictures.one_of(interaction, picture, link))

    async def _identify_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        await self._answer(interaction, pictures.of_message(message))

    async def _answer(self, interaction: discord.Interaction, picture: Picture) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await self._identify.identify(
            places.asker_of(interaction), places.place_of(interaction), await picture.read()
        )
        await showing.answer(interaction, found)


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(Identify(client, client.services.identify))
