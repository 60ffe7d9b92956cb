"""Slash-command options: choices, and completion of tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.core.errors import InvalidRequest
from bot.core.rating import Rating
from bot.core.size import SIZES, Size

MAX_CHOICES = 25
MAX_CHOICE = 100

Complete = Callable[[str], Sequence[str]]
"""Tags that a typed beginning may mean, best first."""


def size_choices() -> list[app_commands.Choice[str]]:
    """The nine sizes of the card, named by shape."""
    return [app_commands.Choice(name=f"{size} · {_shape(size)}", value=str(size)) for size in SIZES]


def rating_choices() -> list[app_commands.Choice[str]]:
    """The card's four ratings, mildest first."""
    return word_choices([rating.word for rating in Rating])


def rating_of(text: str) -> Rating:
    """The rating of a choice; raises InvalidRequest, since what comes from Discord may be any text."""
    try:
        return Rating.parse(text)
    except ValueError as error:
        raise InvalidRequest(f"{error}.") from None


def word_choices(words: Sequence[str]) -> list[app_commands.Choice[str]]:
    """Choices whose value is their name."""
    return [app_commands.Choice(name=word, value=word) for word in words]


def last_tag(typed: str, complete: Complete) -> list[app_commands.Choice[str]]:
    """Complete the tag that is being typed at the end of a list of tags; the rest stays as it is.

    Suggestions that would not fit into a choice of 100 characters are left out.
    """
    head, comma, tail = typed.rpartition(",")
    before = f"{head}{comma} " if comma else ""
    suggestions = [f"{before}{tag}" for tag in complete(tail.strip())]
    if typed.strip() and tail.strip():
        suggestions.insert(0, typed.strip())
    unique = dict.fromkeys(text for text in suggestions if 0 < len(text) <= MAX_CHOICE)
    return word_choices(list(unique)[:MAX_CHOICES])


def one_tag(typed: str, complete: Complete) -> list[app_commands.Choice[str]]:
    """Complete an option that holds a single tag."""
    return word_choices([tag for tag in complete(typed.strip()) if len(tag) <= MAX_CHOICE][:MAX_CHOICES])


def among(typed: str, words: Sequence[str]) -> list[app_commands.Choice[str]]:
    """Those of a few words that contain what was typed; words differ by model, so choices cannot be fixed."""
    return word_choices([word for word in words if typed.strip().lower() in word.lower()][:MAX_CHOICES])


def not_yet(typed: str, names: Sequence[str], beginning: str) -> list[str]:
    """Those of some names that begin so and do not stand in what was typed before."""
    before = {part.partition(":")[0].strip() for part in typed.split(",")[:-1]}
    return [name for name in names if name.lower().startswith(beginning.lower()) and name not in before]


def _shape(size: Size) -> str:
    if size.width == size.height:
        return "square"
    wide = size.width > size.height
    extreme = max(size.width, size.height) / min(size.width, size.height) > 2
    return f"{'very ' if extreme else ''}{'wide' if wide else 'tall'}"


class Writable(app_commands.Transformer):
    """A channel in which people write.

    Spelled out because discord.py adds media channels to forums, and Discord's own file knows no such type.
    """

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A channel."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """The kinds that Discord offers for the option."""
        kinds = discord.ChannelType
        return [kinds.text, kinds.news, kinds.forum, kinds.voice, kinds.stage_voice]

    async def transform(
        self, interaction: discord.Interaction, value: Any, /
    ) -> app_commands.AppCommandChannel:
        """The channel as discord.py resolved it."""
        channel: app_commands.AppCommandChannel = value
        return channel
