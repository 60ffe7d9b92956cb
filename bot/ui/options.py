"""Slash-command options: choices, and completion of tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.core.draft import Draft
from bot.core.errors import InvalidRequest
from bot.core.lora import parse
from bot.core.rating import Rating
from bot.core.size import SIZES, Size
from bot.services.variations import LARGER

RESET = "reset"
MAX_CHOICES = 25
MAX_CHOICE = 100

Complete = Callable[[str], Sequence[str]]
"""Tags that a typed beginning may mean, best first."""
Also = Callable[[str], str | None]
_COMMAS = (",", "\u3001", "\uff0c")
"""What parts tags; people who write Japanese type the others."""


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
    except ValueError:
        raise InvalidRequest(
            "{text!r} is not a rating; use general, sensitive, questionable or explicit.", text=text
        ) from None


def word_choices(words: Sequence[str]) -> list[app_commands.Choice[str]]:
    """Choices whose value is their name."""
    return [app_commands.Choice(name=word, value=word) for word in words]


def last_tag(typed: str, complete: Complete) -> list[app_commands.Choice[str]]:
    """Complete the tag that is being typed at the end of a list of tags; the rest stays as it is.

    Brackets that open before the tag stay, too. Suggestions that would not fit into a choice of 100
    characters are left out.
    """
    before, tail = _split(typed)
    if len(before) >= MAX_CHOICE:
        return []
    found = list(complete(tail))
    bare = tail.lstrip("([")
    opened = tail[: len(tail) - len(bare)]
    if opened and bare:
        # Some tags begin with a bracket of their own; to all others it is a weight's.
        found = [tag for tag in found if tag.startswith(opened)] + [
            f"{opened}{tag}" for tag in complete(bare)
        ]
    suggestions = [f"{before}{tag}" for tag in found]
    if tail:
        suggestions.insert(0, typed.strip())
    unique = dict.fromkeys(text for text in suggestions if 0 < len(text) <= MAX_CHOICE)
    return word_choices(list(unique)[:MAX_CHOICES])


def _split(typed: str) -> tuple[str, str]:
    """What stands before the last tag, with the space after its comma, and the tag."""
    end = max(map(typed.rfind, _COMMAS)) + 1
    return (f"{typed[:end]} " if end else ""), typed[end:].strip()


def one_tag(typed: str, complete: Complete, also: Also = lambda tag: None) -> list[app_commands.Choice[str]]:
    """Complete an option that holds a single tag; ``also`` tells what is shown behind a tag, if anything."""
    choices = []
    for tag in complete(typed.strip()):
        more = also(tag)
        named = tag if more is None else f"{tag} · {more}"
        if len(tag) <= MAX_CHOICE:
            choices.append(app_commands.Choice(name=named if len(named) <= MAX_CHOICE else tag, value=tag))
    return choices[:MAX_CHOICES]


def among(typed: str, words: Sequence[str]) -> list[app_commands.Choice[str]]:
    """Those of a few words that contain what was typed; words differ by model, so choices cannot be fixed."""
    return word_choices([word for word in words if typed.strip().lower() in word.lower()][:MAX_CHOICES])


def not_yet(typed: str, names: Sequence[str], beginning: str) -> list[str]:
    """Those of some names that begin so and do not stand in what was typed before."""
    before = {part.partition(":")[0].strip() for part in typed.split(",")[:-1]}
    return [name for name in names if name.lower().startswith(beginning.lower()) and name not in before]


def draft(
    *,
    size: str | None = None,
    rating: str | None = None,
    lora: str | None = None,
    upscale: bool | None = None,
    **given: Any,
) -> Draft:
    """What the options of a command ask for, those left out as None.

    Raises InvalidRequest for a size, a rating or LoRAs that are none.
    """
    return Draft(
        size=None if size is None else size_of(size),
        rating=None if rating is None else rating_of(rating),
        loras=None if lora is None else parse(lora),
        upscale=None if upscale is None else LARGER if upscale else 1,
        **given,
    )


def reset_choices(names: Sequence[str]) -> list[app_commands.Choice[str]]:
    """One of the names, or all of them."""
    every = app_commands.Choice(name="all of them", value=" ".join(names))
    return [every, *word_choices(names)]


def to_reset(chosen: str | None, names: Sequence[str]) -> tuple[str, ...]:
    """The names that a choice of `reset_choices` stands for; none where nothing was chosen."""
    return tuple(name for name in (chosen or "").split() if name in names)


def size_of(text: str) -> Size:
    """The size of a choice; raises InvalidRequest, since what comes from Discord may be any text."""
    try:
        return Size.parse(text)
    except ValueError:
        raise InvalidRequest(
            "{size} is not one of the nine sizes: {sizes}.", size=text, sizes=", ".join(map(str, SIZES))
        ) from None


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
