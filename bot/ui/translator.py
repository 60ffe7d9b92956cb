"""Names and descriptions of commands in the languages of those who see them."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location
from discord.app_commands import TranslationContextTypes as Context
from discord.app_commands import locale_str

from bot.languages import catalogue, language_of

NAMES = "name"
"""The catalogues' context of commands' and options' names, which are one lower-case word each."""

_NAMES = (Location.command_name, Location.group_name, Location.parameter_name)


class Translator(app_commands.Translator):
    """Asked by discord.py for every text of every command in every locale that Discord knows."""

    async def translate(self, string: locale_str, locale: discord.Locale, context: Context) -> str | None:
        """The text in that locale, or None to leave it in English."""
        found = catalogue(language_of(locale.value))
        english = string.message
        said = found.pgettext(NAMES, english) if is_name(english, context) else found.gettext(english)
        return None if said == english else said


def is_name(english: str, context: Context) -> bool:
    """Whether a text is a name that is typed, for which Discord allows no spaces and no capitals.

    The names of a menu's commands are not typed, so they are written like any other text.
    """
    return context.location in _NAMES and english == english.lower() and " " not in english
