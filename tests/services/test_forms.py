"""A job's values as a form and back: nothing is lost, and what cannot be read is told by its line."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from bot.core.errors import InvalidRequest
from bot.core.lora import Lora
from bot.core.rating import Rating
from bot.core.request import Request, Source, Vary
from bot.core.size import Size
from bot.services.forms import Form, edited, filled, reworded
from tests.services.house import asked

FULL = Request(
    "1girl, smile",
    "hat",
    subject="1girl",
    character="hatsune miku",
    series="vocaloid",
    quality="light",
    rating=Rating.GENERAL,
    year="newest",
    size=Size(1216, 832),
    count=2,
    steps=12,
    cfg=5.123456789,
    sampler="DPM++ 2M Karras",
    private=True,
    style="Manga",
    source=Source("ab", 0.35),
    vary=Vary(9, 0.25),
    loras=(Lora("sketch", 0.8), Lora("ink")),
    model="other",
    upscale=2,
)


def job(request: Request) -> Any:
    return dataclasses.replace(asked(), request=request, seed=77)


@pytest.mark.parametrize(
    "request_",
    [
        FULL,
        Request("1girl"),
        Request("1girl", hires=True),
        Request("1girl", profile="fast", loras=(Lora("x"),)),
    ],
)
def test_a_form_that_nobody_changes_asks_for_the_same(request_: Request) -> None:
    assert edited(job(request_), filled(job(request_))) == dataclasses.replace(request_, seed=77)


def test_a_form_is_short_where_nothing_is_unusual() -> None:
    assert filled(job(Request("1girl"))) == Form(
        "1girl", "", "77", "size: 832x1216\ncount: 1\nsteps: 28\ncfg: 7\nsampler: Euler a"
    )
    assert filled(job(Request("1girl", profile="fast"))).settings.splitlines() == [
        "size: 832x1216",
        "count: 1",
        "profile: fast",
    ]


def test_what_is_taken_out_goes_back_to_the_usual() -> None:
    request = edited(job(FULL), Form("2girls", "", "", "\n Steps :  9 \n"))
    assert request == Request("2girls", steps=9, private=True)


def test_other_words_keep_the_settings_and_nothing_of_the_picture() -> None:
    request = reworded(job(FULL), "1boy", "77")
    assert (request.prompt, request.seed, request.steps, request.style) == ("1boy", 77, 12, "Manga")
    assert (request.character, request.series, request.subject) == (None, None, None)
    assert (request.source, request.vary) == (None, None)
    assert reworded(job(FULL), "1boy", " ").seed is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("steps 12", "Line 1 of the settings is no setting"),
        ("steps: 12\n\nmagic: yes", "Line 3 of the settings is no setting"),
        ("steps: 12\nSteps: 13", "Line 2 of the settings names steps a second time"),
        ("steps: many", "steps is a whole number"),
        ("steps: \u0661\u0662", "steps is a whole number"),
        ("steps: 99", "99 steps are outside"),
        ("cfg: nan", "outside 1 to 15"),
        ("cfg: high", "cfg is a number"),
        ("size: 512x512", "size is one of the nine sizes"),
        ("rating: huge", "rating is general, sensitive"),
        ("sampler: magic", "is not a sampler here"),
        ("style:", "style is a style's name"),
        ("hires: perhaps", "hires is yes or no"),
        ("upscale: 3", "Upscale 3 is not offered"),
        ("lora: ink:99", "outside -2 to 2"),
        ("strength: 0.5", "begins from no picture"),
        ("profile: fast\nsteps: 9", "A profile sets steps, cfg and sampler itself"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(settings: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said) as caught:
        edited(job(Request("1girl")), Form("1girl", "", "", settings))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", ["-1", "1.5", "seven", "99999999999", "\u0667", "4294967296"])
def test_what_is_no_seed_is_told(seed: str) -> None:
    with pytest.raises(InvalidRequest, match="0 to 4294967295"):
        edited(job(Request("1girl")), Form("1girl", "", seed, ""))


def test_what_a_form_cannot_hold_is_asked_for_with_the_command() -> None:
    long = Request("1girl", subject="a" * 2000, character="b" * 2000, series="c" * 2000)
    with pytest.raises(InvalidRequest, match="too long for a form"):
        filled(job(long))
