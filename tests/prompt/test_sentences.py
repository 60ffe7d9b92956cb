"""Sentences become tags; whatever may be tags already is left alone."""

from __future__ import annotations

import pytest

from bot.core.tag import ListedTag
from bot.prompt.dictionary import Dictionary
from bot.prompt.sentences import Understood, foreign, understand
from bot.prompt.tag_list import joined

OWN = Dictionary.load_core()


def read(text: str, dictionary: Dictionary = OWN) -> Understood:
    understood = understand(text, dictionary)
    assert understood is not None
    return understood


@pytest.mark.parametrize(
    ("sentence", "tags"),
    [
        (
            "a girl with long red hair smiling in the rain at night",
            "1girl, long hair, red hair, smile, rain, night",
        ),
        (
            "girl with long red hair smiling in the rain at night",
            "1girl, long hair, red hair, smile, rain, night",
        ),
        (
            "A girl with very long blue hair and green eyes is sitting on a bench in the park.",
            "1girl, very long hair, blue hair, green eyes, sitting, bench, park",
        ),
        ("Two girls are holding hands under an umbrella", "2girls, holding hands, umbrella"),
        ("a woman who sits by the sea at dusk", "1girl, sitting, ocean, dusk"),
        ("a red-haired boy with blue eyes", "red hair, 1boy, blue eyes"),
        ("Her hair is long and silver. She has red eyes.", "long hair, grey hair, red eyes"),
        ("a girl in a red and white kimono", "1girl, red kimono, white kimono"),
        ("a girl with her hand on her hip", "1girl, hand on own hip"),
        ("Hatsune Miku dancing on a stage", "hatsune miku, dancing, stage"),
        ("a boy in a black school uniform", "1boy, black school uniform, school uniform"),
        ("a cat that sleeps on a red couch", "cat, sleeping, red couch, couch"),
        ("a girl with twintails, pink eyes, smile", "1girl, twintails, pink eyes, smile"),
    ],
)
def test_a_sentence_becomes_tags(sentence: str, tags: str) -> None:
    understood = read(sentence)
    assert ", ".join(understood.tags) == tags
    assert (understood.absent, understood.unknown) == ((), ())


def test_words_that_are_not_understood_are_named() -> None:
    understood = read("a girl drinking coffee in a cozy cafe with a zweihander")
    assert understood.tags == ("1girl", "drinking", "coffee", "cafe")
    assert understood.unknown == ("cozy", "zweihander")


@pytest.mark.parametrize(
    ("sentence", "tags", "absent"),
    [
        ("a blonde girl without a hat in the snow", ("blonde hair", "1girl", "snow"), ("hat",)),
        ("a girl who isn't smiling, with a red scarf", ("1girl", "red scarf"), ("smile",)),
        ("a forest at night with no humans", ("forest", "night", "no humans"), ()),
    ],
)
def test_what_a_sentence_says_is_not_there_goes_to_the_negative(
    sentence: str, tags: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    understood = read(sentence)
    assert (understood.tags, understood.absent) == (tags, absent)


@pytest.mark.parametrize(
    "text",
    [
        "1girl, red hair, smile, night",
        "red hair girl smiling",
        "1girl, sitting on the bench in the park, smile",
        "looking at viewer, hand on own hip, from behind, night",
        "(a girl with long red hair:1.2) in the rain",
        "a girl with long_hair and red eyes in the rain",
        "sword and shield, long hair, red hair, night, city",
        "the melancholic wanderer contemplates existence",
        "a girl with a café and red hair",
        "a girl with " + "red hair and " * 200,
        "",
    ],
)
def test_what_may_be_tags_is_left_alone(text: str) -> None:
    assert understand(text, OWN) is None


def test_every_tag_of_the_dictionary_is_left_alone() -> None:
    assert [entry.name for entry in OWN.entries if understand(entry.name, OWN)] == []


def test_a_sentence_with_anything_above_general_stays_as_it_is() -> None:
    assert understand("a girl in black lingerie with a red scarf", OWN) is None
    assert understand("a girl who is taking her clothes off in the rain", OWN) is None


def test_an_imported_list_is_understood_but_not_its_rare_words() -> None:
    listed = [
        ListedTag("pearl earrings", "general", 900),
        ListedTag("zither", "general", 500),
        ListedTag("somebody", "artist", 500),
        ListedTag("painted", "artist", 500),
        ListedTag("marvelling", "general", 3),
    ]
    understood = read("a girl with a pearl earring and a zither, painted and marvelling", joined(OWN, listed))
    assert understood.tags == ("1girl", "pearl earrings", "zither")
    assert understood.unknown == ("painted", "marvelling")


def test_a_sentence_in_japanese_is_told_what_works() -> None:
    for text in ("赤い髪の女の子が雨の中で笑っている", "雨の夜に歩く少女、笑顔で手を振っています"):
        told = foreign(text, OWN)
        assert told is not None and "English" in told and "1girl, red hair" in told
    assert foreign("初音ミク, 1girl, 博麗霊夢, ブルーアーカイブ", OWN) is None
    assert foreign("שלום, 🎨🌙, café", OWN) is None
    assert foreign("a girl", OWN) is None
