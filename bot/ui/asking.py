"""The first answer to a request, from a command or a button, and the start of its job after it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import discord

from bot.core.draft import Draft
from bot.core.request import Request
from bot.services.imagine import Accepted, ImagineService
from bot.services.sources import Given
from bot.ui import embeds, places
from bot.ui.access import services_of
from bot.ui.cancel import cancel_view

log = logging.getLogger(__name__)


async def ask_draft(
    interaction: discord.Interaction, draft: Draft, given: Given | None = None, preset: Draft | None = None
) -> None:
    """Have what was typed, and what a preset and the defaults add to it, accepted; raises as `ask` does."""
    services = services_of(interaction)
    place = places.place_of(interaction)
    filled = await services.defaults.fill(draft, interaction.user.id, place, preset)
    await ask(interaction, services.imagine, filled.request, given, filled.notes)


async def ask(
    interaction: discord.Interaction,
    imagine: ImagineService,
    request: Request,
    given: Given | None = None,
    notes: Sequence[str] = (),
) -> None:
    """Have a whole request accepted and tell its asker, with notes on how it came about.

    Raises what `ImagineService.accept` does.
    """
    if given is not None or request.source is not None:
        await think(interaction, private=request.private)
    accepted = await imagine.accept(
        places.asker_of(interaction),
        places.place_of(interaction),
        request,
        places.reply_to(interaction),
        given,
        notes,
    )
    await answer(interaction, imagine, accepted)


async def think(interaction: discord.Interaction, *, private: bool = False) -> None:
    """Have Discord wait: pictures are fetched and looked at first, which may take more than three seconds."""
    await interaction.response.defer(thinking=True, ephemeral=private)


async def answer(interaction: discord.Interaction, imagine: ImagineService, accepted: Accepted) -> None:
    """Tell the asker that their job waits, and only then let it run; the interaction may be deferred."""
    try:
        message_id: int | None = await _tell(interaction, accepted)
    except Exception as error:
        # It may have arrived all the same, even where the library's own repeat is refused as too late; where
        # it did not, the picture comes as a message of its own.
        log.warning("the first answer of job %s is uncertain: %s", accepted.job.id, error)
        message_id, none = await _told(interaction)
        if none and isinstance(error, discord.NotFound):
            # The asker reads that the bot did not respond, so nothing is owed.
            await imagine.abandon(accepted.job, f"The first answer came too late: {error}")
            return
    await imagine.start(accepted, message_id)


async def _tell(interaction: discord.Interaction, accepted: Accepted) -> int | None:
    embed, view = embeds.waiting(accepted.job, accepted.forecast), cancel_view(accepted.job.id)
    if interaction.response.is_done():
        return (await interaction.edit_original_response(embed=embed, view=view)).id
    told = await interaction.response.send_message(
        embed=embed, view=view, ephemeral=accepted.job.request.private
    )
    return told.message_id


async def _told(interaction: discord.Interaction) -> tuple[int | None, bool]:
    """The id of the first answer, if Discord tells it, and whether Discord is sure that there is none."""
    try:
        return (await interaction.original_response()).id, False
    except Exception as error:
        log.info("nor does Discord tell of it: %s", error)
        return None, isinstance(error, discord.NotFound)
