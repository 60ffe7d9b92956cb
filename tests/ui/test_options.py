"""Completion replaces the tag that is being typed and fits into Discord's limits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.core.draft import Draft
from bot.core.errors import InvalidRequest
from bot.core.lora import Lora
from bot.core.rating import Rating
from bot.core.size import SIZES, Size
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


def test_brackets_of_a_weight_and_other_commas_stay() -> None:
    assert [choice.value for choice in options.last_tag("1girl, ((red tag 0", complete)][1] == (
        "1girl, ((red tag 00"
    )
    assert options.last_tag("1girl\u3001red tag 0", complete)[1].value == "1girl\u3001 red tag 00"
    assert [choice.value for choice in options.last_tag("((", complete)] == ["(("]


def test_a_text_of_thousands_of_characters_asks_for_nothing() -> None:
    asked: list[str] = []
    assert options.last_tag("smile, " * 900, lambda typed: asked.append(typed) or []) == []
    assert asked == []
    assert options.last_tag("x" * 6000, complete) == options.one_tag("x" * 6000, complete) == []


def test_what_is_shown_behind_a_tag_is_no_part_of_it() -> None:
    choices = options.one_tag("red tag 0", complete, lambda tag: "a series" if tag.endswith("1") else None)
    assert (choices[1].name, choices[1].value) == ("red tag 01 · a series", "red tag 01")
    assert choices[0].name == "red tag 00"
    long = options.one_tag("", lambda typed: ["x" * 99, "y" * 101], lambda tag: "a series")
    assert [(choice.name, choice.value) for choice in long] == [("x" * 99, "x" * 99)]


def test_options_make_a_draft_of_what_was_given_alone() -> None:
    assert options.draft() == Draft()
    draft = options.draft(size="1024x1024", rating="sensitive", lora="ink:0.5", steps=5, private=False)
    assert draft.given() == {
        "size": Size(1024, 1024),
        "rating": Rating.SENSITIVE,
        "loras": (Lora("ink", 0.5),),
        "steps": 5,
        "private": False,
    }
    for wrong in ({"size": "3x3"}, {"rating": "magic"}, {"lora": "ink:much"}):
        with pytest.raises(InvalidRequest):
            options.draft(**wrong)


def test_only_what_may_be_reset_is() -> None:
    assert options.to_reset(None, ["a", "b"]) == () and options.to_reset("a evil", ["a", "b"]) == ("a",)
    assert options.to_reset(options.reset_choices(["a", "b"])[0].value, ["a", "b"]) == ("a", "b")


def test_sizes_are_named_by_shape() -> None:
    names = [choice.name for choice in options.size_choices()]
    assert len(names) == len(SIZES)
    assert "832x1216 · tall" in names and "1536x640 · very wide" in names and "1024x1024 · square" in names
