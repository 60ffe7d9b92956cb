"""The tags of somebody young that a tagger of pictures is asked for, as evidence for the floor."""

from __future__ import annotations

import functools
import importlib.resources

from bot.policy.floor.floor import AGE
from bot.policy.floor.lists import ALONE, floor_terms
from bot.policy.floor.search import Mark


@functools.cache
def age_tags() -> frozenset[str]:
    """The tags, with spaces: the floor's own words of that kind, and what only taggers' tables call them."""
    text = importlib.resources.files("bot.policy").joinpath("data/age_tags.txt").read_text("utf-8")
    own = {line.strip() for line in text.splitlines() if line.strip()}
    terms = (term for term in floor_terms() if not term.harmless)
    return frozenset(own | {term.text for term in terms if term.mark in (AGE, Mark("F1", ALONE))})
