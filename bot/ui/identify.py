"""What a picture's file tells, as an embed; the message also holds the request, which its button makes."""

from __future__ import annotations

import dataclasses
import io

import discord

from bot.core.errors import NotFound
from bot.core.language import say
from bot.services.identify import Identified, Settings, pack, unpack
from bot.ui import asking, pictures, places
from bot.ui.access import services_of
from bot.ui.embeds import ACCENT, QUIET
from bot.ui.lasting import Lasting
from bot.ui.text import EMBED_FIELD, plain, shorten

FILE = "settings.json"
"""The name of the file that holds the request; messages keep it, so it must not change."""


def embed(found: Identified) -> discord.Embed:
    """The settings as fields, and what cannot be taken over."""
    settings = found.settings
    shown = discord.Embed(colour=QUIET if found.hidden else ACCENT)
    shown.set_author(name=say("Settings written by {maker}", maker=say(settings.maker.value)))
    if found.hidden:
        shown.description = say("The prompts are not shown here: {hidden}", hidden=plain(found.hidden, 1000))
    for name, text in ((say("Prompt"), settings.positive), (say("Without"), settings.negative)):
        if text:
            shown.add_field(name=name, value=plain(text, EMBED_FIELD), inline=False)
    for name, value in _numbers(settings):
        shown.add_field(name=name, value=value)
    if settings.loras:
        loras = ", ".join(f"{name} {weight:g}" for name, weight in settings.loras)
        shown.add_field(name=say("LoRAs"), value=plain(loras, EMBED_FIELD), inline=False)
    if found.notes:
        notes = "\n".join(plain(note, 300) for note in found.notes)
        shown.add_field(name=say("If you run this here"), value=shorten(notes, EMBED_FIELD), inline=False)
    return shown


def _numbers(settings: Settings) -> list[tuple[str, str]]:
    """The short fields, as far as the file tells them."""
    size = f"{settings.width}x{settings.height}" if settings.width and settings.height else ""
    sampler = " ".join(part for part in (settings.sampler, settings.schedule) if part)
    pairs = (
        (say("Seed"), "" if settings.seed is None else str(settings.seed)),
        (say("Size"), size),
        (say("Steps"), "" if settings.steps is None else str(settings.steps)),
        (say("CFG"), "" if settings.cfg is None else f"{settings.cfg:g}"),
        (say("Sampler"), plain(sampler, 100)),
        (say("Model"), plain(settings.model, 100)),
    )
    return [(name, value) for name, value in pairs if value]


async def answer(interaction: discord.Interaction, found: Identified) -> None:
    """Tell the asker alone; the interaction is deferred. What can be drawn comes with a file and a button."""
    if found.request is None:
        await interaction.edit_original_response(embed=embed(found))
        return
    view = discord.ui.View(timeout=None)
    view.add_item(RunButton())
    file = discord.File(io.BytesIO(pack(found.request)), filename=FILE)
    await interaction.edit_original_response(embed=embed(found), attachments=[file], view=view)


class RunButton(
    Lasting, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"identify:run"
):
    """Asks for what the message's file holds, as the command would."""

    def __init__(self) -> None:
        super().__init__(
            discord.ui.Button(
                label=say("Run this here"), style=discord.ButtonStyle.primary, custom_id="identify:run"
            )
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Ask; the settings stay as they are, but for who may see it."""
        files = interaction.message.attachments if interaction.message is not None else []
        held = next((file for file in files if file.filename == FILE), None)
        if held is None:
            raise NotFound("The settings of this button are gone; identify the picture again.")
        services = services_of(interaction)
        # Files do not say who may see a picture: that goes by the presser's own default, or the place's.
        usual = await services.defaults.explain(interaction.user.id, places.place_of(interaction))
        private = usual.draft.request().private
        await asking.think(interaction, private=private)
        request = unpack(await pictures.Attached(held, "file").read())
        await asking.ask(interaction, services.imagine, dataclasses.replace(request, private=private))
