"""``/settings``: receives what people want for themselves and admins for their server, asks, renders.

Discord hides a whole command from people without a permission, and ``show`` is for everybody; so the
permission is checked by the service, where an admin's override of the command cannot reach it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import Client
from bot.core.language import say
from bot.core.request import CFG, MAX_PROMPT, MAX_STYLE_NAME, SAMPLERS, STEPS
from bot.services.ceilings import CeilingService
from bot.services.defaults import SETTABLE, DefaultsService
from bot.services.settings import SettingsService
from bot.ui import completing, options, places
from bot.ui import settings as pages
from bot.ui.options import RESET
from bot.ui.text import plain

Text = Range[str, 1, MAX_PROMPT]
Steps = Range[int, STEPS.start, STEPS.stop - 1]
Cfg = Range[float, CFG[0], CFG[1]]
Style = Range[str, 1, MAX_STYLE_NAME]
Quality = Range[str, 1, MAX_STYLE_NAME]
C = TypeVar("C", bound=Callable[..., Any])


def _settable(callback: C) -> C:
    """What `mine` and `default` say of their options alike."""
    described = app_commands.describe(
        size="One of the model's nine sizes",
        steps="Denoising steps; the model card recommends 28",
        cfg="How closely to follow the prompt; the model card recommends 5 to 7",
        sampler="How the noise is taken away",
        negative="What to keep out of the picture; none for nothing",
        quality="Quality words in place of the recommended ones",
        style="Words that give the picture a look; none for none",
        model="Another of this bot's models; none for its own",
        private="Whether answers are for the asker alone",
        reset="What is to have no default any more",
    )
    chosen = app_commands.choices(
        size=options.size_choices(),
        sampler=options.word_choices(SAMPLERS),
        reset=options.reset_choices(SETTABLE),
    )
    completed = app_commands.autocomplete(
        negative=completing.tags,
        quality=completing.quality,
        style=completing.style,
        model=completing.model,
    )
    return described(chosen(completed(callback)))


class Settings(commands.Cog):
    """Shows and changes what a server allows, to the asker alone."""

    settings = app_commands.Group(
        name="settings", description="What this place shows and what your requests are filled with"
    )

    def __init__(
        self, settings: SettingsService, ceilings: CeilingService, defaults: DefaultsService
    ) -> None:
        self._settings = settings
        self._ceilings = ceilings
        self._defaults = defaults

    @settings.command(name="ceiling", description="Set the highest rating of this server or of one channel")
    @app_commands.describe(
        rating="The highest rating to allow; above sensitive only age-restricted channels follow",
        channel="The channel; the whole server when left out",
    )
    @app_commands.choices(
        rating=[*options.rating_choices(), Choice(name="reset: as the server, or general", value=RESET)]
    )
    async def ceiling(
        self,
        interaction: discord.Interaction,
        rating: str,
        channel: app_commands.Transform[app_commands.AppCommandChannel, options.Writable] | None = None,
    ) -> None:
        """Set a ceiling; the answer says what else holds it down."""
        said = await self._settings.set_ceiling(
            places.admin_of(interaction),
            None if channel is None else channel.id,
            None if rating == RESET else options.rating_of(rating),
        )
        await interaction.response.send_message(said, ephemeral=True)

    @settings.command(name="strict", description="Whether a general place withholds what is judged sensitive")
    @app_commands.describe(state="On withholds more; general pictures are sometimes judged sensitive")
    async def strict(self, interaction: discord.Interaction, state: Literal["on", "off"]) -> None:
        """Set how narrowly general is read."""
        said = await self._settings.set_strict(places.admin_of(interaction), state == "on")
        await interaction.response.send_message(said, ephemeral=True)

    @settings.command(
        name="show",
        description="The highest rating that is shown here, your defaults, and where each is from",
    )
    async def show(self, interaction: discord.Interaction) -> None:
        """Answer with the ceiling and everybody who has a say in it, and the defaults value by value."""
        place = places.place_of(interaction)
        ceiling = await self._ceilings.of(place)
        merged = await self._defaults.explain(interaction.user.id, place)
        embeds = [pages.ceiling_embed(ceiling), pages.defaults_embed(merged)]
        await interaction.response.send_message(embeds=embeds, ephemeral=True)

    @settings.command(name="mine", description="What your own requests have where you do not say otherwise")
    @_settable
    async def mine(
        self,
        interaction: discord.Interaction,
        size: str | None = None,
        steps: Steps | None = None,
        cfg: Cfg | None = None,
        sampler: str | None = None,
        negative: Text | None = None,
        quality: Quality | None = None,
        style: Style | None = None,
        model: str | None = None,
        private: bool | None = None,
        reset: str | None = None,
    ) -> None:
        """Change one's own defaults, and show them all."""
        draft = options.draft(
            size=size,
            steps=steps,
            cfg=cfg,
            sampler=sampler,
            negative=negative,
            quality=quality,
            style=style,
            model=model,
            private=private,
        )
        now = await self._defaults.set_own(
            interaction.user.id, interaction.guild_id, draft, options.to_reset(reset, SETTABLE)
        )
        await interaction.response.send_message(
            embed=pages.own_embed(now, say("Your defaults")), ephemeral=True
        )

    @settings.command(
        name="default", description="What requests in this server or channel have where nobody says otherwise"
    )
    @app_commands.describe(channel="The channel; the whole server when left out")
    @_settable
    async def default(
        self,
        interaction: discord.Interaction,
        channel: app_commands.Transform[app_commands.AppCommandChannel, options.Writable] | None = None,
        size: str | None = None,
        steps: Steps | None = None,
        cfg: Cfg | None = None,
        sampler: str | None = None,
        negative: Text | None = None,
        quality: Quality | None = None,
        style: Style | None = None,
        model: str | None = None,
        private: bool | None = None,
        reset: str | None = None,
    ) -> None:
        """Change a server's or a channel's defaults, and show them all."""
        draft = options.draft(
            size=size,
            steps=steps,
            cfg=cfg,
            sampler=sampler,
            negative=negative,
            quality=quality,
            style=style,
            model=model,
            private=private,
        )
        channel_id = None if channel is None else channel.id
        now = await self._defaults.set_here(
            places.admin_of(interaction), channel_id, draft, options.to_reset(reset, SETTABLE)
        )
        title = (
            say("This server's defaults")
            if channel is None
            else say("The defaults of #{name}", name=plain(channel.name, 100))
        )
        await interaction.response.send_message(embed=pages.own_embed(now, title), ephemeral=True)


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    services = client.services
    await client.add_cog(Settings(services.settings, services.ceilings, services.defaults))
