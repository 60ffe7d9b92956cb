"""Sentences, wildcards, styles and presets on their way through the card's order and past policy."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.errors import InvalidRequest, Refused
from bot.core.prompt import Reason
from bot.core.rating import Rating
from bot.core.request import Request
from bot.policy.floor.lists import ALONE, floor_terms
from bot.policy.policy import Policy
from bot.prompt.dictionary import Dictionary
from bot.prompt.profile import profile
from bot.prompt.styles import PRESETS, Style, styles_with
from bot.prompt.wildcards import Wildcards
from bot.prompt.wording import Wording
from bot.services.prompts import PromptService

DICTIONARY = Dictionary.load_core()
TERM = next(term.text for term in floor_terms() if term.mark.rule == "F1" and term.mark.part == ALONE)
FILES = Wildcards({"look": ["red hair", "blue hair", "green hair"], "bad": ["nude"], "worst": [TERM]})
STYLES = styles_with({"Noir": Style("monochrome, {prompt}", "colorful"), "Bare": Style("{prompt}, nude")})
SERVICE = PromptService(
    profile("animagine-xl-3.0"),
    DICTIONARY,
    Policy(DICTIONARY),
    lambda text: len(text.split()),
    Wording(FILES, STYLES),
)
GUARD = "rating: sensitive, rating: questionable, rating: explicit"


def positive(prompt: str, seed: int = 0, **options: object) -> str:
    composed, decision = SERVICE.review(Request(prompt, **options), Rating.GENERAL, seed)  # type: ignore[arg-type]
    assert decision.allowed
    return composed.positive.removeprefix("masterpiece, best quality, ").removesuffix(", rating: general")


def test_a_sentence_is_drawn_as_its_tags_and_told() -> None:
    prompt, decision = SERVICE.review(
        Request("a girl with long red hair without a hat in a cozy cafe at night", "blurry"), Rating.GENERAL
    )
    assert decision.allowed
    assert prompt.positive == (
        "masterpiece, best quality, 1girl, long hair, red hair, cafe, night, rating: general"
    )
    assert prompt.negative.endswith(f"artist name, hat, {GUARD}")
    assert prompt.told() == [
        "Understood as: 1girl; long hair; red hair; cafe; night.",
        "Kept out of the picture: hat.",
        "Not understood, so not drawn: cozy (as tags with commas they would be).",
    ]


def test_tags_have_nothing_to_tell_and_cost_no_second_prompt() -> None:
    prompt, _ = SERVICE.review(Request("1girl, red hair, smile, night", count=4), Rating.GENERAL)
    assert prompt.told() == [] and prompt.others == ()


@pytest.mark.parametrize(
    "prompt",
    [
        "a girl with red hair and n.u.d.e in the rain at night",
        "a girl with red hair in the rain at night, l1ngerie",
        "a girl with red hair in black lingerie at night",
        "a girl with long red hair smiling without clothes at night",
        "1girl, {smile|nude}",
        "1girl, {nu|nu}{de|de}",
        "1girl, __bad__",
        "1girl, __nude__",
        "1girl, {nude",
    ],
)
def test_words_and_draws_hide_nothing_from_policy(prompt: str) -> None:
    for seed in range(3):
        _, decision = SERVICE.review(Request(prompt, count=2), Rating.GENERAL, seed)
        assert not decision.allowed


@pytest.mark.parametrize("field", ["negative", "subject", "character", "series"])
def test_every_field_is_drawn_and_judged(field: str) -> None:
    prompt, decision = SERVICE.review(Request("1girl", **{field: "__look__"}), Rating.GENERAL)  # type: ignore[arg-type]
    assert decision.allowed and "hair" in f"{prompt.positive} {prompt.negative.partition(GUARD)[0]}"
    drawn = "shirt, {skirt|skirt}" if field == "negative" else "__bad__"
    _, decision = SERVICE.review(Request("1girl", **{field: drawn}), Rating.GENERAL)  # type: ignore[arg-type]
    assert not decision.allowed


def test_a_sentence_that_speaks_of_an_age_is_still_judged_by_it() -> None:
    _, decision = SERVICE.review(
        Request("a 12 year old girl with red hair smiling in the rain"), Rating.EXPLICIT
    )
    assert decision.age_context and decision.ceiling is Rating.GENERAL


def test_each_picture_draws_by_its_own_seed() -> None:
    request = Request("1girl, __look__, {smile|grin|frown}", count=4)
    job, _ = SERVICE.review(request, Rating.GENERAL, 2**32 - 2)
    assert len(job.others) == 3 and len({prompt.positive for prompt in job.each}) > 1
    for index, seed in enumerate(request.seeds(2**32 - 2)):
        alone, _ = SERVICE.review(dataclasses.replace(request, count=1), Rating.GENERAL, seed)
        assert job.of(index) == dataclasses.replace(alone, others=job.of(index).others)
    assert all(line.startswith("Picture ") for line in job.told()) and len(job.told()) == 4


def test_one_picture_that_may_not_be_drawn_refuses_the_job() -> None:
    files = Wildcards({"rare": [*["hat"] * 5, "nude"]})
    service = dataclasses.replace(SERVICE, wording=Wording(files, STYLES))
    seeds = range(200)
    alone = [service.review(Request("1girl, __rare__"), Rating.GENERAL, s)[1].allowed for s in seeds]
    four = [service.review(Request("1girl, __rare__", count=4), Rating.GENERAL, s)[1].allowed for s in seeds]
    assert any(alone) and not all(alone)
    assert four[:190] == [all(alone[seed : seed + 4]) for seed in range(190)]


def test_a_job_with_draws_is_judged_again_as_a_whole() -> None:
    request = Request("1girl, __look__", count=2)
    prompt, _ = SERVICE.review(request, Rating.GENERAL, 1)
    assert SERVICE.decide(request, prompt, Rating.GENERAL).allowed
    second = dataclasses.replace(prompt, others=(dataclasses.replace(prompt, positive="nude", others=()),))
    assert not SERVICE.decide(request, second, Rating.GENERAL).allowed


def test_the_owners_files_are_no_strike_against_the_asker() -> None:
    request = Request("1girl, __worst__")
    _, decision = SERVICE.review(request, Rating.EXPLICIT)
    assert decision.floor is not None and decision.floor.rule == "F1"
    assert not SERVICE.accuses(request, decision.floor)
    typed = Request(f"1girl, __look__, {TERM}")
    assert SERVICE.accuses(typed, Reason("F1", "", Rating.EXPLICIT))


def test_a_message_about_a_style_or_wildcard_repeats_nothing_that_the_floor_forbids() -> None:
    for request in (Request("1girl", style=TERM), Request(f"1girl, __{TERM}__")):
        try:
            _, decision = SERVICE.review(request, Rating.EXPLICIT)
        except Refused as refused:
            decision = refused.decision
        assert decision.floor is not None


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"style": "noir"}, "1girl, monochrome, smile"),
        ({"style": "None"}, "1girl, smile"),
        (
            {"style": "pixel art"},
            "1girl, smile, pixel art, limited palette, dithering, 16-bit, retro artstyle",
        ),
    ],
)
def test_a_style_stands_around_the_prompt(options: dict[str, str], written: str) -> None:
    assert positive("smile, 1girl", **options) == written


def test_a_style_is_judged_and_reaches_the_negative() -> None:
    prompt, _ = SERVICE.review(Request("1girl", "hat", style="Noir"), Rating.GENERAL)
    assert prompt.negative.endswith(f"artist name, hat, colorful, {GUARD}")
    assert not SERVICE.review(Request("1girl", style="Bare"), Rating.GENERAL)[1].allowed


def test_a_sentence_in_a_style() -> None:
    assert positive("a girl with red hair smiling at night", style="noir") == (
        "1girl, monochrome, red hair, smile, night"
    )


def test_a_style_that_makes_the_prompt_too_long_is_named() -> None:
    with pytest.raises(InvalidRequest, match="With the words of 'manga'"):
        SERVICE.review(Request("hat, " * 399, style="manga"), Rating.GENERAL)


def test_presets_of_quality() -> None:
    assert positive("1girl", quality="standard") == "1girl"
    light, _ = SERVICE.review(Request("1girl, best quality", "hat", quality="Light"), Rating.GENERAL)
    assert light.positive == "(masterpiece:1.1), best quality, 1girl, rating: general"
    assert light.negative == f"{PRESETS['light'].negative}, hat, {GUARD}"
    heavy, _ = SERVICE.review(Request("1girl", quality="heavy"), Rating.GENERAL)
    assert heavy.positive.startswith("(masterpiece:1.1), (best quality:1.1), (high quality:1.1), 1girl, ")
    assert heavy.negative.endswith(GUARD)
    plain = dataclasses.replace(SERVICE, profile=profile("plain"))
    for quality in ("light", "standard"):
        with pytest.raises(InvalidRequest, match="knows no quality words"):
            plain.review(Request("1girl", quality=quality), Rating.GENERAL)
    with pytest.raises(InvalidRequest, match="standard, light, heavy or none"):
        SERVICE.review(Request("1girl", quality="good"), Rating.GENERAL)
