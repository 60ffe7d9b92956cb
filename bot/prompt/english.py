"""What little English the reading of sentences needs: small words, adjectives, and the forms of a word."""

from __future__ import annotations

import functools
import re

ARTICLES = frozenset(("a", "an", "the"))
OWNERS = frozenset(("her", "his", "their", "its", "my", "your"))
COPULAS = frozenset(("is", "are", "was", "were", "looks", "has", "have"))
JOINTS = frozenset(("and", "or"))
NEGATIONS = frozenset(
    ("without", "no", "not", "never", "lacking", "isnt", "arent", "doesnt", "dont", "cannot")
)
ENDS_NEGATION = frozenset(
    """in at on under over near by while who which that with but from into during before behind beside
    next through wearing""".split()  # noqa: SIM905 (a list of quoted words cannot be read)
)
"""Where what a "without" speaks of is over."""

SILENT = (
    ARTICLES
    | OWNERS
    | COPULAS
    | JOINTS
    | ENDS_NEGATION
    | frozenset(
        """above across against all along also am among another any around as away back background be
        been behind being below beneath between bit both can center centre could did do does down draw
        drawing dressed each eye eyes five for four front get gets getting got had hair having he here
        herself him himself how i illustration image inside it just kind left like little lot lots
        make may me middle might must of off one onto other out outside photo picture please portrait
        quite really right scene she should show side six slightly so some somebody someone something
        sort style than them themselves then there these they this those three to too top two up upon
        us very view viewer want we wear wears what when where while whose will within wore
        would you""".split()  # noqa: SIM905
    )
)
"""Words that say nothing by themselves; a tag of several words may still hold them."""

NOUNS = frozenset(("hair", "eye", "eyes"))
"""Those of them that adjectives belong to."""

STRESSES = frozenset(("very", "light", "dark"))
"""Words that go before an adjective and change what it means: very long hair."""

MAY_BEGIN = frozenset(("from", "off", "one", "two", "three", "four", "five", "six"))
"""Small words with which a tag may begin: from behind, one eye closed."""

SPEAKING = frozenset(
    """a an the with who whose which that is are was were has her his their she he they wearing wears and
    without""".split()  # noqa: SIM905 (a list of quoted words cannot be read)
)
"""Small words that sentences have and tags mostly do not."""

COLOURS = frozenset(
    """red orange yellow green blue aqua purple violet pink brown black white grey gray silver gold golden
    blond blonde crimson scarlet turquoise cyan teal lavender dark light pale beige maroon navy""".split()  # noqa: SIM905
)
MODIFIERS = COLOURS | frozenset(
    """long short medium big large small tiny huge wavy curly straight messy spiky striped plaid frilled
    pleated floral checkered tall wide puffy glowing sparkling open closed colorful colourful torn fluffy
    round pointy thick thin old wooden snowy starry cloudy frilly shiny transparent""".split()  # noqa: SIM905
)
"""Adjectives that keep to a noun even when nobody has tagged the two together."""

IRREGULAR = {
    "man": ("boy",),
    "guy": ("boy",),
    "lad": ("boy",),
    "woman": ("girl",),
    "lady": ("girl",),
    "men": ("boys",),
    "women": ("girls",),
    "haired": ("hair",),
    "eyed": ("eyes",),
    "eared": ("ears",),
    "tailed": ("tail",),
    "winged": ("wings",),
    "horned": ("horns",),
    "skinned": ("skin",),
    "brunette": ("brown hair",),
    "blonde": ("blonde hair",),
    "blond": ("blonde hair",),
    "leaves": ("leaf",),
    "wolves": ("wolf",),
    "knives": ("knife",),
    "mice": ("mouse",),
    "lies": ("lying",),
    "lie": ("lying",),
    "holds": ("holding",),
    "hold": ("holding",),
    "snowy": ("snow",),
    "sunny": ("sunlight",),
}
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_VOWELS = "aeiou"


def split_words(text: str) -> list[str]:
    """The words of a part of a sentence in lower case, hyphens apart, without articles."""
    words = _WORD.findall(text.lower().replace("n't", "nt"))
    return [word.removesuffix("'s") for word in words if word not in ARTICLES]


@functools.lru_cache(4096)
def forms(word: str) -> tuple[str, ...]:
    """A word and what it may be a form of: smiles, smiled, smiling -> smile; sits -> sit, sitting."""
    found = [word, *IRREGULAR.get(word, ())]
    for stem in _stems(word):
        found += [stem, *_progressive(stem), stem + "s"]
    return tuple(dict.fromkeys(found))


def _stems(word: str) -> list[str]:
    stems = [word]
    if len(word) < 4:
        return stems
    if word.endswith("ies"):
        stems.append(word[:-3] + "y")
    elif word.endswith(("ses", "xes", "zes", "ches", "shes")):
        stems += [word[:-2], word[:-1]]
    elif word.endswith("s") and not word.endswith(("ss", "us")):
        stems.append(word[:-1])
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            bare = word[: -len(ending)]
            stems += [bare, bare + "e"]
            if bare[-1] == bare[-2]:
                stems.append(bare[:-1])
    return stems


def _progressive(stem: str) -> list[str]:
    if len(stem) < 3 or stem.endswith("ing"):
        return []
    if stem.endswith("e") and not stem.endswith("ee"):
        return [stem[:-1] + "ing"]
    doubled = stem[-1] not in _VOWELS + "wxy" and stem[-2] in _VOWELS and stem[-3] not in _VOWELS
    return [stem + stem[-1] + "ing"] * doubled + [stem + "ing"]
