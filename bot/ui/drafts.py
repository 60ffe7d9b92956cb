"""How the values of a draft are written for people."""

from __future__ import annotations

from typing import Any

from bot.core.draft import Draft
from bot.core.language import say
from bot.core.lora import written
from bot.core.rating import Rating
from bot.ui.text import plain


def value(given: Any, limit: int = 200) -> str:
    """One value in words, of at most ``limit`` characters, in which nothing is markup."""
    if isinstance(given, bool):
        return say("yes") if given else say("no")
    if isinstance(given, Rating):
        return given.word
    if isinstance(given, tuple):
        return plain(written(given), limit) or say("no LoRA")
    if isinstance(given, float):
        return f"{given:g}"
    return plain(str(given), limit)


def summary(draft: Draft, limit: int) -> str:
    """All that a draft gives, in one line: the prompt first, then each value with its name."""
    given = draft.given()
    prompt = given.pop("prompt", "")
    named = [f"{name} {value(each, 60)}" for name, each in given.items()]
    room = limit - len(" · ".join(["", *named]))
    parts = [plain(prompt, max(room, limit // 3)), *named] if prompt else named
    line = " · ".join(parts)
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip(chr(92))}…"
