"""Every error as one sentence for the person who caused it; the rest goes to the log."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import AsyncIterator

import discord
from discord import app_commands

from bot.core.errors import BotError, UserError
from bot.core.language import say
from bot.languages import speak

log = logging.getLogger(__name__)


def sentence_for(error: BaseException) -> str:
    """What to tell the person; what they cannot put right is logged under a reference that they see."""
    while isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError):
        if error.__cause__ is None:
            break
        error = error.__cause__
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, app_commands.TransformerError):
        return say("{value!r} does not fit that option.", value=error.value)
    if isinstance(error, app_commands.CheckFailure):
        return say("You may not use this command here.")
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        return say("This command has changed since your Discord last looked; please try again in a minute.")
    reference = secrets.token_hex(3)
    log.error("reference %s", reference, exc_info=error)
    what = str(error) if isinstance(error, BotError) else say("Something went wrong on our side.")
    return say(
        "{what} If it happens again, tell whoever runs this bot: reference `{reference}`.",
        what=what,
        reference=reference,
    )


async def answer(interaction: discord.Interaction, error: BaseException) -> None:
    """Tell the asker alone, whichever answers were given before."""
    sentence = sentence_for(error)
    try:
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            # What follows takes the place of the "thinking", which everybody may see.
            with contextlib.suppress(discord.NotFound):
                await interaction.delete_original_response()
        if interaction.response.is_done():
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as failure:
        # Neither the sentence nor a traceback, which leads back to the error: both may hold what was typed.
        log.warning("%s could not be told: %s", type(error).__name__, failure)


@contextlib.asynccontextmanager
async def told(interaction: discord.Interaction) -> AsyncIterator[None]:
    """Tell the presser of a button what goes wrong inside the ``with``; discord.py would only log it.

    From here on the presser's language is spoken.
    """
    speak(interaction.locale.value)
    try:
        yield
    except Exception as error:
        await answer(interaction, error)


class Tree(app_commands.CommandTree[discord.Client]):
    """The command tree, which speaks the language of whoever calls, with one handler for every error."""

    async def interaction_check(self, interaction: discord.Interaction[discord.Client], /) -> bool:
        """Called before every command and completion, in the task that answers it."""
        speak(interaction.locale.value)
        return True

    async def on_error(
        self, interaction: discord.Interaction[discord.Client], error: app_commands.AppCommandError
    ) -> None:
        """Answer with one sentence; see ``sentence_for``."""
        if interaction.type is discord.InteractionType.autocomplete:
            log.warning("autocomplete failed", exc_info=error)
            return
        await answer(interaction, error)
