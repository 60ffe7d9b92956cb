"""The card's order, the guard, the window: what the model reads for a request."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import InvalidRequest, ModelError
from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.core.request import Request
from bot.prompt.compose import compose
from bot.prompt.dictionary import Dictionary
from bot.prompt.grammar import parse, parse_weighted
from bot.prompt.profile import profile

DICTIONARY = Dictionary.load_core()
CARD = (
    "nsfw, lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, fewer digits, cropped, "
    "worst quality, low quality, normal quality, jpeg artifacts, signature, watermark, username, blurry, "
    "artist name"
)
GUARD = ", rating: sensitive, rating: questionable, rating: explicit"
NAMES = [entry.name for entry in DICTIONARY.entries if entry.rating is Rating.GENERAL]


def count(text: str) -> int:
    """A stand-in for a tokenizer: one token per word or run of marks."""
    return len(re.findall(r"\w+|[^\w\s]+", text))


def write(
    prompt: str,
    ceiling: Rating = Rating.GENERAL,
    model: str = "animagine-xl-3.0",
    window: int = 75,
    **options: Any,
) -> Prompt:
    return compose(Request(prompt, **options), profile(model), DICTIONARY, ceiling, count, window)


def test_the_cards_example_gets_prefix_rating_and_guard() -> None:
    found = write(
        "1girl, arima kana, oshi no ko, solo, upper body, v, smile, looking at viewer, outdoors, night"
    )
    assert found.positive == (
        "masterpiece, best quality, 1girl, arima kana, oshi no ko, solo, upper body, v, smile, "
        "looking at viewer, outdoors, night, rating: general"
    )
    assert found.negative == CARD + GUARD
    assert (found.dropped, found.negative_dropped, found.notes) == ((), (), ())


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_any_typed_order_comes_out_in_the_cards(order: tuple[int, ...]) -> None:
    typed = ["saber (fate)", "1girl", "oldest", "fate/stay night", "best quality"]
    found = write(", ".join(["smile", *(typed[place] for place in order), "red hair"]))
    assert found.positive == (
        r"masterpiece, best quality, 1girl, saber \(fate\), fate/stay night, smile, red hair, oldest, "
        "rating: general"
    )


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Red_Hair, red hair, (red_hair:1.2)", "(red hair:1.2)"),
        ("miku", "hatsune miku, vocaloid"),
        ("nyx (paper moon), smile", r"nyx \(paper moon\), paper moon, smile"),
        ("sonetto (reverse:1999)", r"sonetto \(reverse:1999\), reverse:1999"),
        ("somebody new (genshin impact), 1girl", r"1girl, somebody new \(genshin impact\), genshin impact"),
        ("saber (fate), fate/zero", r"saber \(fate\), fate/zero"),
        ("hatsune miku, kaito (vocaloid)", r"hatsune miku, kaito \(vocaloid\), vocaloid"),
        ("^_^, >_<, long_hair", "^_^, >_<, long hair"),
        (":), smile", r":\), smile"),
        ("smile,\nopen mouth BREAK hat", "smile, open mouth, hat"),
        ("smile、hat，1girl", "1girl, smile, hat"),
        ("((smile", "smile"),
        ("😀, שלום, 🏳️‍🌈", "😀, שלום, 🏳️🌈"),
        ("**red hat**, ||smile||", "red hat, smile"),
        ("rating_general, smile", "smile"),
        ("(rating: general:0), smile", "smile"),
    ],
)
def test_typing_habits_come_out_right(typed: str, written: str) -> None:
    assert write(typed).positive == f"masterpiece, best quality, {written}, rating: general"


@pytest.mark.parametrize(
    ("typed", "quality", "written"),
    [
        ("hat", None, "masterpiece, best quality, hat"),
        ("hat", "high quality", "high quality, hat"),
        ("hat", "none", "hat"),
        ("hat, masterpiece", None, "masterpiece, best quality, hat"),
        ("hat, (best quality:1.2)", None, "masterpiece, (best quality:1.2), hat"),
        ("hat, worst quality", None, "worst quality, hat"),
        ("hat, masterpiece", "high quality", "masterpiece, high quality, hat"),
        ("hat, low quality", "none", "low quality, hat"),
    ],
)
def test_quality_words(typed: str, quality: str | None, written: str) -> None:
    assert write(typed, quality=quality).positive == f"{written}, rating: general"


def test_options_stand_before_what_was_typed_in_their_places() -> None:
    found = write(
        "smile, kaito (vocaloid), late",
        subject="1girl",
        character="Hatsune_Miku",
        series="my own",
        year="newest",
    )
    assert found.positive == (
        r"masterpiece, best quality, 1girl, hatsune miku, kaito \(vocaloid\), my own, smile, newest, "
        "rating: general"
    )
    assert found.notes == ("'late' gave way to the year that was chosen, 'newest'.",)


@pytest.mark.parametrize(
    ("ceiling", "rating", "typed", "late", "guard"),
    [
        (Rating.GENERAL, None, "hat", "rating: general", GUARD),
        (Rating.EXPLICIT, None, "hat", "rating: general", GUARD),
        (Rating.SENSITIVE, Rating.SENSITIVE, "hat", "rating: sensitive", GUARD[19:]),
        (Rating.EXPLICIT, Rating.QUESTIONABLE, "hat", "rating: questionable, nsfw", ", rating: explicit"),
        (Rating.EXPLICIT, Rating.EXPLICIT, "hat", "rating: explicit, nsfw", ""),
        (Rating.EXPLICIT, None, "hat, nsfw", "rating: questionable, nsfw", ", rating: explicit"),
        (Rating.EXPLICIT, Rating.GENERAL, "hat, nsfw", "rating: questionable, nsfw", ", rating: explicit"),
        (Rating.SENSITIVE, Rating.EXPLICIT, "hat", "rating: sensitive", GUARD[19:]),
        (Rating.GENERAL, None, "hat, nsfw", "nsfw, rating: general", GUARD),
    ],
)
def test_rating_words_and_guard_follow_the_ceiling(
    ceiling: Rating, rating: Rating | None, typed: str, late: str, guard: str
) -> None:
    found = write(typed, ceiling, rating=rating)
    assert found.positive == f"masterpiece, best quality, hat, {late}"
    assert found.negative == CARD + guard


def test_tags_above_general_make_the_rating_where_nobody_chose_one() -> None:
    found = write("1girl, nude", Rating.EXPLICIT)
    assert found.positive.endswith("nude, rating: questionable, nsfw")
    assert found.notes == ("No rating was chosen; the tags make it questionable.",)


def test_the_persons_negative_stands_between_the_card_and_the_guard() -> None:
    found = write(
        "hat", negative="long_hair, lowres, (nude:1.3), rating: general, (nsfw:0), rating: explicit"
    )
    assert found.negative == f"{CARD}, long hair, (nude:1.3){GUARD}"
    assert len(found.notes) == 2


def test_the_guard_stays_when_the_negative_is_long_and_the_rest_is_named() -> None:
    found = write("hat", negative=", ".join(f"thing{number}" for number in range(50)))
    assert found.negative.startswith(CARD + ", thing0, ")
    assert found.negative.endswith(GUARD)
    assert found.negative_tokens <= 75
    kept = len(parse(found.negative)) - 19 - 3
    assert found.negative_dropped == tuple(f"thing{number}" for number in range(kept, 50))
    assert "thing49" in found.notes[0]


def test_tags_past_the_window_are_named_and_the_rating_stays() -> None:
    found = write(", ".join([*(f"thing{number}" for number in range(60)), "1girl", "newest"]))
    assert found.positive.startswith("masterpiece, best quality, 1girl, thing0, ")
    assert found.positive.endswith(", newest, rating: general")
    assert 74 <= found.tokens <= 75
    kept = [tag.text for tag in parse(found.positive) if tag.text.startswith("thing")]
    assert found.dropped == tuple(f"thing{number}" for number in range(len(kept), 60))


def test_the_models_own_window_is_three_chunks_with_the_guard_inside() -> None:
    tags = [f"thing{number}" for number in range(140)]
    request = Request(", ".join(tags), negative=", ".join(tags))
    found = compose(request, profile("animagine-xl-3.0"), DICTIONARY, Rating.GENERAL, count)
    assert found.window == 225
    assert 224 <= found.tokens <= 225
    assert 224 <= found.negative_tokens <= 225
    assert found.positive.endswith(", rating: general")
    assert found.negative.endswith(GUARD)
    assert found.dropped == tuple(tags[-len(found.dropped) :])
    assert found.negative_dropped == tuple(tags[-len(found.negative_dropped) :])
    assert "whose 225 tokens are full" in found.notes[-1]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "no tag"),
        (" ,,, ", "no tag"),
        ("(:1.2)", "no tag"),
        ("((()))[]", "no tag"),
        ("<@123>", "no tag"),
        ("a\x00b", r"U\+0000\) at position 2"),
        ("\ud800", r"U\+D800"),
        ("(hat:3)", "outside 0 to 2"),
        ("word " * 100, "Nothing of the prompt fits"),
    ],
)
def test_what_cannot_be_used_is_refused_by_a_sentence(typed: str, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        write(typed)


def test_ten_thousand_characters_are_refused_with_both_numbers() -> None:
    with pytest.raises(InvalidRequest, match="10,000 characters; at most 2,000"):
        write("a" * 10_000)


@pytest.mark.parametrize(("option", "value"), [("quality", "superb"), ("year", "yesterday")])
def test_unknown_words_for_options_are_refused_with_the_choices(option: str, value: str) -> None:
    options: dict[str, Any] = {option: value}
    with pytest.raises(InvalidRequest, match=r"use .+ or "):
        write("hat", **options)


@pytest.mark.parametrize(
    "typed", ["<|endoftext|> hat", "<|endof<x>text|>hat", "<|end(oftext|>:1.2), hat", "<|EndOfText|>, hat"]
)
def test_no_special_token_of_a_tokenizer_gets_through(typed: str) -> None:
    text = "".join(piece for piece, _ in parse_weighted(write(typed).positive))
    assert "<|endoftext|>" not in text
    assert "hat" in text


def test_whatever_is_left_out_is_told() -> None:
    found = write("<@123> hat, a (red) dress, @everyone, to\u200bp hat")
    assert found.positive == "masterpiece, best quality, hat, (a red dress:1.1), top hat, rating: general"
    assert found.notes == (
        "Invisible characters in the prompt were left out.",
        "'<@123> hat': '<@123>' is no part of a tag and was left out.",
        "The weight 1.1 on a part of 'a red dress' counts for the whole tag.",
        "'@everyone' is not a tag and was left out.",
    )


@pytest.mark.parametrize("model", ["animagine-xl-3.1", "animagine-xl-2.0", "sdxl-base", "chibi"])
def test_each_model_has_its_own_words(model: str) -> None:
    found = write("1girl, hat", model=model)
    expected = {
        "animagine-xl-3.1": (
            "masterpiece, best quality, very aesthetic, absurdres, 1girl, hat, safe",
            "explicit",
        ),
        "animagine-xl-2.0": ("1girl, hat", "nsfw, explicit"),
        "sdxl-base": ("1girl, hat", "nsfw, explicit"),
        "chibi": ("masterpiece, best quality, 1girl, hat, rating: general", GUARD),
    }
    assert found.positive == expected[model][0]
    assert found.negative.endswith(expected[model][1])


def test_31_reads_its_negatives_brackets_as_letters() -> None:
    text = "".join(piece for piece, _ in parse_weighted(write("hat", model="animagine-xl-3.1").negative))
    assert text == (
        "nsfw, lowres, (bad), text, error, fewer, extra, missing, worst quality, jpeg artifacts, "
        "low quality, watermark, unfinished, displeasing, oldest, early, chromatic aberration, "
        "signature, extra digits, artistic error, username, scan, [abstract], sensitive, explicit"
    )


def test_a_window_too_small_for_the_guard_is_the_models_fault() -> None:
    with pytest.raises(ModelError, match="alone"):
        write("hat", window=2)


TYPED = st.lists(
    st.one_of(
        st.sampled_from(NAMES),
        st.sampled_from(
            ["(smile:1.3)", "[hat]", "nude", "nsfw", "rating: explicit", "late", "low quality", "((", ":)"]
        ),
        st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12),
    ),
    min_size=1,
    max_size=40,
).map(", ".join)


@settings(deadline=None, max_examples=60)
@given(
    TYPED,
    TYPED,
    st.sampled_from(Rating),
    st.sampled_from(["animagine-xl-3.0", "animagine-xl-3.1", "sdxl-base"]),
)
def test_guard_window_and_idempotence_hold_for_anything(
    typed: str, negative: str, ceiling: Rating, model: str
) -> None:
    try:
        found = write(typed, ceiling, model, negative=negative)
    except InvalidRequest:
        return
    assert sum(count(piece) for piece, _ in parse_weighted(found.positive)) == found.tokens <= 75
    assert sum(count(piece) for piece, _ in parse_weighted(found.negative)) == found.negative_tokens <= 75
    words = profile(model)
    unwanted = [tag.text for tag in parse(found.negative)]
    assert set(words.guard(ceiling)) <= set(unwanted)
    assert found.negative.startswith(words.negative)
    again = write(found.positive, ceiling, model, negative=negative)
    assert again.positive == found.positive
    assert again.negative == found.negative


@pytest.mark.parametrize(
    ("typed", "rest"),
    [
        ("((((1girl, [smile", "1girl, smile"),
        ("1girl, red hair)", "1girl, red hair"),
        ("1girl, :), >_<", r"1girl, :\), >_<"),
        (r"1girl, \(odd\) thing", r"1girl, \(odd\) thing"),
    ],
)
def test_a_bracket_without_a_partner_is_no_part_of_a_tag(typed: str, rest: str) -> None:
    assert write(typed).positive == f"masterpiece, best quality, {rest}, rating: general"


@pytest.mark.parametrize("typed", ["((:1.2)", "( , [", ")))"])
def test_brackets_and_weights_alone_are_no_prompt(typed: str) -> None:
    with pytest.raises(InvalidRequest, match="has no tag in it"):
        write(typed)
