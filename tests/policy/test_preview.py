"""What the prompt command answers."""

from __future__ import annotations

import json

import pytest

from bot.core.errors import InvalidRequest
from bot.core.rating import Rating
from bot.core.request import Request
from bot.policy.policy import Policy
from bot.policy.preview import Preview, as_preview
from bot.prompt.compose import compose
from bot.prompt.dictionary import Dictionary
from bot.prompt.profile import profile

DICTIONARY = Dictionary.load_core()
POLICY = Policy(DICTIONARY)


def ask(request: Request, ceiling: Rating = Rating.GENERAL) -> Preview:
    prompt = compose(request, profile("chibi"), DICTIONARY, ceiling, lambda text: len(text.split()))
    return as_preview(prompt, POLICY.decide(prompt, ceiling, request.rating))


def test_an_allowed_prompt_is_shown_whole() -> None:
    answer = ask(Request("red_hair, 1girl"))
    assert answer["decision"] == "allow"
    assert answer["reasons"] == []
    assert answer["positive"] == "masterpiece, best quality, 1girl, red hair, rating: general"
    assert answer["negative"].endswith(
        "artist name, rating: sensitive, rating: questionable, rating: explicit"
    )
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize(
    "typed", ["nsfw", "nude", "rating: explicit", "explicit", "sensitive", "questionable"]
)
def test_only_what_was_typed_is_named(typed: str) -> None:
    answer = ask(Request(f"1girl, {typed}, smile"))
    assert answer["decision"] == "deny"
    assert [reason["tag"] for reason in answer["reasons"]] == [typed]
    assert "rating: general" in answer["positive"]


def test_the_rating_option_above_the_ceiling_is_denied_and_the_strings_stay_below_it() -> None:
    answer = ask(Request("1girl", rating=Rating.EXPLICIT))
    assert answer["reasons"] == [{"rule": "rating", "tag": "rating: explicit", "rating": "explicit"}]
    assert "explicit" not in answer["positive"]


@pytest.mark.parametrize("field", ["subject", "character", "series"])
def test_every_positive_option_is_judged(field: str) -> None:
    assert ask(Request("smile", **{field: "nude"}))["decision"] == "deny"  # type: ignore[arg-type]


def test_the_cards_own_words_pass_where_the_ceiling_grants_them() -> None:
    answer = ask(Request("1girl", rating=Rating.EXPLICIT), Rating.EXPLICIT)
    assert answer["decision"] == "allow"
    assert answer["positive"].endswith("rating: explicit, nsfw")


def test_an_unusable_prompt_is_an_error_not_a_decision() -> None:
    with pytest.raises(InvalidRequest, match="no tag"):
        ask(Request("(:1.2)"))


def test_a_bracket_that_is_left_out_is_told() -> None:
    answer = ask(Request("1girl, (red hair, smile]"))
    assert answer["positive"].endswith("1girl, red hair, smile, rating: general")
    assert any("bracket without a partner" in note for note in answer["notes"])
    assert ask(Request("1girl, (red hair), :("))["notes"] == []
