"""``/queue``: receives, asks the queue service, renders."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.services.queue import QueueService
from bot.ui import queue as pages


class Queue(commands.Cog):
    """Shows people where their jobs are, to themselves alone."""

    def __init__(self, queue: QueueService) -> None:
        self._queue = queue

    @app_commands.command(description="What waits and runs, how long it takes, and how the engine is")
    async def queue(self, interaction: discord.Interaction) -> None:
        """Answer with the queue as it is now."""
        view = await self._queue.view(pages.moderator_of(interaction))
        await interaction.response.send_message(
            embeds=pages.embeds_of(view), view=pages.queue_view(view), ephemeral=True
        )


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(Queue(client.services.queue))
