"""The embeds of ``/about`` and ``/help``."""

from __future__ import annotations

import discord

from bot.services.about import About
from bot.ui.embeds import ACCENT


def about(facts: About) -> discord.Embed:
    """The bot, its model, the licences, and where the sources are."""
    embed = discord.Embed(
        title="Animagine bot",
        description="Draws anime pictures from tags. Every picture is made by a machine and marked so.",
        colour=ACCENT,
    )
    model = facts.model
    embed.add_field(name="Model", value=f"{model.title}, by {model.maker}", inline=False)
    embed.add_field(name="Model licence", value=model.licence)
    embed.add_field(name="Model source", value=model.source or "part of this bot's source")
    embed.add_field(
        name="Bot", value=f"version {facts.version}, Apache-2.0\n{facts.bot_source}".strip(), inline=False
    )
    return embed


def guide() -> discord.Embed:
    """How to ask for a picture, by example."""
    embed = discord.Embed(
        title="How to ask for a picture",
        description=(
            "Use `/imagine` and write tags with commas between them. Any order will do: the bot puts them "
            "into the order that the model was trained on and adds its quality and safety words."
        ),
        colour=ACCENT,
    )
    embed.add_field(
        name="For example",
        value="`1girl, silver hair, short hair, smile, night`\n`1boy, glasses, school uniform, indoors`",
        inline=False,
    )
    embed.add_field(
        name="More or less of a tag",
        value="`(smile:1.2)` asks for more of it, `(smile:0.8)` for less. Put what you do not want "
        "into `negative`.",
        inline=False,
    )
    embed.add_field(
        name="Or in a sentence",
        value="`a girl with long red hair smiling in the rain at night` is understood as tags, and the "
        "answer says how. `{red|blue} hair` draws one of several; `style` gives the picture a look.",
        inline=False,
    )
    embed.add_field(
        name="From a picture to tags",
        value="`/describe` tells the tags of a picture, as does *Describe this picture* in a message's menu.",
        inline=False,
    )
    embed.add_field(
        name="The same again",
        value="Every answer names its seed. The same seed and settings give the same picture.",
        inline=False,
    )
    embed.add_field(
        name="From a picture",
        value="Attach one as `image`, link to one of this bot's with `link`, or use Draw from this picture "
        "in the menu of a message, under Apps. The buttons under a result go on from it.",
        inline=False,
    )
    embed.add_field(
        name="Your presets",
        value="`/preset save` keeps options, or the settings of a job, under a name; `/preset use` draws "
        "with it.",
        inline=False,
    )
    embed.add_field(
        name="Your defaults",
        value="`/settings mine` sets what your requests have where you do not say otherwise; "
        "`/settings show` says where each value comes from.",
        inline=False,
    )
    embed.add_field(
        name="What may be shown here",
        value="`/settings show` says up to which rating, and who decides.",
        inline=False,
    )
    embed.add_field(name="Your pictures", value="`/history` lists them, to you alone.", inline=False)
    embed.add_field(
        name="Your data",
        value="`/privacy` shows what is kept about you, hands it out, or deletes it.",
        inline=False,
    )
    return embed
