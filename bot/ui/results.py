"""The buttons under a result; their ids carry the job and the picture, so they work after any restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.core.errors import InvalidRequest
from bot.core.job import Job
from bot.core.language import later, say
from bot.services.answers import Answer
from bot.services.variations import Kind, kinds_of
from bot.ui import asking, embeds, places
from bot.ui.access import services_of
from bot.ui.again import AgainButton
from bot.ui.belongings import DeleteButton, FavouriteButton, InfoButton, PostButton
from bot.ui.forms import EditButton, WordsButton
from bot.ui.lasting import JOB, JobButton, Lasting

_SHUT = 50007
"""Discord's code for somebody who takes no direct messages."""

_LABELS = {
    Kind.SUBTLE: later("Vary (subtle)"),
    Kind.STRONG: later("Vary (strong)"),
    Kind.HIRES: later("Hires (1.5x)"),
    Kind.UPSCALE: later("Upscale (2x)"),
}
_DESCRIPTIONS = {
    Kind.SUBTLE: later("The same picture with small differences"),
    Kind.STRONG: later("Another picture of the same composition"),
    Kind.HIRES: later("Drawn over once more, larger and with more detail"),
    Kind.UPSCALE: later("The same picture, enlarged"),
}


class RerollButton(
    JobButton, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=f"reroll:{JOB}"
):
    """Asks for the same with another seed, for whoever presses it."""

    word, label = "reroll", later("Re-roll")
    style = discord.ButtonStyle.primary

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Ask, as the command would."""
        services = services_of(interaction)
        asker, place = places.asker_of(interaction), places.place_of(interaction)
        request = await services.variations.reroll(
            self.job_id, asker, place, private=places.alone(interaction)
        )
        await asking.ask(interaction, services.imagine, request)


class VaryButton(
    Lasting,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"vary:(?P<kind>subtle|strong|hires|upscale):" + JOB + r":(?P<index>[0-9])",
):
    """Goes on from one picture, for whoever presses it."""

    def __init__(self, kind: str, job: str, index: str, row: int | None = None) -> None:
        self._kind, self._job, self._index = Kind(kind), job, int(index)
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=say(_LABELS[self._kind]),
            style=discord.ButtonStyle.secondary,
            custom_id=f"vary:{kind}:{job}:{index}",
        )
        super().__init__(button, row=row)

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Ask, as the command would."""
        await _go_on(interaction, self._kind, self._job, self._index)


class VaryMenu(
    Lasting,
    discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]],
    template=f"vary:menu:{JOB}",
):
    """Goes on from one of several pictures: the options are the pictures and what can be made of each."""

    def __init__(self, job: str, options: Sequence[discord.SelectOption] = ()) -> None:
        self._job = job
        menu: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            custom_id=f"vary:menu:{job}",
            placeholder=say("Go on from one of the pictures …"),
            options=list(options),
        )
        super().__init__(menu, row=0)

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Ask for what was chosen."""
        kind, _, index = self.item.values[0].partition(":")
        await _go_on(interaction, Kind(kind), self._job, int(index))


class SendButton(
    JobButton, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=f"send:{JOB}"
):
    """Sends the pictures to the presser in a direct message."""

    word, label = "send", later("Send to me")

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Send them, with buttons that work there for whoever asked for the pictures."""
        asker, place = places.asker_of(interaction), places.place_of(interaction)
        await interaction.response.defer(thinking=True, ephemeral=True)
        job, answer = await services_of(interaction).sharing.direct(self.job_id, asker, place)
        view = result_view(job, answer) if job.user_id == asker.id else None
        more: dict[str, Any] = {} if view is None else {"view": view}
        try:
            channel = await interaction.user.create_dm()
            await channel.send(
                embed=embeds.end(job, answer),
                files=embeds.files(job, answer.pictures),
                # Discord drops a second copy when the library repeats a send.
                nonce=str(interaction.id),
                **more,
            )
        except discord.Forbidden as error:
            if error.code != _SHUT:
                raise
            raise InvalidRequest(
                "You take no direct messages from this bot; allow them in this server's privacy settings."
            ) from None
        await interaction.edit_original_response(content=say("It is in your direct messages."))


def result_view(job: Job, answer: Answer) -> discord.ui.View | None:
    """What can be asked after a job's end: all that its pictures offer, and again for what was withheld."""
    view = discord.ui.View(timeout=None)
    indexes = [each.image.index for each in answer.pictures]
    if len(indexes) > 1:
        view.add_item(VaryMenu(job.id, _options(job, indexes)))
        for row, button in ((1, RerollButton), (1, EditButton), (1, WordsButton)):
            view.add_item(button(job.id, row))
    elif indexes:
        view.add_item(RerollButton(job.id, 0))
        for kind in kinds_of(job.request):
            view.add_item(VaryButton(kind.value, job.id, str(indexes[0]), 0))
        view.add_item(EditButton(job.id, 1))
        view.add_item(WordsButton(job.id, 1))
    if indexes:
        view.add_item(FavouriteButton(job.id, 1))
        view.add_item(InfoButton(job.id, 1))
        if job.request.private and job.place.guild_id is not None:
            view.add_item(PostButton(job.id, 2))
        view.add_item(SendButton(job.id, 2))
        view.add_item(DeleteButton(job.id, 2))
    if answer.again:
        view.add_item(AgainButton(job.id))
    return view if view.children else None


def _options(job: Job, indexes: list[int]) -> list[discord.SelectOption]:
    """Four pictures with four kinds each are 16 of the 25 that Discord takes."""
    return [
        discord.SelectOption(
            label=say("Picture {number}: {kind}", number=index + 1, kind=say(_LABELS[kind])),
            value=f"{kind.value}:{index}",
            description=say(_DESCRIPTIONS[kind]),
        )
        for index in indexes
        for kind in kinds_of(job.request)
    ]


async def _go_on(interaction: discord.Interaction, kind: Kind, job_id: str, index: int) -> None:
    services, private = services_of(interaction), places.alone(interaction)
    asker, place = places.asker_of(interaction), places.place_of(interaction)
    request, given = await services.variations.of(kind, job_id, index, asker, place, private=private)
    await asking.ask(interaction, services.imagine, request, given)
