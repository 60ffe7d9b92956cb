"""Captions: the model card's order, its words, and its negative list verbatim."""

from __future__ import annotations

import random
from dataclasses import replace

from bot.chibi import palette
from bot.chibi.captions import CARD_NEGATIVE, GUARD, JUNK, caption, groups, negative_caption
from bot.chibi.subject import random_negative_subject, random_subject, subject_from_tags

CARD = (
    "nsfw, lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, fewer digits, cropped, "
    "worst quality, low quality, normal quality, jpeg artifacts, "
    "signature, watermark, username, blurry, artist name"
)


def test_the_negative_list_is_the_cards() -> None:
    assert ", ".join(CARD_NEGATIVE) == CARD


def test_a_characters_tags_keep_the_cards_order() -> None:
    found = groups(subject_from_tags(["nyx (paper moon)", "smile", "night"], random.Random(1)))
    assert found.head == ["1girl", "nyx (paper moon)", "paper moon"]
    assert {"purple hair", "long hair", "yellow eyes", "witch hat", "black dress", "smile", "night"} <= set(
        found.rest
    )


def test_most_captions_are_in_the_bots_order() -> None:
    rng = random.Random(4)
    ordered = 0
    for _ in range(1000):
        subject = random_subject(rng)
        words = caption(subject, rng).split(", ")
        quality = [i for i, word in enumerate(words) if word in palette.QUALITIES]
        late = [i for i, word in enumerate(words) if word.startswith("rating: ")]
        head = [words.index(word) for word in groups(subject).head if word in words]
        body = [i for i in range(len(words)) if i not in (*quality, *late)]
        first_body = min(body, default=0)
        ordered += (
            max(quality, default=-1) < first_body
            and min(late, default=99) > max((i for i in body if words[i] != "nsfw"), default=-1)
            and head == list(range(first_body, first_body + len(head)))
        )
    assert 0.75 < ordered / 1000 < 0.95


def test_captions_say_only_what_is_shown() -> None:
    rng = random.Random(6)
    for _ in range(1000):
        subject = random_subject(rng)
        parts = groups(subject)
        allowed = {*parts.head, *parts.rest, *subject.extras, *JUNK, subject.year, "nsfw"}
        allowed |= {*palette.QUALITIES, f"rating: {subject.rating}"}
        text = caption(subject, rng)
        assert text == text.lower()
        assert set(text.split(", ")) <= allowed
        assert "nsfw" not in text or subject.rating in ("questionable", "explicit")


def test_the_rating_of_a_sign_or_a_mark_is_never_left_out() -> None:
    rng = random.Random(7)
    for rating in ("sensitive", "questionable", "explicit"):
        for _ in range(200):
            words = caption(replace(random_subject(rng), rating=rating), rng).split(", ")
            assert f"rating: {rating}" in words or (rating != "sensitive" and "nsfw" in words)


def test_some_captions_are_short_and_some_name_no_quality() -> None:
    rng = random.Random(8)
    captions = [caption(random_subject(rng), rng).split(", ") for _ in range(1000)]
    assert 0.08 < sum(len(words) <= 6 for words in captions) / 1000 < 0.35
    assert 0.1 < sum(not set(words) & set(palette.QUALITIES) for words in captions) / 1000 < 0.35
    assert any(words[:2] == ["masterpiece", "best quality"] for words in captions)


def test_no_drop_keeps_every_tag_of_a_long_caption() -> None:
    rng = random.Random(2)
    subject = replace(subject_from_tags(["1girl", "red hair"], rng), framing="portrait")
    whole = sum(
        set(groups(subject).rest) <= set(caption(subject, rng, drop=0.0).split(", ")) for _ in range(200)
    )
    assert 150 < whole < 195


def test_negatives_hold_the_cards_list_or_a_run_of_it() -> None:
    rng = random.Random(3)
    texts = []
    for _ in range(600):
        subject = random_negative_subject(rng)
        text = negative_caption(subject, rng)
        texts.append(text)
        words = text.split(", ")
        own = set(groups(subject).rest)
        card = [word for word in words if word in CARD_NEGATIVE]
        start = CARD_NEGATIVE.index(card[0])
        assert tuple(card) == CARD_NEGATIVE[start : start + len(card)] == tuple(words[: len(card)])
        assert {word for word in words[len(card) :] if not word.startswith("rating: ")} <= own
    assert 0.72 < sum(text.startswith(CARD) for text in texts) / 600 < 0.88
    assert 0.5 < sum(text.endswith(", ".join(GUARD)) for text in texts) / 600 < 0.8


def test_captions_are_the_same_for_the_same_seed() -> None:
    for seed in range(30):
        one, other = random.Random(seed), random.Random(seed)
        assert caption(random_subject(one), one) == caption(random_subject(other), other)
        assert negative_caption(random_subject(one), one) == negative_caption(random_subject(other), other)
