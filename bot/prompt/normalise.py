"""Plain spelling of typed text and tags: one way to write each thing, before anything is compared."""

from __future__ import annotations

import re
import unicodedata

from bot.core.errors import InvalidRequest
from bot.core.language import say
from bot.prompt.memory import remembered

EMOTICONS = frozenset(
    r"""
    ^_^ >_< @_@ +_+ =_= o_o 0_0 3_3 6_9 u_u x_x t_t ;_; -_- ._. *_* $_$ q_q >_o o_x +_- |_| ||_||
    ^^^ ^o^ ^q^ ^v^ >o< >3< o3o uwu owo xd x3 c: d: 3: :3 ;3 :d ;d :o ;o :p ;p :q ;q :t ;t :x :c :i :s
    :> ;> :< ;< :/ ;/ :| ;| :>= :) ;) =) >:) :( ;( =( >:( \o/ \m/ \n/ \||/ (o)_(o) <o>_<o> <|>_<|>
    ! !! !? ? ?? ...
    """.split()  # noqa: SIM905 (a list of quoted faces cannot be read)
)
"""Tags that are little faces: their brackets, bars and underscores are letters, never syntax.

From Danbooru's tags of three letters or fewer and the well-known longer ones.
"""

_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but the line end, and halves of surrogate pairs."""
_ENCLOSED = re.compile(r"<[^<>\n]{1,100}>")
_MARKED = re.compile(r"[<@*~|`]")
_PINGS = re.compile(r"@(?:everyone|here)\b")
_TIGHT = re.compile(r"(?<=\w)\((?=.)")
_PARTS = re.compile(r"[\s:\-]+")
_MARKDOWN = re.compile(r"\*\*+|~~|\|\||`+")


def clean(text: str, field: str, notes: list[str]) -> str:
    """Return ``text`` in NFKC with plain line ends and without invisible characters, which are noted.

    Raises InvalidRequest, naming the first one, for control characters and halves of surrogate pairs.
    """
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    if control := _CONTROL.search(text):
        raise InvalidRequest(
            "The {field} has a control character (U+{code:04X}) at position {place}; type plain text "
            "without it.",
            field=field,
            code=ord(control[0]),
            place=control.start() + 1,
        )
    if text.isascii():
        return text
    kept = "".join(char for char in text if char.isascii() or unicodedata.category(char) != "Cf")
    if kept != text:
        notes.append(say("Invisible characters in the {field} were left out.", field=field))
    plain = _nfkc(kept)
    if len(plain) > 3 * len(kept) + 100:
        raise InvalidRequest(
            "The {field} is full of characters that each stand for whole words; type it in plain letters.",
            field=field,
        )
    return plain.replace("、", ",")


def spell(text: str) -> str:
    """Return a tag's one spelling: lower case, single spaces for underscores and runs of white space.

    A space stands before a bracket that follows a word, as in ``saber (fate)``; emoticons keep their form.
    """
    text = text.lower() if text.isascii() else _nfkc(_nfkc(text).lower())
    text = " ".join(text.split())
    if text in EMOTICONS:
        return text
    if "_" in text or "(" in text:
        text = " ".join(_TIGHT.sub(" (", text.replace("_", " ")).split())
    return text


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def strip_markup(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a spelled tag without Discord's mentions and markdown, and the pieces that were left out.

    Anything in angle brackets goes, so that no tokenizer's special token (``<|endoftext|>``) can be typed.
    """
    if text in EMOTICONS or not _MARKED.search(text):
        return text, ()
    removed: list[str] = []
    for pattern in (_ENCLOSED, _PINGS, _MARKDOWN):
        text, found = _remove(pattern, text)
        removed += found
    bare = text.strip("*~ ")
    if bare != text.strip(" "):
        removed.append("*" if "*" in text else "~")
    return " ".join(bare.split()), tuple(dict.fromkeys(removed))


def _remove(pattern: re.Pattern[str], text: str) -> tuple[str, list[str]]:
    """Take the matches out until none is left: taking one out may bring another together."""
    removed: list[str] = []
    while found := pattern.findall(text):
        removed += found
        text = pattern.sub("", text)
    return text, removed


@remembered(8192)
def key(text: str) -> str:
    """Return what two spellings of one tag have in common: ``Cat_Ears``, ``cat-ears`` -> ``cat ears``."""
    text = spell(text)
    if text in EMOTICONS:
        return text
    return " ".join(_PARTS.split(text.casefold())).strip() or text
