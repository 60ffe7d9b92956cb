"""Ways to write a word so that it is still read: what the fuzzer composes.

Made from the families of disguises alone, without a look at how they are undone. Each takes what it needs
from Hypothesis, so that a disguise that gets through shrinks to its least form.
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

Disguise = Callable[[st.DrawFn, str], str]

INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u202e\u2063\u180e\u034f\u3164\ufe0f\u115f\ufff9\U000e0061"
)
MARKS = "\u0300\u0301\u0304\u0308\u030a\u0316\u0323\u0327\u0330\u0335\u0336\u0338\u0489\u20dd\u20e3"
SPACES = " \u00a0\u2002\u2009\u202f\u205f\u3000"
SEPARATORS = ".-_*/|+~'\u00b7\u2022\u2014\u2665\u22c5:!=^\"\u30fb"
LEET = {
    "a": "4@",
    "b": "8",
    "e": "3",
    "g": "9",
    "i": "1!|",
    "l": "1|",
    "o": "0",
    "s": "5$",
    "t": "7+",
    "z": "2",
}
SHORTEST_REVERSED = 5
SHORTEST_SPLIT = 7

_NAMED = re.compile(
    r"(?:LATIN|MATHEMATICAL|REGIONAL|MODIFIER LETTER (?:SMALL|CAPITAL)).* ([A-Z])(?: WITH .+)?$"
)
_UNREADABLE = re.compile(
    r"LIGATURE|STRETCHED|CLOSED|IOTIFIED|CROSSED|WITH SMALL|TURNED|REVERSED|SIDEWAYS|HALF|INVERTED|"
    r"TAG|COMBINING"
)


@functools.cache
def lookalikes() -> dict[str, str]:
    """Per Latin letter the characters that read as it: other scripts by hand, Unicode's variants by name."""
    found = json.loads((Path(__file__).parent / "corpora" / "lookalikes.json").read_text("utf-8"))
    for code in range(0x80, 0x20000):
        name = unicodedata.name(chr(code), "")
        if (match := _NAMED.search(name)) and not _UNREADABLE.search(name):
            found[match[1].lower()] += chr(code)
    return found


def _some(draw: st.DrawFn, text: str, table: dict[str, str], share: float = 1.0) -> str:
    """Swap a drawn part of the letters that the table knows, at least one, for one of their candidates."""
    places = [place for place, letter in enumerate(text) if letter in table]
    if not places:
        return text
    most = max(1, int(len(places) * share))
    chosen = draw(st.sets(st.sampled_from(places), min_size=1, max_size=most))
    return "".join(
        draw(st.sampled_from(table[letter])) if place in chosen else letter
        for place, letter in enumerate(text)
    )


def _between(draw: st.DrawFn, text: str, filler: str) -> str:
    """Put drawn characters of ``filler`` at one or more places between the letters."""
    places = draw(st.sets(st.integers(1, max(1, len(text) - 1)), min_size=1))
    return "".join(
        (draw(st.sampled_from(filler)) if place in places else "") + letter
        for place, letter in enumerate(text)
    )


def case(draw: st.DrawFn, text: str) -> str:
    return _some(
        draw, text, {letter: letter.upper() for letter in text if letter.isascii() and letter.isalpha()}
    )


def width(draw: st.DrawFn, text: str) -> str:
    return _some(draw, text, {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def invisible(draw: st.DrawFn, text: str) -> str:
    return _between(draw, text, INVISIBLE)


def alike(draw: st.DrawFn, text: str) -> str:
    return _some(draw, text, lookalikes())


def leet(draw: st.DrawFn, text: str) -> str:
    """Not more than half of the letters: digits alone are a number."""
    return _some(draw, text, LEET, 0.5)


def repeated(draw: st.DrawFn, text: str) -> str:
    """A letter that has a case: a digit or an ideograph that is doubled says something else."""
    places = [place for place, letter in enumerate(text) if letter.lower() != letter.upper()]
    if not places:
        return text
    place = draw(st.sampled_from(places))
    return text[:place] + text[place] * draw(st.integers(2, 6)) + text[place + 1 :]


def marks(draw: st.DrawFn, text: str) -> str:
    return _between(draw, text + "\u0000", MARKS).replace("\u0000", "")


def spaced(draw: st.DrawFn, text: str) -> str:
    return (draw(st.sampled_from(SPACES)) * draw(st.integers(1, 3))).join(text)


def separated(draw: st.DrawFn, text: str) -> str:
    return draw(st.sampled_from(SEPARATORS)).join(text)


def separated_by_anything(draw: st.DrawFn, text: str) -> str:
    return text[0] + "".join(draw(st.sampled_from(SEPARATORS + SPACES)) + letter for letter in text[1:])


def across_tags(draw: st.DrawFn, text: str) -> str:
    return draw(st.sampled_from([",", ", ", " , ", "\n", " BREAK "])).join(text.replace(" ", ""))


def split(draw: st.DrawFn, text: str) -> str:
    """In two, for words that are long enough not to be made of others by chance."""
    if len(text) < SHORTEST_SPLIT or " " in text:
        return spaced(draw, text)
    place = draw(st.integers(2, len(text) - 2))
    return text[:place] + draw(st.sampled_from([" ", "-", "_", ".", "  ", " - "])) + text[place:]


def backwards(draw: st.DrawFn, text: str) -> str:
    return text[::-1] if len(text) >= SHORTEST_REVERSED else spaced(draw, text)


def weighted(draw: st.DrawFn, text: str) -> str:
    return f"({text}:{draw(st.sampled_from(['0', '0.01', '0.5', '1.2', '2']))})"


def bracketed(draw: st.DrawFn, text: str) -> str:
    opening, closing = draw(
        st.sampled_from(
            [("(", ")"), ("[", "]"), ("{", "}"), ("((", "))"), ("\\(", "\\)"), ("(", ""), ("", ")")]
        )
    )
    return f"{opening}{text}{closing}"


def weighted_inside(draw: st.DrawFn, text: str) -> str:
    place = draw(st.integers(1, max(1, len(text) - 1)))
    return f"({text[:place]}:1.1){text[place:]}"


def html(draw: st.DrawFn, text: str) -> str:
    form = draw(st.sampled_from(["&#{};", "&#x{:x};", "&#x{:X};", "&#0{};"]))
    return _escaped(draw, text, lambda letter: form.format(ord(letter)))


def html_twice(draw: st.DrawFn, text: str) -> str:
    return html(draw, text).replace("&", "&amp;")


def url(draw: st.DrawFn, text: str) -> str:
    return _escaped(draw, text, lambda letter: "".join(f"%{byte:02X}" for byte in letter.encode()))


def url_twice(draw: st.DrawFn, text: str) -> str:
    return url(draw, text).replace("%", "%25")


def wildcard(draw: st.DrawFn, text: str) -> str:
    return draw(st.sampled_from(["{{{}|hat}}", "{{hat|{}}}", "[{}|hat]", "[{}:hat:0.5]", "__{}__"])).format(
        text
    )


def _escaped(draw: st.DrawFn, text: str, escape: Callable[[str], str]) -> str:
    places = draw(st.sets(st.integers(0, len(text) - 1), min_size=1))
    return "".join(escape(letter) if place in places else letter for place, letter in enumerate(text))


LETTERS: tuple[Disguise, ...] = (case, width, invisible, alike, leet, repeated, marks)
LAYOUT: tuple[Disguise, ...] = (spaced, separated, separated_by_anything, across_tags, split, backwards)
MARKUP: tuple[Disguise, ...] = (
    weighted,
    bracketed,
    weighted_inside,
    html,
    html_twice,
    url,
    url_twice,
    wildcard,
)


@st.composite
def disguised(draw: st.DrawFn, text: str, deep: int = 3) -> str:
    """One to ``deep`` disguises over each other: letters first, then their layout, then markup around.

    Letters that are tags of their own get no markup: what would escape or hold their commas?
    """
    steps = draw(
        st.lists(st.sampled_from([*LETTERS, *LAYOUT, *MARKUP]), min_size=1, max_size=deep, unique=True)
    )
    layout = [step for step in steps if step in LAYOUT][:1]
    markup = [step for step in steps if step in MARKUP and across_tags not in layout][:1]
    for step in [*(step for step in steps if step in LETTERS), *layout, *markup]:
        text = step(draw, text)
    return text
