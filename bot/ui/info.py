"""The embeds of ``/about`` and ``/help``."""

from __future__ import annotations

import discord

from bot.core.language import later, say
from bot.services.about import About
from bot.ui.embeds import ACCENT


def about(facts: About) -> discord.Embed:
    """The bot, its model, the licences, and where the sources are."""
    embed = discord.Embed(
        title=say("Animagine bot"),
        description=say("Draws anime pictures from tags. Every picture is made by a machine and marked so."),
        colour=ACCENT,
    )
    model = facts.model
    embed.add_field(name=say("Model"), value=f"{model.title}, by {model.maker}", inline=False)
    embed.add_field(name=say("Model licence"), value=model.licence)
    embed.add_field(name=say("Model source"), value=model.source or say("part of this bot's source"))
    embed.add_field(
        name=say("Bot"),
        value=say(
            "version {version}, Apache-2.0\n{bot_source}", version=facts.version, bot_source=facts.bot_source
        ).strip(),
        inline=False,
    )
    return embed


def guide() -> discord.Embed:
    """How to ask for a picture, by example."""
    embed = discord.Embed(
        title=say("How to ask for a picture"),
        description=(
            say(
                "Use `/imagine` and write tags with commas between them. Any order will do: the bot puts "
                "them into the order that the model was trained on and adds its quality and safety words."
            )
        ),
        colour=ACCENT,
    )
    for name, value in _GUIDE:
        embed.add_field(name=say(name), value=say(value), inline=False)
    return embed


_GUIDE = (
    (
        later("For example"),
        later("`1girl, silver hair, short hair, smile, night`\n`1boy, glasses, school uniform, indoors`"),
    ),
    (
        later("More or less of a tag"),
        later(
            "`(smile:1.2)` asks for more of it, `(smile:0.8)` for less. Put what you do not want "
            "into `negative`."
        ),
    ),
    (
        later("Or in a sentence"),
        later(
            "`a girl with long red hair smiling in the rain at night` is understood as tags, and the "
            "answer says how. `{red|blue} hair` draws one of several; `style` gives the picture a "
            "look."
        ),
    ),
    (
        later("From a picture to tags"),
        later(
            "`/describe` tells the tags of a picture, as does *Describe this picture* in a message's menu."
        ),
    ),
    (
        later("The same again"),
        later("Every answer names its seed. The same seed and settings give the same picture."),
    ),
    (
        later("From a picture"),
        later(
            "Attach one as `image`, link to one of this bot's with `link`, or use Draw from this "
            "picture in the menu of a message, under Apps."
        ),
    ),
    (
        later("Under a result"),
        later(
            "Buttons draw it again, vary it, enlarge it, open its words and settings for a change, "
            "and tell what drew it. They work for ever, for whoever sees the result."
        ),
    ),
    (
        later("Your presets"),
        later(
            "`/preset save` keeps options, or the settings of a job, under a name; `/preset use` "
            "draws with it."
        ),
    ),
    (
        later("Your defaults"),
        later(
            "`/settings mine` sets what your requests have where you do not say otherwise; "
            "`/settings show` says where each value comes from."
        ),
    ),
    (
        later("Your pictures"),
        later("`/history` lists and searches them, to you alone; `/show` brings one back by its id."),
    ),
    (
        later("From a picture to settings"),
        later(
            "`/identify` reads them out of a picture's file, as does *Identify this picture* in a "
            "message's menu, and runs them here."
        ),
    ),
    (later("What may be shown here"), later("`/settings show` says up to which rating, and who decides.")),
    (later("Your data"), later("`/privacy` shows what is kept about you, hands it out, or deletes it.")),
)
"""What there is to know, as names and values of fields."""
