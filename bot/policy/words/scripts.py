"""Which words mix alphabets, or are written in one in which only look-alikes are ever typed."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

from bot.policy.words.letters import bare
from bot.prompt.memory import remembered

_WORD = re.compile(r"[^\W\d_]+")
_SHORT = 3
"""Letters up to which a mixed word passes (``μm``, ``OωO``): what it can hide is found by its look."""

_BESIDE_LATIN = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC"}
)
"""Scripts without spaces: a Latin word beside them is a word of its own (``Tシャツ``)."""
_ALPHABETS = frozenset(
    {
        "LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "HEBREW", "ARABIC", "DEVANAGARI", "BENGALI",
        "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "THAI", "LAO",
        "TIBETAN", "MYANMAR", "KHMER", "ETHIOPIC", "MONGOLIAN", "THAANA", "SYRIAC",
    }
)  # fmt: skip
"""The scripts that people write today, by the first word of their letters' names in Unicode."""


@remembered(8192)
def unreadable(text: str) -> tuple[str, ...]:
    """Return the words, as typed, that mix alphabets or are written in none of those known here."""
    return tuple(_unreadable(text))


def _unreadable(text: str) -> Iterator[str]:
    for typed in text.split():
        for word in _WORD.findall(bare(typed)):
            alphabets = {name for char in word if (name := _alphabet(char))}
            letters = sum(1 for char in word if _alphabet(char))
            if letters > _SHORT and (len(alphabets) > 1 or not alphabets <= _ALPHABETS):
                yield typed
                break


@functools.lru_cache(8192)
def _alphabet(char: str) -> str:
    """The alphabet of a letter; empty for letters that stand beside any other."""
    name, _, rest = unicodedata.name(char, "").partition(" ")
    if name in _BESIDE_LATIN or name in ("MODIFIER", "FEMININE", "MASCULINE", "VULGAR", "HALFWIDTH"):
        return ""
    return name if rest else ""
