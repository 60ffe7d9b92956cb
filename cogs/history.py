"""``/history``: receives what is looked for, has a page of it found, renders it."""

from __future__ import annotations

import datetime
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import Client
from bot.services.history import Turn
from bot.ui import dates, options
from bot.ui import history as pages


class History(commands.Cog):
    """Shows people what they asked for, to themselves alone."""

    @app_commands.command(
        description="Your pictures so far, newest first; search them by words, days and more"
    )
    @app_commands.describe(
        search="Words that must all be there, such as silver hair night",
        since="The first day: 2026-11-03, yesterday, last week, 10 days ago (days of UTC)",
        until="The last day, written in the same way",
        rating="How the pictures were rated",
        favourite="What you marked as a favourite, other people's pictures as well",
        channel="Where they were asked for",
    )
    @app_commands.rename(since="from", until="to")
    @app_commands.choices(rating=options.rating_choices())
    async def history(
        self,
        interaction: discord.Interaction,
        search: Range[str, 1, pages.MOST_TEXT] | None = None,
        since: Range[str, 1, 20] | None = None,
        until: Range[str, 1, 20] | None = None,
        rating: str | None = None,
        favourite: bool = False,
        channel: app_commands.Transform[app_commands.AppCommandChannel, options.Writable] | None = None,
    ) -> None:
        """Answer with the newest page; its buttons turn the pages."""
        wanted = pages.wanted_of(
            search,
            since,
            until,
            None if rating is None else options.rating_of(rating),
            favourite,
            None if channel is None else channel.id,
            datetime.datetime.now(datetime.UTC).date(),
        )
        await interaction.response.defer(thinking=True, ephemeral=True)
        await pages.answer(interaction, wanted, Turn())

    @history.autocomplete("since")
    @history.autocomplete("until")
    async def _complete_day(self, _: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
        return options.among(typed, tuple(dates.WORDS))


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(History())
