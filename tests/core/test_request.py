"""Requests refuse what the card and the engine cannot do, by name."""

from __future__ import annotations

import pytest

from bot.core.errors import InvalidRequest
from bot.core.job import ID_LENGTH, Verdict, new_job_id
from bot.core.rating import Rating
from bot.core.request import Request
from bot.core.size import SIZES, Size


def test_the_defaults_are_the_cards() -> None:
    request = Request("1girl")
    assert (request.size, request.steps, request.cfg) == (Size(832, 1216), 28, 7.0)
    assert (request.sampler, request.count) == ("Euler a", 1)
    assert request.advice() == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("upscale", 3, "Upscale 3 is not offered; use 1, 2, 4"),
        ("seed", -1, "Seed -1 is outside 0 to 4294967295"),
        ("seed", 2**32, "Seed 4294967296 is outside"),
        ("steps", 0, "0 steps are outside 1 to"),
        ("steps", 1000, "1000 steps are outside"),
        ("count", 0, "Count 0"),
        ("count", 5, "Count 5 is outside 1 to 4"),
        ("cfg", 0.0, "CFG 0 is outside"),
        ("cfg", float("nan"), "CFG nan is outside"),
        ("sampler", "magic", "'magic' is not a sampler here; use Euler a"),
        ("size", Size(512, 512), "512x512 is not one of the nine sizes: 1024x1024, "),
        ("prompt", "a" * 10_000, "The prompt has 10,000 characters; at most 2,000 fit"),
        ("negative", "a" * 2_001, "The negative has 2,001 characters"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(field: str, value: object, said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Request(**{"prompt": "1girl", field: value})
    assert said in str(caught.value)


def test_settings_outside_the_cards_advice_get_a_friendly_note() -> None:
    assert Request("x", cfg=5.0).advice() == Request("x", steps=30).advice() == []
    assert "CFG 9" in Request("x", cfg=9.0).advice()[0]
    assert "40 steps" in Request("x", steps=40).advice()[0]


def test_sizes_parse_as_people_write_them() -> None:
    assert [Size.parse(str(size)) for size in SIZES] == list(SIZES)
    assert len(SIZES) == 9
    assert Size.parse(" 832 X 1216 ") == Size.parse("832×1216") == Size(832, 1216)
    for wrong in ("512x512", "big", "", "832x"):
        with pytest.raises(ValueError, match="is not one of the nine sizes"):
            Size.parse(wrong)


def test_ratings_are_ordered_and_parse() -> None:
    assert Rating.GENERAL < Rating.SENSITIVE < Rating.QUESTIONABLE < Rating.EXPLICIT
    assert [Rating.parse(rating.word) for rating in Rating] == list(Rating)
    assert Rating.parse("Rating: General ") is Rating.GENERAL
    with pytest.raises(ValueError, match="is not a rating"):
        Rating.parse("safe")


def test_seeds_of_a_request_follow_each_other_and_wrap() -> None:
    assert Request("1girl", count=3).seeds(2**32 - 2) == (2**32 - 2, 2**32 - 1, 0)


def test_job_ids_are_readable_and_differ() -> None:
    ids = {new_job_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(len(each) == ID_LENGTH and not set(each) & set("ilou") for each in ids)


def test_an_unknown_verdict_has_a_fault() -> None:
    verdict = Verdict.unknown("no model", "none")
    assert verdict.fault == "no model" and verdict.likeliest is Rating.EXPLICIT
