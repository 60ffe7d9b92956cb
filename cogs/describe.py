"""``/describe`` and the message command: receive a picture, ask the describe service, render the answer."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.core.language import later
from bot.services.describe import DescribeService
from bot.ui import describe as showing
from bot.ui import places

ON_MESSAGE = later("Describe this picture")


class Describe(commands.Cog):
    """Tells what pictures show, to the asker alone."""

    def __init__(self, client: Client, describe: DescribeService) -> None:
        self._client = client
        self._describe = describe
        self._menu = app_commands.ContextMenu(name=ON_MESSAGE, callback=self._describe_message)

    async def cog_load(self) -> None:
        """Called by discord.py: a cog's message commands have to be added by hand."""
        self._client.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Called by discord.py."""
        self._client.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command(description="Tell the tags of a picture, to draw something like it")
    @app_commands.describe(picture="A PNG, JPEG or WebP")
    async def describe(self, interaction: discord.Interaction, picture: discord.Attachment) -> None:
        """Answer with the picture's tags."""
        await self._answer(interaction, picture)

    async def _describe_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        await self._answer(interaction, showing.attached(message))

    async def _answer(self, interaction: discord.Interaction, picture: discord.Attachment) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        description = await self._describe.describe(
            places.asker_of(interaction), places.place_of(interaction), await showing.fetched(picture)
        )
        await interaction.followup.send(embed=showing.embed(description), view=showing.view(), ephemeral=True)


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(Describe(client, client.services.describe))
