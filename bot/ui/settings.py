"""What ``/settings`` shows: a place's ceiling with every voice in it, and where each default comes from."""

from __future__ import annotations

from typing import Any

import discord

from bot.core.draft import Draft
from bot.core.language import later, say
from bot.core.request import Request
from bot.services.ceilings import Ceiling
from bot.services.defaults import SETTABLE, Merged, Origin
from bot.ui import drafts
from bot.ui.embeds import ACCENT, QUIET

_CARD = Request("")
_OWN_WORDS = {
    "negative": later("nothing beyond the model's own words"),
    "quality": later("the model's recommended words"),
    "style": "none",
    "model": later("the bot's own"),
}
"""What is used where the card's own request names nothing."""
_FROM = {
    Origin.OWN: later("yours"),
    Origin.CHANNEL: later("this channel's"),
    Origin.SERVER: later("this server's"),
    Origin.CARD: later("the model card's"),
}


def ceiling_embed(ceiling: Ceiling) -> discord.Embed:
    """The highest rating that is shown here, why it is no higher, and each limit that was looked at."""
    embed = discord.Embed(
        title=say("Ceiling here: {rating}", rating=ceiling.rating.word),
        description=say("Decided by: {why}. The lowest of these counts:", why=ceiling.why),
        colour=ACCENT,
    )
    lines = [f"- {limit.rating.word}: {limit.why}" for limit in ceiling.limits]
    embed.add_field(name=say("Everybody who has a say"), value="\n".join(lines), inline=False)
    strict = (
        say("on: a general place withholds pictures that are judged sensitive.")
        if ceiling.strict
        else say("off: a general place shows pictures that are judged sensitive.")
    )
    embed.add_field(name=say("Strict"), value=strict, inline=False)
    return embed


def defaults_embed(merged: Merged) -> discord.Embed:
    """What your requests are filled with here, value by value, and where each comes from."""
    lines = []
    for name in SETTABLE:
        origin = merged.origins.get(name, Origin.CARD)
        lines.append(f"- **{name}**: {_value(name, getattr(merged.draft, name))} ({say(_FROM[origin])})")
    for name, origin in merged.gave_way:
        lines.append(
            say(
                "- **{name}**: the default here cannot be used now, so it gives way ({origin})",
                name=name,
                origin=say(_FROM[origin]),
            )
        )
    embed = discord.Embed(title=say("What you do not say"), description="\n".join(lines), colour=QUIET)
    embed.add_field(
        name=say("Which counts first"),
        value=say(
            "What you type, then a preset, then your own (`/settings mine`), then this channel's, "
            "then this server's (`/settings default`), and at last the model card's."
        ),
        inline=False,
    )
    return embed


def own_embed(draft: Draft, title: str) -> discord.Embed:
    """All defaults of one person, server or channel."""
    given = draft.given()
    lines = [f"- **{name}**: {_value(name, given[name])}" for name in SETTABLE if name in given]
    return discord.Embed(title=title, description="\n".join(lines) or say("None are set."), colour=ACCENT)


def _value(name: str, given: Any) -> str:
    if given is None and name in _OWN_WORDS:
        return say(_OWN_WORDS[name])
    return drafts.value(getattr(_CARD, name) if given is None else given)
