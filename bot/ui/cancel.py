"""The button that cancels a job; its id carries the job's, so it works after any restart."""

from __future__ import annotations

import discord

from bot.core.language import say
from bot.ui.access import services_of
from bot.ui.lasting import Lasting


class CancelButton(
    Lasting,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"cancel:(?P<job>[0-9a-z]{1,16})",
):
    """Cancels one job for its owner, and says in one sentence why not to anyone else."""

    def __init__(self, job: str) -> None:
        self.job_id = job
        super().__init__(
            discord.ui.Button(
                label=say("Cancel"), style=discord.ButtonStyle.secondary, custom_id=f"cancel:{job}"
            )
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Cancel; the job's own answer then says so, hence nothing is changed here."""
        await services_of(interaction).imagine.cancel(self.job_id, interaction.user.id)
        await interaction.response.defer()


def cancel_view(job_id: str) -> discord.ui.View:
    """The button alone."""
    view = discord.ui.View(timeout=None)
    view.add_item(CancelButton(job_id))
    return view
