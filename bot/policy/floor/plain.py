"""The one spelling in which the floor's lists and the texts that they are looked for in are compared."""

from __future__ import annotations

import functools
import unicodedata

_DROPPED = ("Cf", "Me")
_SELECTORS = range(0xFE00, 0xFE10)


@functools.lru_cache(4096)
def _plain(char: str) -> str:
    if unicodedata.category(char) in _DROPPED or ord(char) in _SELECTORS:
        return ""
    if unicodedata.category(char) in ("Nd", "No"):
        value = unicodedata.numeric(char)
        return str(int(value)) if value == int(value) else char
    return char


def plain(text: str) -> str:
    """Return a text in NFKC, case folded, without what cannot be seen, all digits as 0 to 9.

    Accents stay, since some words are others without theirs.
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char if char.isascii() else _plain(char) for char in folded)
