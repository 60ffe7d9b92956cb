"""The negative field read as what it asks for: without any clothes, the picture would be nude."""

from __future__ import annotations

import csv
import functools
from collections.abc import Collection, Iterable, Sequence
from importlib import resources

from bot.core.rating import Rating
from bot.policy.words.lexicon import Lexicon, Rated, words
from bot.prompt.memory import remembered

ENOUGH = 2
"""Kinds of garments that may not be removed together; one alone leaves the others on."""
_GENERAL = frozenset({"clothes", "censored"})
"""Kinds whose words speak of all clothes at once."""

_SOME = "some "
"""Begins the kind of clothes of one sort, by their words."""

_FILLERS = frozenset(
    {
        "a", "all", "an", "and", "any", "every", "full", "fully", "her", "his", "in", "is", "of",
        "on", "piece", "some", "such", "the", "their", "wearing",
        "appropriate", "conservative", "covering", "decent", "modest", "normal", "ordinary", "proper",
        "regular",
    }
)  # fmt: skip
_MODEST = frozenset(
    {
        "no", "without", "bare", "torn", "ripped", "wet", "damp", "soaked", "see", "through",
        "transparent", "translucent", "sheer", "open", "opened", "lift", "lifted", "lifting",
        "pull", "pulled", "pulling", "aside", "removed", "removing", "off", "undressing",
        "unbuttoned", "unbuttoning", "unzipped", "untied", "revealing", "skimpy", "micro", "wrinkled",
        "extra", "bad", "floating", "fused", "merged", "melting",
        "blending", "mismatched", "inconsistent", "weird", "deformed", "wrong", "unfitting",
        "clipping", "shoes", "hanger", "collar", "cuffs",
    }
)  # fmt: skip
"""Words beside a garment that keep out a mishap or something less modest, not the garment."""
_OPPOSITES = ("uncensored", "decensored", "undressed", "underdressed", "unclothed", "cross-dressed")
"""Words that hold one of those that are looked for, and mean something else."""


@functools.cache
def _garments() -> tuple[Lexicon, dict[str, str]]:
    rows = csv.DictReader(
        (resources.files("bot.policy") / "data" / "garments.csv").read_text("utf-8").splitlines()
    )
    kinds = {name: row["kind"] for row in rows for name in row["names"].split("|")}
    return Lexicon((Rated(name, Rating.QUESTIONABLE) for name in kinds), _OPPOSITES), kinds


def asks_for_nudity(
    negative: Iterable[str], fields: Iterable[Sequence[str]] = (), heavy: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the tags of a negative that together leave nobody dressed, in order; empty when it does not.

    A word for all clothes (``clothes``, ``dressed``, ``censored``) is enough by itself; of garments it takes
    two kinds. Clothes of one colour or sort (``red clothes``) count as a kind of their own, and as all of
    them among the ``heavy`` tags, which weigh more than 1. A tag is returned as typed, behind a disguise as
    the word that was found. ``fields`` are the typed texts in tags, over which a word may be spelled.
    """
    lexicon, kinds = _garments()
    general: dict[str, None] = {}
    garments: dict[str, str] = {}
    found = [_kind(tag) for tag in negative]
    found += [(hit.term.name, kinds[hit.term.name]) for field in fields for hit in lexicon.across(field)]
    for name, kind in found:
        if kind in _GENERAL or (kind.startswith(_SOME) and name in heavy):
            general[name] = None
        elif kind:
            garments[name] = kind
    enough = len(set(garments.values())) >= ENOUGH
    return (*general, *(garments if enough else ()))


@remembered(8192)
def _kind(tag: str) -> tuple[str, str]:
    """What a tag of the negative removes, and of which kind; the kind is empty for no garment."""
    lexicon, kinds = _garments()
    hits = lexicon.find(tag)
    spoken = words(tag)
    if not hits or not _MODEST.isdisjoint(spoken):
        return tag, ""
    hit = hits[0]
    name, kind = hit.term.name, kinds[hit.term.name]
    if hit.rule == "disguise":
        return name, kind
    if kind in _GENERAL and hit.rule == "word" and set(spoken) - set(words(name)) - _FILLERS:
        return tag, _SOME + " ".join(spoken)
    return tag, kind
