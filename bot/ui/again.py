"""The button that asks again for withheld pictures; its id is the job's, so it works after any restart."""

from __future__ import annotations

import discord

from bot.core.language import say
from bot.ui import asking, places
from bot.ui.access import services_of
from bot.ui.lasting import Lasting


class AgainButton(
    Lasting,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"again:(?P<job>[0-9a-z]{1,16})",
):
    """Asks again with another seed for the job's owner, and says in one sentence why not to anyone else."""

    def __init__(self, job: str) -> None:
        self.job_id = job
        super().__init__(
            discord.ui.Button(
                label=say("Try another seed"), style=discord.ButtonStyle.primary, custom_id=f"again:{job}"
            )
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Ask, as the command would; the withheld answer stays as it is."""
        services = services_of(interaction)
        request = await services.again.request(self.job_id, places.asker_of(interaction))
        await asking.ask(interaction, services.imagine, request)
