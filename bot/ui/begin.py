"""The message command that draws from anybody's picture: it asks what to draw, then asks like /imagine."""

from __future__ import annotations

import discord

from bot.core.draft import Draft
from bot.core.errors import InvalidRequest
from bot.core.language import later, say
from bot.core.request import MAX_PROMPT
from bot.languages import speak
from bot.services.sources import STRENGTH, Given
from bot.ui import asking, errors, pictures

NAME = later("Draw from this picture")


async def begin(interaction: discord.Interaction, message: discord.Message) -> None:
    """Ask what to draw from a message's first picture, which comes with the interaction."""
    await interaction.response.send_modal(BeginModal(pictures.of_message(message)))


class BeginModal(discord.ui.Modal):
    """Asks for the prompt and the strength; it does not outlive the bot, which Discord then says."""

    def __init__(self, picture: pictures.Attached) -> None:
        super().__init__(title=say(NAME))
        self._picture = picture
        self.prompt = discord.ui.TextInput[BeginModal](
            label=say("What to draw"),
            custom_id="prompt",
            placeholder=say("Tags with commas, such as 1girl, silver hair, smile, night"),
            style=discord.TextStyle.paragraph,
            max_length=MAX_PROMPT,
        )
        self.strength = discord.ui.TextInput[BeginModal](
            label=say("How much is drawn anew, 0 to 1"),
            custom_id="strength",
            default=f"{STRENGTH:g}",
            required=False,
            max_length=10,
        )
        self.add_item(self.prompt)
        self.add_item(self.strength)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Ask, as the command would."""
        speak(interaction.locale.value)
        given = Given(self._picture, _strength(self.strength.value))
        await asking.ask_draft(interaction, Draft(prompt=self.prompt.value), given)

    async def on_error(  # type: ignore[override]  # a modal's has no item, discord.py's base does
        self, interaction: discord.Interaction, error: Exception
    ) -> None:
        """Tell the asker alone, in one sentence."""
        await errors.answer(interaction, error)


def _strength(text: str) -> float:
    try:
        return float(text.strip().replace(",", ".") or STRENGTH)
    except ValueError:
        raise InvalidRequest("The strength is not a number; 0.6 is one, up to 1.") from None
