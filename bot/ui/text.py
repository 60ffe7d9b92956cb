"""Short texts that fit Discord's limits and cannot be mistaken for markup."""

from __future__ import annotations

import math
import re

from bot.core.language import say

EMBED_DESCRIPTION = 4096
EMBED_FIELD = 1024

_MARKUP = re.compile(r"[\\`*_~|\[\]<>#]|:(?=//)|^[-+]")


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, the last an ellipsis when something was cut off."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plain(text: str, limit: int) -> str:
    """A person's text on one line, in which nothing is markup, a mention or a link; cut at ``limit``.

    discord.py's own escaping takes everything between the first ``[`` and the last ``)`` for one link.
    """
    flat = " ".join(text.split()).replace("@", "@\u200b")
    escaped = _MARKUP.sub(r"\\\g<0>", shorten(flat, limit))
    return escaped if len(escaped) <= limit else shorten(escaped, limit).replace("\\…", "…")


def duration(seconds: float) -> str:
    """``"about 40 s"`` or ``"about 3 min"``: rounded up, since a wait told too short annoys."""
    if seconds < 60:
        step = 1 if seconds < 10 else 5
        return say("about {seconds} s", seconds=max(1, math.ceil(seconds / step) * step))
    return say("about {minutes} min", minutes=math.ceil(seconds / 60))
