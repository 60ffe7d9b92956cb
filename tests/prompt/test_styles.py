"""Styles and presets: the Space's names, the owner's own, and a sentence for every mistake."""

from __future__ import annotations

import pytest

from bot.core.errors import ConfigError, InvalidRequest
from bot.prompt.grammar import parse
from bot.prompt.styles import PRESETS, STYLES, Style, chosen, styles_with


def test_the_spaces_names_are_there() -> None:
    assert list(STYLES) == [
        "Cinematic",
        "Photographic",
        "Anime",
        "Manga",
        "Digital Art",
        "Pixel art",
        "Fantasy art",
        "Neonpunk",
        "3D Model",
    ]
    assert list(PRESETS) == ["light", "heavy"]
    assert styles_with({**STYLES}) == STYLES, "what the bot brings passes what is asked of an owner's"


@pytest.mark.parametrize(
    ("name", "found"), [("manga", "Manga"), ("3d_model", "3D Model"), (" PIXEL  art ", "Pixel art")]
)
def test_names_are_found_as_people_write_them(name: str, found: str) -> None:
    assert chosen(name, STYLES) is STYLES[found]


@pytest.mark.parametrize("name", [None, "", "none", "None"])
def test_none_is_none(name: str | None) -> None:
    assert chosen(name, STYLES) is None


def test_an_unknown_style_names_those_that_are_near() -> None:
    with pytest.raises(InvalidRequest, match=r"^'neon' is no style here; use Neonpunk, none\.$"):
        chosen("neon", STYLES)
    with pytest.raises(InvalidRequest, match="Cinematic, Photographic, .*3D Model, none"):
        chosen("zzz", STYLES)


@pytest.mark.parametrize(
    ("positive", "written"),
    [
        ("{prompt}, ink", "hat, ink"),
        ("ink, {prompt}, night", "ink, hat, night"),
        ("ink", "hat, ink"),
        ("", "hat"),
    ],
)
def test_the_askers_words_take_their_place(positive: str, written: str) -> None:
    assert [tag.text for tag in parse(Style(positive, "x").around("hat"))] == written.split(", ")


def test_a_styles_negative_stands_behind_the_askers() -> None:
    assert Style("", "blurry").without("hat") == "hat, blurry"
    assert Style("", "blurry").without("") == "blurry"
    assert Style("ink").without("hat") == "hat"


def test_an_owners_style_wins_over_ours_of_that_name() -> None:
    styles = styles_with({"MANGA": Style("ink")})
    assert chosen("manga", styles) == Style("ink") and len(styles) == len(STYLES)


@pytest.mark.parametrize(
    ("name", "style", "said"),
    [
        ("Noir", Style(), r"styles\.Noir should have words"),
        ("None", Style("ink"), "another name"),
        ("Noir", Style("{a|b}, {prompt}"), r"styles\.Noir has braces other than one {prompt}"),
        ("Noir", Style("{prompt}, {prompt}"), "braces"),
        ("Noir", Style("{prompt}", "{prompt}"), "braces"),
        ("Noir", Style("(ink:3)"), r"styles\.Noir: The weight 3 is outside 0 to 2"),
    ],
)
def test_an_owners_style_that_cannot_be_used_is_named(name: str, style: Style, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        styles_with({name: style})
