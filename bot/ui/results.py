"""The buttons under a result; their ids carry the job and the picture, so they work after any restart."""

from __future__ import annotations

import discord

from bot.core.job import Job
from bot.services.answers import Answer
from bot.services.variations import Kind
from bot.ui import asking, places
from bot.ui.access import services_of
from bot.ui.again import AgainButton
from bot.ui.lasting import Lasting

_LABELS = {Kind.SUBTLE: "Vary (subtle)", Kind.STRONG: "Vary (strong)", Kind.HIRES: "Hires"}


class VaryButton(
    Lasting,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"vary:(?P<kind>subtle|strong|hires):(?P<job>[0-9a-z]{1,16}):(?P<index>[0-9])",
):
    """Goes on from one picture, for whoever presses it."""

    def __init__(self, kind: str, job: str, index: str, *, of_several: bool = False) -> None:
        self._kind, self._job, self._index = Kind(kind), job, int(index)
        label = _LABELS[self._kind]
        super().__init__(
            discord.ui.Button(
                label=f"{self._index + 1} · {label}" if of_several else label,
                style=discord.ButtonStyle.secondary,
                custom_id=f"vary:{kind}:{job}:{index}",
            ),
            row=self._index if of_several else 0,
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Ask, as the command would."""
        services = services_of(interaction)
        # Under an answer that its asker alone sees, what follows is theirs alone, too.
        private = interaction.message is not None and interaction.message.flags.ephemeral
        await asking.think(interaction, private=private)
        accepted = await services.variations.accept(
            self._kind,
            self._job,
            self._index,
            places.asker_of(interaction),
            places.place_of(interaction),
            places.reply_to(interaction),
        )
        await asking.answer(interaction, services.imagine, accepted)


def result_view(job: Job, answer: Answer) -> discord.ui.View | None:
    """What can be asked after a job's end: a row for every picture, and again for what was withheld."""
    view = discord.ui.View(timeout=None)
    for each in answer.pictures:
        for kind in Kind:
            if not (kind is Kind.HIRES and not _can_grow(job)):
                several = job.request.count > 1
                view.add_item(VaryButton(kind.value, job.id, str(each.image.index), of_several=several))
    if answer.again:
        view.add_item(AgainButton(job.id))
    return view if view.children else None


def _can_grow(job: Job) -> bool:
    """Whether hires makes anything of it: not twice, and not over what a mask keeps."""
    masked = job.request.source is not None and job.request.source.mask is not None
    return not job.request.hires and not masked
