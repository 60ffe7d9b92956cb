"""The pages of ``/history`` and the button that turns them, which works after any restart."""

from __future__ import annotations

from typing import Self

import discord

from bot.services.history import COUNTED, Page, Record
from bot.ui.access import services_of
from bot.ui.embeds import ACCENT
from bot.ui.lasting import Lasting
from bot.ui.text import plain

EMPTY = "You have no pictures yet. Ask for one with /imagine."


def page_embed(page: Page, total: int) -> discord.Embed:
    """One line a job: when, what, its numbers and its id."""
    embed = discord.Embed(title="Your pictures", colour=ACCENT)
    for record in page.records:
        embed.add_field(name=plain(record.job.request.prompt, 100), value=_line(record), inline=False)
    embed.set_footer(text=f"{_total(total)}, newest first")
    return embed


def _total(total: int) -> str:
    if total > COUNTED:
        return f"More than {COUNTED} requests"
    return f"{total} {'request' if total == 1 else 'requests'} in all"


def page_view(page: Page, *, newest: bool) -> discord.ui.View:
    """Buttons to the newest page, unless this is it, and to the next older one, as far as there is one."""
    view = discord.ui.View(timeout=None)
    if not newest:
        view.add_item(TurnButton.to(None))
    if page.older:
        view.add_item(TurnButton.to(page.older))
    return view


class TurnButton(
    Lasting,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"history:(?P<time>[0-9.]+|newest):(?P<job>[0-9a-z]*)",
):
    """Turns to the page older than a job; its id carries that job's key, so no state is kept anywhere."""

    def __init__(self, time: str, job: str) -> None:
        newest = time == "newest"
        self.before = None if newest else (float(time), job)
        super().__init__(
            discord.ui.Button(
                label="Newest" if newest else "Older",
                style=discord.ButtonStyle.secondary,
                custom_id=f"history:{time}:{job}",
            )
        )

    @classmethod
    def to(cls, before: tuple[float, str] | None) -> Self:
        """To the page older than this key, or to the newest."""
        return cls("newest", "") if before is None else cls(repr(before[0]), before[1])

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Show the presser's own page; the message is theirs alone anyway."""
        history = services_of(interaction).history
        page = await history.page(interaction.user.id, self.before)
        total = await history.count(interaction.user.id)
        view = page_view(page, newest=self.before is None)
        await interaction.response.edit_message(embed=page_embed(page, total), view=view)


def _line(record: Record) -> str:
    job = record.job
    return f"<t:{job.created_at:.0f}:R> · {job.request.size} · seed {job.seed} · `{job.id}`"
