"""The negative field asks for its opposite; the server's own words in it stay whatever is typed."""

from __future__ import annotations

import pytest

from bot.core.errors import InvalidRequest
from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.core.request import Request
from bot.policy.case import Typed
from bot.policy.negative import asks_for_nudity
from bot.policy.policy import Policy, explain
from bot.prompt.compose import compose
from bot.prompt.dictionary import Dictionary
from bot.prompt.grammar import parse, parse_weighted
from bot.prompt.profile import PROFILES, profile

DICTIONARY = Dictionary.load_core()
POLICY = Policy(DICTIONARY)


def composed(negative: str, name: str = "chibi", window: int = 225, prompt: str = "1girl") -> Prompt:
    request = Request(prompt, negative)
    return compose(
        request,
        profile(name),
        DICTIONARY,
        Rating.GENERAL,
        lambda text: len(text.replace(",", " ").split()),
        window,
    )


def named(negative: str, ceiling: Rating = Rating.GENERAL) -> list[str]:
    decision = POLICY.decide(composed(negative), ceiling, None, Typed(("1girl",), (negative,)))
    assert all(reason.rule == "negative" for reason in decision.reasons)
    return [reason.tag for reason in decision.reasons]


@pytest.mark.parametrize(
    "negative",
    [
        "", "shirt", "white shirt, shirt", "lingerie", "hat, glasses, shoes", "nsfw, nude",
        "bikini, swimsuit", "gloves, scarf, boots, necktie", "jacket, coat", "torn clothes",
        "see-through clothes, wet shirt",
        "no clothes, no shirt", "uncensored, undressed", "black clothes",
        "skirt lift, open shirt, bikini pull",
        "dress shoes, shirt collar", "dirty clothes", "mismatched clothing, inconsistent clothing",
        "(hat:2)", "text, watermark, cropped", "服のしわ",
    ],
)  # fmt: skip
def test_what_leaves_people_dressed_passes(negative: str) -> None:
    assert named(negative) == []


@pytest.mark.parametrize(
    ("negative", "tags"),
    [
        ("clothes", ["clothes"]),
        ("all clothing", ["all clothing"]),
        ("hat, (dressed:1.4)", ["dressed"]),
        ("censored", ["censored"]),
        ("shirt, skirt", ["shirt", "skirt"]),
        ("bra, blue dress, hat", ["bra", "blue dress"]),
        ("シャツ, スカート", ["シャツ", "スカート"]),
        ("c l o t h e s", ["clothes"]),
        ("cl0thing, sh1rt", ["clothing"]),
        ("sh1rt, s.k.i.r.t", ["shirt", "skirt"]),
        ("s, h, i, r, t, skirt", ["shirt", "skirt"]),
        ("одежда", ["одежда"]),
        ("modest clothing", ["modest clothing"]),
        ("red clothes, blue clothes", ["red clothes", "blue clothes"]),
        ("(tight clothes:2), (dirty clothes:2)", ["tight clothes", "dirty clothes"]),
        ("(black clothes:1.3)", ["black clothes"]),
        ("tight shirt, tight skirt", ["tight shirt", "tight skirt"]),
        ("robe, kimono", ["robe", "kimono"]),
    ],
)
def test_what_undresses_people_is_denied_as_nude(negative: str, tags: list[str]) -> None:
    assert sorted(named(negative)) == sorted(["nude", *tags])
    assert named(negative, Rating.SENSITIVE)
    assert named(negative, Rating.QUESTIONABLE) == []


def test_the_sentence_says_what_to_take_out() -> None:
    decision = POLICY.decide(composed("shirt, skirt"), Rating.GENERAL)
    assert explain(decision) == (
        "'shirt' and 'skirt' in the negative ask for 'nude' (questionable), above this place's ceiling, "
        "general: take them out of the negative, and the rest may pass."
    )


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("rating", Rating)
def test_the_servers_own_negative_asks_for_nothing(name: str, rating: Rating) -> None:
    own = [tag.text for tag in parse(profile(name).negative)]
    assert asks_for_nudity((*own, *profile(name).guard(rating))) == ()


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(
    "negative",
    [
        "(nsfw:0)", "(nsfw, rating: explicit:0)", "[[[[nsfw]]]]", "hat, (", "((((", "hat)", "[hat",
        "hat\\", "\\(",
        "(hat:0", "{nsfw|hat}", "(hat, ", "rating: explicit, explicit, (rating explicit:0.1)", "hat BREAK",
        "a, " * 300,
    ],
)  # fmt: skip
def test_nothing_typed_takes_the_guard_away(name: str, negative: str) -> None:
    prompt = composed(negative, name, window=70)
    guard = profile(name).guard(Rating.GENERAL)
    weights = {tag.text: tag.weight for tag in parse(prompt.negative)}
    assert guard and all(weights[word] == 1.0 for word in guard)
    spoken = [piece for piece, weight in parse_weighted(prompt.negative) if weight >= 1.0]
    assert all(any(word in piece for piece in spoken) for word in guard)


@pytest.mark.parametrize(
    "typed", ["(rating: general:0)", "[general]", "1girl, (rating general:0.1), (", "(((", "a, " * 300]
)
def test_nothing_typed_takes_the_rating_word_away(typed: str) -> None:
    prompt = composed("", window=70, prompt=f"1girl, {typed}")
    assert parse(prompt.positive)[-1].text == "rating: general"
    assert parse(prompt.positive)[-1].weight == 1.0


def test_a_weight_outside_the_range_is_no_way_either() -> None:
    with pytest.raises(InvalidRequest, match="outside 0 to 2"):
        composed("(nsfw:-1)")
