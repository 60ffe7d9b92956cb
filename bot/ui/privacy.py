"""What ``/privacy`` shows: what is kept in plain words, and the question before it is deleted."""

from __future__ import annotations

import gzip
import io

import discord

from bot.core.errors import UserError
from bot.core.plural import counted
from bot.services.privacy import Deleted, Holdings
from bot.ui import errors
from bot.ui.access import services_of
from bot.ui.embeds import ACCENT, TROUBLE
from bot.ui.lasting import Lasting

NOTHING = "Nothing is kept about you."
KEPT_IT = "Nothing was deleted."
_GOES = ("Counts and refusals that are too old to matter.",)
_DELETING = "Deleting …"
_STAYS = (
    "Messages in Discord, which you can delete there.",
    "Backups, if whoever runs this bot makes any, until newer ones take their place.",
)


def holdings_embed(held: Holdings) -> discord.Embed:
    """What is kept, why, and how to get it or be rid of it."""
    embed = discord.Embed(
        title="What is kept about you", description=_lines([*_goes(held), *_stays(held)]), colour=ACCENT
    )
    embed.add_field(
        name="What is not",
        value="Your name, what you write elsewhere, and who reads what. "
        "Of pictures that were not shown to you nothing is kept under your name.",
        inline=False,
    )
    embed.add_field(
        name="What you can do",
        value="`/privacy export` hands you all of it as a file, `/privacy delete` deletes it.",
        inline=False,
    )
    return embed


def question_embed(held: Holdings) -> discord.Embed:
    """What a deletion takes away, and what it leaves."""
    embed = discord.Embed(title="Delete everything about you?", colour=TROUBLE)
    unfinished = f" What is waiting or running ({held.unfinished}) is cancelled." if held.unfinished else ""
    embed.description = f"This cannot be undone.{unfinished}"
    embed.add_field(name="Goes for good", value=_lines([*_goes(held), *_GOES]), inline=False)
    embed.add_field(name="Stays", value=_lines([*_stays(held), *_STAYS]), inline=False)
    return embed


def question_view() -> discord.ui.View:
    """The two answers."""
    view = discord.ui.View(timeout=None)
    view.add_item(DeleteButton())
    view.add_item(KeepButton())
    return view


def deleted_embed(deleted: Deleted) -> discord.Embed:
    """What went, and what is left for a while."""
    gone = f"{counted(deleted.jobs, 'request')} and {counted(deleted.pictures, 'picture')}"
    embed = discord.Embed(title="It is gone", description=f"Deleted for good: {gone}.", colour=ACCENT)
    embed.add_field(name="Stays", value=_lines([*_stays(deleted.kept), *_STAYS]), inline=False)
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
            f"What is kept about you has {len(data) / 1e6:.0f} MB even when packed, more than Discord takes; "
            "ask whoever runs this bot for it: they have `animagine-bot privacy export`."
        )
    return discord.File(io.BytesIO(data), filename=name)


class DeleteButton(
    Lasting, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"privacy:delete"
):
    """Deletes everything about whoever presses it; only they see the question."""

    def __init__(self) -> None:
        super().__init__(
            discord.ui.Button(
                label="Delete everything", style=discord.ButtonStyle.danger, custom_id="privacy:delete"
            )
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Take the buttons away, delete, and say what went."""
        await interaction.response.edit_message(content=_DELETING, embed=None, view=None)
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
            discord.ui.Button(label="Keep it", style=discord.ButtonStyle.secondary, custom_id="privacy:keep")
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Say so, and take the buttons away."""
        await interaction.response.edit_message(content=KEPT_IT, embed=None, view=None)


def _goes(held: Holdings) -> list[str]:
    """A line for everything that a deletion takes away."""
    if not held.jobs:
        return []
    since = "" if held.since is None else f" since <t:{held.since:.0f}:D>"
    unfinished = f", {held.unfinished} of them waiting or running" if held.unfinished else ""
    lines = [
        f"{counted(held.jobs, 'request')}{since}{unfinished}: what you typed, the settings, what the model "
        "was given for it, when and where you asked, and what came of it, "
        f"with {counted(held.pictures, 'picture')}."
    ]
    if held.begun_from:
        lines.append(f"The pictures that {counted(held.begun_from, 'request')} began from, with their masks.")
    return lines


def _stays(held: Holdings) -> list[str]:
    """A line for everything that nobody can delete before its time."""
    lines = []
    if held.leases:
        lines.append(
            f"When you made {counted(held.leases, 'request')} of the last day and how many pictures came of "
            "them, without a word of them: quotas are counted by it. It goes after a day."
        )
    if held.strikes:
        lines.append(
            f"That {counted(held.strikes, 'request')} of yours asked for what this bot never draws: when, "
            "which rule, and a code in place of the text. Deleting takes only those away that count no more; "
            "the others go after 30 days at the latest."
        )
    if held.changes:
        lines.append(
            f"{counted(held.changes, 'change')} that you made to servers' settings, in the logs of those "
            "servers, which are theirs."
        )
    return lines


def _lines(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
