"""The hand-written tags: sound data, lookup and completion."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from bot.chibi.subject import CHARACTERS
from bot.core.rating import Rating
from bot.prompt.dictionary import Dictionary, Entry
from bot.prompt.normalise import key, spell
from bot.prompt.profile import profile

DICTIONARY = Dictionary.load_core()


def names(found: list[Entry]) -> list[str]:
    return [entry.name for entry in found]


def test_no_name_or_alias_stands_for_two_tags() -> None:
    spellings = [
        (key(text), entry.name) for entry in DICTIONARY.entries for text in (entry.name, *entry.aliases)
    ]
    doubled = [text for text, times in Counter(text for text, _ in set(spellings)).items() if times > 1]
    assert doubled == []
    assert len({key(entry.name) for entry in DICTIONARY.entries}) == len(DICTIONARY.entries)


def test_every_series_that_a_character_carries_is_known() -> None:
    carried = {entry.series for entry in DICTIONARY.entries if entry.category == "character"}
    assert None not in carried
    assert {series for series in carried if series and DICTIONARY.lookup(series) is None} == set()


def test_names_are_spelled_as_they_will_be_written() -> None:
    assert [entry.name for entry in DICTIONARY.entries if spell(entry.name) != entry.name] == []


def test_the_demo_models_characters_and_series_are_known() -> None:
    for name, (series, _) in CHARACTERS.items():
        entry = DICTIONARY.lookup(name)
        assert entry is not None
        assert (entry.category, entry.series) == ("character", series)


def test_the_cards_words_have_their_categories() -> None:
    words = profile("animagine-xl-3.0")
    for category, texts in {"quality": words.quality, "year": words.years}.items():
        assert [getattr(DICTIONARY.lookup(text), "category", None) for text in texts] == [category] * len(
            texts
        )
    for rating in Rating:
        entry = DICTIONARY.lookup(f"rating: {rating.word}")
        assert entry is not None
        assert (entry.category, entry.rating) == ("rating", rating)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("miku", "hatsune miku"),
        ("HATSUNE_MIKU", "hatsune miku"),
        ("初音ミク", "hatsune miku"),
        ("longhair", "long hair"),
        ("1 girl", "1girl"),
        ("cat-ears", "cat ears"),
        ("attack on titan", "shingeki no kyojin"),
        ("naked", "nude"),
    ],
)
def test_aliases_and_habits_find_their_tag(typed: str, name: str) -> None:
    entry = DICTIONARY.lookup(typed)
    assert entry is not None
    assert entry.name == name


def test_unknown_words_are_unknown() -> None:
    assert DICTIONARY.lookup("no such thing at all") is None


def test_completion_ranks_by_how_a_tag_fits_then_by_count() -> None:
    tags = [
        Entry("red hat", "general", 5),
        Entry("hat", "general", 9),
        Entry("hatsune miku", "character", 99, series="vocaloid", aliases=("miku",)),
        Entry("chatting", "general", 999),
        Entry("headwear", "general", 9999, aliases=("silly hat",)),
        Entry("hatless and nude", "general", 50, Rating.QUESTIONABLE),
    ]
    small = Dictionary(tags)
    assert names(small.complete("hat")) == ["hat", "hatsune miku", "red hat", "chatting", "headwear"]
    assert names(small.complete("hat", category="general", limit=2)) == ["hat", "red hat"]
    assert names(small.complete("silly hat")) == ["headwear"]
    assert names(small.complete("HAT", ceiling=Rating.EXPLICIT))[2] == "hatless and nude"
    assert names(small.complete("mik")) == ["hatsune miku"]
    assert names(small.complete("MIKU"))[0] == "hatsune miku"
    assert small.complete("zzz") == []


def test_nothing_above_the_ceiling_is_ever_completed() -> None:
    for letter in "abcdefghijklmnopqrstuvwxyz":
        assert all(entry.rating is Rating.GENERAL for entry in DICTIONARY.complete(letter, limit=10_000))


def test_a_row_of_no_category_is_refused() -> None:
    head = "name,category,count,rating,series,aliases,inside"
    (row,) = csv.DictReader([head, "hat,headgear,1,,,,"])
    with pytest.raises(ValueError, match="'headgear' is not one of"):
        Entry.read(row)
