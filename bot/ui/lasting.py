"""What the buttons and menus have in common that work for ever: all they need is in their id."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.ui import errors


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
