"""What the buttons and menus have in common that work for ever: all they need is in their id."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

import discord

from bot.core.language import say
from bot.ui import errors

JOB = r"(?P<job>[0-9a-z]{1,16})"
"""A job's id in the template of an id."""


class Lasting:
    """Mixed in before a ``discord.ui.DynamicItem``: rebuilds it from its id, after any restart.

    The named groups of its template are the arguments of its constructor. Whatever ``pressed`` raises is
    told to the presser alone, in one sentence.
    """

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the item from its id."""
        return cls(**match.groupdict())

    async def callback(self, interaction: discord.Interaction) -> None:
        """Called by discord.py when the item is used."""
        async with errors.told(interaction):
            await self.pressed(interaction)

    async def pressed(self, interaction: discord.Interaction) -> None:
        """What the item does."""
        raise NotImplementedError


class JobButton(Lasting):
    """A lasting button that belongs to a job: its id is its word and the job's id."""

    word: ClassVar[str]
    label: ClassVar[str]
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init__(self, job: str, row: int | None = None) -> None:
        self.job_id = job
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=say(self.label), style=self.style, custom_id=f"{self.word}:{job}"
        )
        super().__init__(button, row=row)  # type: ignore[call-arg]  # the DynamicItem's that it is mixed in before
