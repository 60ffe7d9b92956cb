"""What ``/privacy`` shows: what is kept in plain words, and the question before it is deleted."""

from __future__ import annotations

import gzip
import io

import discord

from bot.core.errors import UserError
from bot.core.language import count, later, say
from bot.services.privacy import Deleted, Holdings
from bot.ui import errors
from bot.ui.access import services_of
from bot.ui.embeds import ACCENT, TROUBLE
from bot.ui.lasting import Lasting

KEPT_IT = later("Nothing was deleted.")
_GOES = (later("Counts and refusals that are too old to matter."),)
_DELETING = later("Deleting …")
_STAYS = (
    later("Messages in Discord, which you can delete there."),
    later("Backups, if whoever runs this bot makes any, until newer ones take their place."),
)


def holdings_embed(held: Holdings) -> discord.Embed:
    """What is kept, why, and how to get it or be rid of it."""
    embed = discord.Embed(
        title=say("What is kept about you"), description=_lines([*_goes(held), *_stays(held)]), colour=ACCENT
    )
    embed.add_field(
        name=say("What is not"),
        value=say(
            "Your name, what you write elsewhere, and who reads what. Of pictures that were not "
            "shown to you nothing is kept under your name."
        ),
        inline=False,
    )
    embed.add_field(
        name=say("What you can do"),
        value=say("`/privacy export` hands you all of it as a file, `/privacy delete` deletes it."),
        inline=False,
    )
    return embed


def question_embed(held: Holdings) -> discord.Embed:
    """What a deletion takes away, and what it leaves."""
    embed = discord.Embed(title=say("Delete everything about you?"), colour=TROUBLE)
    embed.description = (
        say(
            "This cannot be undone. What is waiting or running ({unfinished}) is cancelled.",
            unfinished=held.unfinished,
        )
        if held.unfinished
        else say("This cannot be undone.")
    )
    embed.add_field(name=say("Goes for good"), value=_lines([*_goes(held), *map(say, _GOES)]), inline=False)
    embed.add_field(name=say("Stays"), value=_lines([*_stays(held), *map(say, _STAYS)]), inline=False)
    return embed


def question_view() -> discord.ui.View:
    """The two answers."""
    view = discord.ui.View(timeout=None)
    view.add_item(DeleteButton())
    view.add_item(KeepButton())
    return view


def deleted_embed(deleted: Deleted) -> discord.Embed:
    """What went, and what is left for a while."""
    gone = say(
        "Deleted for good: {requests} and {pictures}, with favourites, presets and defaults.",
        requests=_requests(deleted.jobs),
        pictures=_pictures(deleted.pictures),
    )
    embed = discord.Embed(title=say("It is gone"), description=gone, colour=ACCENT)
    embed.add_field(name=say("Stays"), value=_lines([*_stays(deleted.kept), *map(say, _STAYS)]), inline=False)
    return embed


def export_file(user_id: int, data: bytes, limit: int) -> discord.File:
    """The export as an attachment of at most ``limit`` bytes, packed when it has to be.

    Raises UserError when it is too large all the same.
    """
    name = f"my-data-{user_id}.json"
    if len(data) > limit:
        data, name = gzip.compress(data), f"{name}.gz"
    if len(data) > limit:
        raise UserError(
            "What is kept about you has {size:.0f} MB even when packed, more than Discord takes; ask whoever "
            "runs this bot for it: they have `animagine-bot privacy export`.",
            size=len(data) / 1e6,
        )
    return discord.File(io.BytesIO(data), filename=name)


class DeleteButton(
    Lasting, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"privacy:delete"
):
    """Deletes everything about whoever presses it; only they see the question."""

    def __init__(self) -> None:
        super().__init__(
            discord.ui.Button(
                label=say("Delete everything"), style=discord.ButtonStyle.danger, custom_id="privacy:delete"
            )
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Take the buttons away, delete, and say what went."""
        await interaction.response.edit_message(content=say(_DELETING), embed=None, view=None)
        try:
            deleted = await services_of(interaction).privacy.delete(interaction.user.id)
        except Exception as error:
            await interaction.edit_original_response(content=errors.sentence_for(error))
            return
        await interaction.edit_original_response(content=None, embed=deleted_embed(deleted))


class KeepButton(
    Lasting, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"privacy:keep"
):
    """Leaves everything as it is."""

    def __init__(self) -> None:
        super().__init__(
            discord.ui.Button(
                label=say("Keep it"), style=discord.ButtonStyle.secondary, custom_id="privacy:keep"
            )
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Say so, and take the buttons away."""
        await interaction.response.edit_message(content=say(KEPT_IT), embed=None, view=None)


def _goes(held: Holdings) -> list[str]:
    """A line for everything that a deletion takes away."""
    lines = []
    if held.jobs:
        lines.append(
            say(
                "{requests}, waiting or running: {unfinished}: what you typed, the settings, what the model "
                "was given for it, when and where you asked, and what came of it, with {pictures}.",
                requests=_requests(held.jobs, held.since),
                unfinished=held.unfinished,
                pictures=_pictures(held.pictures),
            )
        )
    if held.favourites:
        lines.append(
            count(
                "{n} favourite that you marked, and when.",
                "{n} favourites that you marked, and when.",
                held.favourites,
            )
        )
    if held.presets:
        lines.append(
            count(
                "{n} preset of yours, with what you put into it.",
                "{n} presets of yours, with what you put into them.",
                held.presets,
            )
        )
    if held.defaults:
        lines.append(say("Your own defaults, as `/settings mine` shows them."))
    if held.begun_from:
        lines.append(
            say(
                "The pictures that {requests} began from, with their masks.",
                requests=_requests(held.begun_from),
            )
        )
    return lines


def _stays(held: Holdings) -> list[str]:
    """A line for everything that nobody can delete before its time."""
    lines = []
    if held.leases:
        lines.append(
            say(
                "When you made {requests} of the last day and how many pictures came of them, without a "
                "word of them: quotas are counted by it. It goes after a day.",
                requests=_requests(held.leases),
            )
        )
    if held.strikes:
        lines.append(
            say(
                "That {requests} of yours asked for what this bot never draws: when, which rule, and a "
                "code in place of the text. Deleting takes only those away that count no more; the "
                "others go after 30 days at the latest.",
                requests=_requests(held.strikes),
            )
        )
    if held.changes:
        lines.append(
            count(
                "{n} change that you made to servers' settings, in the logs of those servers.",
                "{n} changes that you made to servers' settings, in the logs of those servers.",
                held.changes,
            )
        )
    return lines


def _lines(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _requests(number: int, since: float | None = None) -> str:
    if since is None:
        return count("{n} request", "{n} requests", number)
    return count(
        "{n} request since <t:{since:.0f}:D>", "{n} requests since <t:{since:.0f}:D>", number, since=since
    )


def _pictures(number: int) -> str:
    return count("{n} picture", "{n} pictures", number)
