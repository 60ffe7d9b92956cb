"""What a single letter stands for, by its look and by its sound, and what escapes spell."""

from __future__ import annotations

import csv
import functools
import html
import json
import re
import unicodedata
from importlib import resources
from urllib.parse import unquote

from anyascii import anyascii

_ROUNDS = 5
"""Escapes of escapes are undone so often at most; what is still escaped then is no text to anybody."""
_CODE = re.compile(r"(?:\\|%)u\{?([0-9a-fA-F]{4})\}?|\\x([0-9a-fA-F]{2})|\bU\+([0-9a-fA-F]{4})\b")
_PERCENT = re.compile(r"%(?:25)+(?=[0-9a-fA-F]{2})")
_TURNED_ESCAPE = re.compile(r"[0-9a-fA-F]{2}%(?:[^\W\d_]|[0-9a-fA-F]{2}%)|;[0-9a-fA-F]{2,6}x?#&")
_ESCAPES = re.compile(r"[&%\\]|U\+")

_NAMED = re.compile(r"(?:LATIN (?:SMALL|CAPITAL) LETTER|REGIONAL INDICATOR SYMBOL LETTER) ([A-Z])$")
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180e")
"""Letters without a picture; whatever is of category Cf or a combining mark goes as well."""
_VOICED = "\u3099\u309a"
"""The kana's own marks, without which they are other letters."""


def decode(text: str) -> str:
    """Return the text with HTML, URL and code point escapes undone, nested ones too.

    Also such as have invisible characters and accents between their signs, or are written backwards.
    """
    if not _ESCAPES.search(text):
        return text
    if not text.isascii():
        text = "".join(char for char in text if char.isascii() or _visible(char))
    plainer = _undone(text)
    if plainer == text and _TURNED_ESCAPE.search(text):
        return _undone(text[::-1])[::-1]
    return plainer


def _undone(text: str) -> str:
    for _ in range(_ROUNDS):
        if not _ESCAPES.search(text):
            break
        plainer = unquote(_PERCENT.sub("%", html.unescape(text)), errors="ignore")
        plainer = _CODE.sub(_char, plainer)
        if plainer == text:
            break
        text = plainer
    return text


def _char(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2] or match[3], 16))


def bare(text: str) -> str:
    """Return the text in lower case and compatibility form, without accents and invisible characters.

    Letters keep their script; kana keep the marks that make them other letters.
    """
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(char for char in apart if char.isascii() or _visible(char))
    return unicodedata.normalize("NFKC", kept)


@functools.lru_cache(4096)
def _visible(char: str) -> bool:
    if char in _VOICED:
        return True
    return unicodedata.category(char) not in ("Mn", "Me", "Cf", "Cc", "Cs") and char not in _INVISIBLE


@functools.lru_cache(8192)
def look(char: str) -> str:
    """Return the Latin letters that a character looks like, else the character itself."""
    if char.isascii():
        return char.lower()
    known = _LOOKS.get(char) or _enclosed(char)
    if known:
        return known
    for form in (char, char.lower(), char.upper()):
        for glyph in _confusables().get(form, ()):
            if glyph.isascii() and glyph.isalpha():
                return glyph.lower()
    if unicodedata.name(char, "").startswith(("LATIN", "MODIFIER LETTER", "BRAILLE")):
        return anyascii(char).lower()
    plain = bare(char)
    return look(plain) if plain != char and len(plain) == 1 else plain


@functools.lru_cache(8192)
def sound(char: str) -> str:
    """Return a character as it is written in Latin letters; Han and Hangul, and what is no letter, stay."""
    if char.isascii():
        return char.lower()
    name = unicodedata.name(char, "")
    if name.startswith(("CJK", "HANGUL")) or not (
        char.isalnum() or name.startswith("BRAILLE") or char == "ー"
    ):
        return _enclosed(char) or char
    return anyascii(char).lower()


def _enclosed(char: str) -> str:
    """The letters of the emoji alphabets, which have no compatibility form."""
    named = _NAMED.search(unicodedata.name(char, ""))
    return named[1].lower() if named else ""


@functools.cache
def _confusables() -> dict[str, tuple[str, ...]]:
    """Unicode's look-alikes, from the data of confusable-homoglyphs.

    The file is read as it is: the package's own module also reads a table of scripts that is not needed.
    """
    file = resources.files("confusable_homoglyphs") / "confusables.json"
    rows: dict[str, list[dict[str, str]]] = json.loads(file.read_text("utf-8"))
    return {char: tuple(row["c"] for row in found) for char, found in rows.items() if not char.isascii()}


def _table(kind: str) -> dict[str, str]:
    """The characters of one kind in the data file, with the Latin letters that they stand for."""
    file = resources.files("bot.policy") / "data" / "lookalikes.csv"
    rows = csv.DictReader(file.read_text("utf-8").splitlines())
    return {char: row["letter"] for row in rows if row["kind"] == kind for char in row["characters"]}


_LOOKS = _table("look")
"""Look-alikes that people use and Unicode's table does not hold."""
_TURNED = _table("turned")
_TURNED_TABLE = str.maketrans({**_TURNED, **_table("turns"), **{v: k for k, v in _table("turns").items()}})


def upright(text: str) -> str | None:
    """Return text in letters that stand on their head turned back, None without such a letter.

    The order is as typed; whoever turns a page round also reads it backwards.
    """
    if _TURNED.keys().isdisjoint(text):
        return None
    return text.translate(_TURNED_TABLE)
