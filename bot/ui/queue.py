"""What ``/queue`` shows: one's own jobs, the numbers of all, the engine, and a menu to cancel."""

from __future__ import annotations

import discord

from bot.services.queue import OwnJob, QueueView
from bot.ui.access import services_of
from bot.ui.embeds import ACCENT, TROUBLE, place, steps_bar, time_left
from bot.ui.lasting import Lasting
from bot.ui.text import plain, shorten

SHOWN = 10
"""Own jobs that are listed; ten lines still read at a glance."""
_ENGINE = {
    "ready": "Ready.",
    "loading": "Loading the model. Jobs keep their places and start as soon as it is there.",
    "degraded": "It keeps failing and is started again after longer and longer pauses.",
    "dead": "Not running. Whoever runs this bot has to look at it.",
}


def queue_embed(view: QueueView) -> discord.Embed:
    """Own jobs with place and time, the numbers, and how the engine is."""
    trouble = view.engine in ("degraded", "dead")
    lines = [_line(job) for job in view.mine[:SHOWN]]
    if len(view.mine) > SHOWN:
        lines.append(f"and {len(view.mine) - SHOWN} more of yours")
    embed = discord.Embed(
        title="The queue",
        description="\n".join(lines) or "You have no jobs waiting.",
        colour=TROUBLE if trouble else ACCENT,
    )
    embed.add_field(name="Here", value=_numbers(view.here))
    embed.add_field(name="Everywhere", value=_numbers(view.everywhere))
    engine = " ".join(part for part in (_ENGINE[view.engine], plain(view.note, 300)) if part)
    embed.add_field(name="Engine", value=engine, inline=False)
    return embed


def queue_view(view: QueueView) -> discord.ui.View:
    """A menu of the listed jobs to cancel, as far as there are any, and a button to look again."""
    controls = discord.ui.View(timeout=None)
    if view.mine:
        controls.add_item(CancelMenu(view.mine[:SHOWN]))
    controls.add_item(RefreshButton())
    return controls


async def show(interaction: discord.Interaction) -> None:
    """Put the queue as it is now into the message whose button was pressed."""
    view = await services_of(interaction).queue.view(interaction.user.id, interaction.guild_id)
    await interaction.response.edit_message(embed=queue_embed(view), view=queue_view(view))


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
            discord.ui.Select(custom_id="queue:cancel", placeholder="Cancel one of yours …", options=options)
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Cancel, and show the queue without it."""
        (job_id,) = self.item.values
        await services_of(interaction).imagine.cancel(job_id, interaction.user.id)
        await show(interaction)


class RefreshButton(
    Lasting, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"queue:refresh"
):
    """Shows the queue as it is now."""

    def __init__(self) -> None:
        super().__init__(
            discord.ui.Button(label="Refresh", style=discord.ButtonStyle.secondary, custom_id="queue:refresh")
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Look again."""
        await show(interaction)


def _line(job: OwnJob) -> str:
    queued = job.queued
    if queued.running:
        state = f"{steps_bar(queued.step, queued.steps)}{time_left(queued.seconds)}"
    elif job.forecast is not None:
        state = place(job.forecast)
    else:
        state = "Waiting."
    return f"{plain(job.prompt, 60)}\n-# `{queued.job_id}` · {state}"


def _numbers(counts: tuple[int, int]) -> str:
    running, waiting = counts
    return f"{running} running, {waiting} waiting"
