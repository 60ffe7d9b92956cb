"""Completion replaces the tag that is being typed and fits into Discord's limits."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.size import SIZES
from bot.ui import options

TAGS = [f"red tag {number:02}" for number in range(40)]


def complete(typed: str) -> Sequence[str]:
    return [tag for tag in TAGS if tag.startswith(typed)]


def test_the_last_tag_is_completed_and_the_rest_kept() -> None:
    values = [choice.value for choice in options.last_tag("1girl,smile, red tag 0", complete)]
    assert values[0] == "1girl,smile, red tag 0"
    assert values[1] == "1girl,smile, red tag 00"


def test_never_more_than_25_choices_of_100_characters() -> None:
    assert len(options.last_tag("red", complete)) == 25
    assert len(options.one_tag("red", complete)) == 25
    assert options.last_tag("x" * 99 + ",red", complete) == []
    assert all(len(choice.value) <= 100 for choice in options.last_tag("y" * 85 + ",red", complete))


def test_an_empty_text_offers_tags_alone() -> None:
    values = [choice.value for choice in options.last_tag("", complete)]
    assert values == TAGS[:25]


def test_sizes_are_named_by_shape() -> None:
    names = [choice.name for choice in options.size_choices()]
    assert len(names) == len(SIZES)
    assert "832x1216 · tall" in names and "1536x640 · very wide" in names and "1024x1024 · square" in names
