"""Disguised words in plain letters: what a text may be meant to be read as.

Undone are width, case, accents, invisible characters, look-alike letters, letters of other scripts by their
sound, upside-down and emoji letters, leet, HTML and URL escapes, weights and BREAK. What parts letters
becomes one space; joining, repeats and reversal are the matter of ``lexicon``, which compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.policy.words.letters import bare, decode, look, sound, upright
from bot.prompt.memory import remembered

_UNDISGUISED = re.compile(r"(?:(?!vv)[a-z])+(?: (?:(?!vv)[a-z])+)*")
"""Most tags are words in plain small letters, which read as nothing else; vv may be a w."""
_APART = re.compile(r"[\W_]+")
_WEIGHT = re.compile(r":\s*[+-]?[0-9.]+\s*(?=[)\]])")
_BROKEN = re.compile(r"(?<=[!-/:-~])[^\S\n]*(?:BREAK|\n)\s*(?=[!-~])")
"""Between ASCII signs: other letters might make a word of two alphabets, and digits another number."""
_CHOICE = re.compile(r"[{\[]([^{}\[\]]*)[}\]]")
_CHOICES = 4
INNER = re.compile(r"(?<=[^\W\d_])[^\w\s]+(?=[^\W\d_])")
"""Signs inside a word, without which it may be another: ``bi.kini``."""
_DIGIT = re.compile(r"[0-9]")
_DIGITS = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"\b[0-9]{3,}\b")
_LONG_NUMBER = re.compile(r"[0-9]{5,}")
_HALF_NUMBER = re.compile(r"[0-9][^\W\d_]|[^\W\d_][0-9]")
"""Numbers may be words when a long one is the whole tag, or beside a word with digits (``533 7hr0u9h``)."""
_SYMBOL = re.compile(r"[@$!|+/\\<>\[\]()^€]|vv")
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")

_LEET = str.maketrans("0123456789", "oizeasgtbg")
_LEET_TOO = str.maketrans("0123456789", "oireasbibq")
_LEET_CYRILLIC = str.maketrans("034689@$", "\u043e\u0437\u0447\u0431\u0432\u044f\u0430\u0441")
_PICTURES = (
    ("|\\/|", "m"), ("/\\/\\", "m"), ("\\/\\/", "w"), ("|\\|", "n"), ("/\\/", "n"), ("|-|", "h"),
    ("|_|", "u"), ("\\_/", "u"), ("\\/", "v"), ("/\\", "a"), ("|)", "d"), ("|>", "p"), ("|3", "b"),
    ("|=", "f"), ("|<", "k"), ("()", "o"), ("[]", "o"), ("><", "x"), ("vv", "w"),
)  # fmt: skip
"""Letters drawn with several signs, the longest first."""
_SIGNS = str.maketrans("@$€", "ase")
_ALL_SIGNS = str.maketrans("@$€!|+", "aseiit")
_STROKE = re.compile(r"[!|](?=\w)")
_CROSS = re.compile(r"(?<=\w)\+(?=\w|$)")


def readings(text: str) -> tuple[str, ...]:
    """Return the text's readings, the mildest first: words of letters and digits with one space between.

    Latin letters for whatever can be read as such; other scripts stay beside their Latin readings.
    The mildest only folds case, width, accents and invisible characters.
    """
    if _UNDISGUISED.fullmatch(text):
        return folded(text)
    plain = undone(text)
    found = [reading for form in dict.fromkeys((text, *plain)) for reading in folded(form)]
    return tuple(dict.fromkeys(found))


def undone(text: str) -> tuple[str, ...]:
    """Return a field's text without weights and BREAK, and again with its escapes undone if it has any.

    Then once more with the words joined that BREAK, a line end or a choice (``{a|b}``) stands in.
    """
    decoded = decode(text)
    forms = (text,) if decoded == text else (text, decoded)
    return tuple(dict.fromkeys(plain for form in forms for plain in _without_marks(form)))


def _without_marks(text: str) -> Iterator[str]:
    for form in (text, *_chosen(text)) if "|" in text else (text,):
        bared = _WEIGHT.sub("", form) if ":" in form else form
        broken = "BREAK" in bared
        yield bared.replace("BREAK", " , ") if broken else bared
        if broken or "\n" in bared:
            yield _BROKEN.sub("", bared).replace("BREAK", "")


def _chosen(text: str) -> Iterator[str]:
    """The text with each choice in brackets made, glued to what it stands in: all the first, all the next."""
    made = [found for found in _CHOICE.finditer(text) if "|" in found[0]]
    if not made:
        return
    options = [found[1].split("|") for found in made]
    for number in range(min(max(map(len, options)), _CHOICES)):
        parts, place = [], 0
        for found, each in zip(made, options, strict=True):
            parts += [text[place : found.start()], each[number % len(each)]]
            place = found.end()
        yield "".join((*parts, text[place:]))


@remembered(16384)
def folded(text: str) -> tuple[str, ...]:
    """Return the readings of a text without escapes and weights, the mildest first."""
    if _UNDISGUISED.fullmatch(text):
        return (text,)
    return tuple(dict.fromkeys(reading for reading in _folded(text) if reading))


def _folded(text: str) -> Iterator[str]:
    forms = [bare(text)]
    if not text.isascii():
        turned = upright(text.lower())
        forms += [
            bare("".join(map(look, text))),
            bare("".join(map(look, forms[0]))),
            bare("".join(map(sound, text))),
            bare("".join(map(sound, forms[0]))),
        ]
        forms += [bare(turned)] if turned is not None else []
    forms = list(dict.fromkeys(forms))
    for form in forms:
        yield _spaced(form)
    forms += [INNER.sub("", form) for form in forms if INNER.search(form)]
    for form in forms[1:]:
        yield _spaced(form)
    for form in dict.fromkeys(forms):
        yield from _unleeted(form)


def _spaced(text: str) -> str:
    return _APART.sub(" ", text).strip()


def _unleeted(text: str) -> Iterator[str]:
    signed = [text, text.translate(_SIGNS)]
    if _SYMBOL.search(text):
        drawn = text
        for picture, letter in _PICTURES:
            drawn = drawn.replace(picture, letter)
        for form in (text, drawn):
            signed.append(_CROSS.sub("t", _STROKE.sub("i", form.translate(_SIGNS))))
            signed.append(form.translate(_ALL_SIGNS))
    for form in dict.fromkeys(signed):
        spaced = _spaced(form)
        yield spaced
        if _DIGIT.search(spaced):
            yield _lettered(spaced, _LEET)
            yield _lettered(spaced, _LEET_TOO)
            if _LONG_NUMBER.fullmatch(spaced) or (_NUMBER.search(spaced) and _HALF_NUMBER.search(spaced)):
                yield spaced.translate(_LEET)
            yield " ".join(_DIGITS.sub(" ", spaced).split())
            if _CYRILLIC.search(spaced):
                yield _lettered(spaced, _LEET_CYRILLIC)


def _lettered(spaced: str, table: dict[int, int]) -> str:
    """Read digits as letters in words that hold a letter, and where they stand alone; numbers stay."""
    return " ".join(
        word.translate(table) if len(word) == 1 or not word.isdecimal() else word for word in spaced.split()
    )
