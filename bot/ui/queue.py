"""What ``/queue`` shows: one's own jobs, the numbers of all, the engine, and a menu to cancel."""

from __future__ import annotations

import discord

from bot.core.language import later, say
from bot.services.queue import Moderator, OthersJob, OwnJob, QueuedJob, QueueView
from bot.ui import places
from bot.ui.access import services_of
from bot.ui.embeds import ACCENT, QUIET, TROUBLE, place, steps_bar, time_left
from bot.ui.lasting import Lasting
from bot.ui.text import plain, shorten

SHOWN = 10
"""Own jobs that are listed; ten lines still read at a glance."""
_ENGINE = {
    "ready": later("Ready."),
    "loading": later("Loading the model. Jobs keep their places and start as soon as it is there."),
    "degraded": later("It keeps failing and is started again after longer and longer pauses."),
    "dead": later("Not running. Whoever runs this bot has to look at it."),
}

_HIDDEN = later("words not shown here")


def queue_embed(view: QueueView) -> discord.Embed:
    """Own jobs with place and time, the numbers, and how the engine is."""
    trouble = view.engine in ("degraded", "dead")
    lines = [_line(job) for job in view.mine[:SHOWN]]
    if len(view.mine) > SHOWN:
        lines.append(say("and {n} more of yours", n=len(view.mine) - SHOWN))
    embed = discord.Embed(
        title=say("The queue"),
        description="\n".join(lines) or say("You have no jobs waiting."),
        colour=TROUBLE if trouble else ACCENT,
    )
    embed.add_field(name=say("Here"), value=_numbers(view.here))
    embed.add_field(name=say("Everywhere"), value=_numbers(view.everywhere))
    engine = " ".join(part for part in (say(_ENGINE[view.engine]), plain(view.note, 300)) if part)
    embed.add_field(name=say("Engine"), value=engine, inline=False)
    return embed


def others_embed(view: QueueView) -> discord.Embed:
    """Other people's jobs, for somebody who moderates them."""
    lines = [
        f"<@{job.queued.owner}>: {say(_HIDDEN) if job.prompt is None else plain(job.prompt, 60)}\n"
        f"-# `{job.queued.job_id}` · {_running(job.queued) if job.queued.running else say('Waiting.')}"
        for job in view.others
    ]
    return discord.Embed(
        title=say("Others' jobs that you may cancel"), description="\n".join(lines), colour=QUIET
    )


def embeds_of(view: QueueView) -> list[discord.Embed]:
    """The whole answer."""
    return [queue_embed(view), *([others_embed(view)] if view.others else [])]


def moderator_of(interaction: discord.Interaction) -> Moderator:
    """Whoever looks, with what they may moderate."""
    return Moderator(
        places.viewer_of(interaction), lambda place: places.moderates(interaction, place.channel_id)
    )


def queue_view(view: QueueView) -> discord.ui.View:
    """A menu of the listed jobs to cancel, as far as there are any, and a button to look again."""
    controls = discord.ui.View(timeout=None)
    if view.mine:
        controls.add_item(CancelMenu(view.mine[:SHOWN]))
    if view.others:
        controls.add_item(StopMenu(view.others))
    controls.add_item(RefreshButton())
    return controls


async def show(interaction: discord.Interaction) -> None:
    """Put the queue as it is now into the message whose button was pressed."""
    view = await services_of(interaction).queue.view(moderator_of(interaction))
    await interaction.response.edit_message(embeds=embeds_of(view), view=queue_view(view))


class CancelMenu(
    Lasting, discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"queue:cancel"
):
    """Cancels the job that is picked."""

    def __init__(self, jobs: tuple[OwnJob, ...] = ()) -> None:
        options = [
            discord.SelectOption(label=shorten(" ".join(job.prompt.split()), 100), value=job.queued.job_id)
            for job in jobs
        ]
        super().__init__(
            discord.ui.Select(
                custom_id="queue:cancel", placeholder=say("Cancel one of yours …"), options=options
            )
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Cancel, and show the queue without it."""
        (job_id,) = self.item.values
        await services_of(interaction).imagine.cancel(job_id, interaction.user.id)
        await show(interaction)


class StopMenu(Lasting, discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"queue:stop"):
    """Cancels the job of somebody else that is picked."""

    def __init__(self, jobs: tuple[OthersJob, ...] = ()) -> None:
        options = [
            discord.SelectOption(
                label=shorten(" ".join((job.prompt or "").split()) or say(_HIDDEN), 100),
                description=job.queued.job_id,
                value=job.queued.job_id,
            )
            for job in jobs
        ]
        super().__init__(
            discord.ui.Select(
                custom_id="queue:stop", placeholder=say("Cancel somebody else's …"), options=options
            )
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Cancel, and show the queue without it."""
        (job_id,) = self.item.values
        await services_of(interaction).queue.stop(job_id, moderator_of(interaction))
        await show(interaction)


class RefreshButton(
    Lasting, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"queue:refresh"
):
    """Shows the queue as it is now."""

    def __init__(self) -> None:
        super().__init__(
            discord.ui.Button(
                label=say("Refresh"), style=discord.ButtonStyle.secondary, custom_id="queue:refresh"
            )
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Look again."""
        await show(interaction)


def _line(job: OwnJob) -> str:
    return f"{plain(job.prompt, 60)}\n-# `{job.queued.job_id}` · {_state(job)}"


def _state(job: OwnJob) -> str:
    if job.queued.running:
        return _running(job.queued)
    return say("Waiting.") if job.forecast is None else place(job.forecast)


def _running(queued: QueuedJob) -> str:
    return f"{steps_bar(queued.step, queued.steps)}{time_left(queued.seconds)}"


def _numbers(counts: tuple[int, int]) -> str:
    running, waiting = counts
    return say("{running} running, {waiting} waiting", running=running, waiting=waiting)
