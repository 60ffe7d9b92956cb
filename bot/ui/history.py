"""The pages of ``/history`` and the button that turns them, which works after any restart."""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.services.history import Page, Record
from bot.ui import errors
from bot.ui.access import services_of
from bot.ui.embeds import ACCENT
from bot.ui.text import plain

EMPTY = "You have no pictures yet. Ask for one with /imagine."


def page_embed(page: Page, total: int) -> discord.Embed:
    """One line a job: when, what, its numbers and its id."""
    embed = discord.Embed(title="Your pictures", colour=ACCENT)
    for record in page.records:
        embed.add_field(name=plain(record.job.request.prompt, 100), value=_line(record), inline=False)
    embed.set_footer(text=f"{total} {'request' if total == 1 else 'requests'} in all, newest first")
    return embed


def page_view(page: Page) -> discord.ui.View:
    """Buttons to the newest page and to the next older one, as far as there is one."""
    view = discord.ui.View(timeout=None)
    view.add_item(TurnButton(None))
    if page.older:
        view.add_item(TurnButton(page.older))
    return view


class TurnButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"history:(?P<time>[0-9.]+|newest):(?P<job>[0-9a-z]*)",
):
    """Turns to the page older than a job; its id carries that job's key, so no state is kept anywhere."""

    def __init__(self, before: tuple[float, str] | None) -> None:
        self.before = before
        key = f"{before[0]!r}:{before[1]}" if before else "newest:"
        super().__init__(
            discord.ui.Button(
                label="Older" if before else "Newest",
                style=discord.ButtonStyle.secondary,
                custom_id=f"history:{key}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction,
        item: discord.ui.Item[discord.ui.View],
        match: re.Match[str],
    ) -> Self:
        """Rebuild the button from its id."""
        newest = match["time"] == "newest"
        return cls(None if newest else (float(match["time"]), match["job"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Show the presser's own page; the message is theirs alone anyway."""
        async with errors.told(interaction):
            history = services_of(interaction).history
            page = await history.page(interaction.user.id, self.before)
            total = await history.count(interaction.user.id)
            await interaction.response.edit_message(embed=page_embed(page, total), view=page_view(page))


def _line(record: Record) -> str:
    job = record.job
    return f"<t:{job.created_at:.0f}:R> · {job.request.size} · seed {job.seed} · `{job.id}`"
