"""Slips of the finger are found in an index, and nothing else is."""

from __future__ import annotations

import itertools
import random

import pytest

from bot.prompt.completion import Kind
from bot.prompt.dictionary import Dictionary, Entry
from bot.prompt.typos import LONGEST, Typos, slips

DICTIONARY = Dictionary.load_core()


def found(typed: str, dictionary: Dictionary = DICTIONARY, category: str | None = None) -> list[str]:
    return list(dict.fromkeys(entry.name for entry in dictionary.nearly(typed, category)))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("hatsnue miku", "hatsune miku"),
        ("hatsune mikku", "hatsune miku"),
        ("miku hatsnue", "hatsune miku"),
        ("twintials", "twintails"),
        ("lnog hair", "long hair"),
        ("lookign at veiwer", "looking at viewer"),
        ("初音ミタ", "hatsune miku"),
        ("初音ミ", "hatsune miku"),
        ("schol unifrom", "school uniform"),
        ("schol unif", "school uniform"),
    ],
)
def test_a_slip_or_two_are_forgiven(typed: str, name: str) -> None:
    assert found(typed)[0] == name


@pytest.mark.parametrize("typed", ["", "qq", "zzzzzz", "xx long", "()", "a" * (LONGEST + 1), "smile " * 1000])
def test_what_is_no_slip_finds_nothing(typed: str) -> None:
    assert found(typed) == []


def test_few_slips_come_first_and_the_common_first_among_them() -> None:
    small = Dictionary(
        [
            Entry("garden", "general", 1),
            Entry("harden", "general", 9),
            Entry("gardens", "general", 99),
            Entry("gaaarden", "general", 999),
            Entry("warden", "character", 5),
        ]
    )
    assert found("gardn", small) == ["garden"]
    assert found("barden", small) == ["harden", "warden", "garden"]
    assert found("barden", small, "character") == ["warden"]


def test_every_word_within_the_limit_is_found_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against looking at every word."""
    monkeypatch.setattr("bot.prompt.typos._NEAREST", 1000)
    chance = random.Random(5)
    words = ["".join(chance.choices("abc", k=chance.randint(4, 9))) for _ in range(400)]
    words = list(dict.fromkeys(words))
    typos = Typos([(word, word) for word in words])
    for word in chance.sample(words, 60):
        letters = list(word)
        chance.shuffle(letters)
        for typed in (word, word[1:] + "b", "".join(letters)):
            most = 0 if len(typed) < 4 else 1 if len(typed) < 7 else 2
            # A short word is indexed for one slip only.
            wanted = {
                other
                for other in words
                if slips(typed, other, most) <= most and not (len(other) < 7 and most == 2)
            }
            near = {typos._words[number] for _, number in typos.near(typed)}
            assert wanted <= near, (typed, wanted - near)
            assert all(slips(typed, other, most) <= most for other in near)


def test_slips_are_counted_as_people_make_them() -> None:
    for one, other, count in (("abcd", "abcd", 0), ("abdc", "abcd", 1), ("abcd", "bcd", 1), ("ab", "xyz", 3)):
        assert slips(one, other, 3) == slips(other, one, 3) == count
    assert slips("abcdef", "uvwxyz", 2) == 3 and slips("a", "abcdef", 2) == 3


def test_a_tag_fits_as_it_would_be_found() -> None:
    for typed in ("hat", "ha", "miku", "r", "hair", "", "初音"):
        listed = dict.fromkeys(
            (entry.name, kind) for kind, entry in itertools.islice(DICTIONARY.matches(typed), 20_000)
        )
        best: dict[str, Kind] = {}
        for name, kind in listed:
            best.setdefault(name, kind)
        for entry in DICTIONARY.entries:
            assert DICTIONARY.fits(entry, typed) == best.get(entry.name), (typed, entry.name)
