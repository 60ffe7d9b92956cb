"""One spelling per tag."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import InvalidRequest
from bot.prompt.normalise import clean, key, spell, strip_markup


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("Long_Hair", "long hair"),
        ("  long \t hair ", "long hair"),
        ("saber_(fate)", "saber (fate)"),
        ("saber(fate)", "saber (fate)"),
        ("T_T", "t_t"),
        (">_<", ">_<"),
        ("Ｈａｔ", "hat"),
        (":D", ":d"),
    ],
)
def test_spelling(typed: str, spelled: str) -> None:
    assert spell(typed) == spelled


def test_keys_meet_across_habits() -> None:
    assert len({key(text) for text in ("Cat_Ears", "cat-ears", "cat ears", "CAT  EARS")}) == 1
    assert key("rating:general") == key("rating: general") == key("rating_general")
    assert key(":d") != key("d")


@pytest.mark.parametrize(
    ("text", "bare", "removed"),
    [
        ("<@1> hat", "hat", ("<@1>",)),
        ("<a:wave:12>", "", ("<a:wave:12>",)),
        ("@here hat", "hat", ("@here",)),
        ("**hat**", "hat", ("**",)),
        ("*hat*", "hat", ("*",)),
        ("`hat`", "hat", ("`",)),
        ("<|>_<|>", "<|>_<|>", ()),
        (">_<", ">_<", ()),
        ("<3", "<3", ()),
    ],
)
def test_markup_goes_and_is_named(text: str, bare: str, removed: tuple[str, ...]) -> None:
    assert strip_markup(text) == (bare, removed)


def test_line_ends_and_tabs_are_not_control_characters() -> None:
    notes: list[str] = []
    assert clean("a\r\nb\tc\u2028d", "prompt", notes) == "a\nb c\nd"
    assert notes == []


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40))
def test_spelling_twice_changes_nothing(text: str) -> None:
    assert spell(spell(text)) == spell(text)
    assert key(spell(text)) == key(text)
    assert key(key(text)) == key(text)


def test_characters_that_stand_for_sentences_are_refused_in_a_crowd() -> None:
    notes: list[str] = []
    assert clean("1girl, \ufdfa", "prompt", notes).startswith("1girl, ")
    with pytest.raises(InvalidRequest, match="plain letters"):
        clean("\ufdfa" * 600, "prompt", notes)
