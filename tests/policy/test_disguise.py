"""What disguised words are read as."""

from __future__ import annotations

import time

import pytest

from bot.core.rating import Rating
from bot.policy.words.disguise import readings, undone
from bot.policy.words.lexicon import Hit, Lexicon, Rated
from bot.policy.words.scripts import unreadable

KITTEN = Rated("kitten", Rating.SENSITIVE)
CUP = Rated("cup", Rating.SENSITIVE, inside=False)
UMBRELLA = Rated("umbrella", Rating.QUESTIONABLE)
CAP = Rated("red cap", Rating.QUESTIONABLE)
ROOF = Rated("屋根", Rating.SENSITIVE)
NOODLE = Rated("ヌード", Rating.SENSITIVE)
LEXICON = Lexicon(
    (KITTEN, CUP, UMBRELLA, CAP, ROOF, NOODLE), ("umbrella stand", "kitten heels", "屋根裏", "umbrellabird")
)


def found(tag: str) -> list[tuple[str, str]]:
    return [(hit.rule, hit.term.name) for hit in LEXICON.find(tag)]


@pytest.mark.parametrize(
    "text",
    [
        "ｋｉｔｔｅｎ", "KITTEN", "k\u200bitten", "k\u0336i\u0336t\u0336ten", "kíttén", "кittеn",
        "k1tt3n", "k!tten", "𝓴𝓲𝓽𝓽𝓮𝓷", "ⓚⓘⓣⓣⓔⓝ", "🅺🅸🆃🆃🅴🅽",
        "🇰🇮🇹🇹🇪🇳", "ᴋɪᴛᴛᴇɴ", "&#107;itten", "%6bitten", "%256bitten",
        "&amp;#x6b;itten", "\\u006bitten", "⠅⠊⠞⠞⠑⠝", "киттен",
        "kitteŋ",
    ],
)  # fmt: skip
def test_a_reading_is_the_word(text: str) -> None:
    assert "kitten" in readings(text)


def test_numbers_that_are_words_are_read_as_such() -> None:
    assert "boobs" in readings("80085") and "see through" in readings("533-7hr0u9h")


def test_the_mildest_reading_comes_first_and_keeps_words_apart() -> None:
    assert readings("Red_Hair, K1tten!")[0] == "red hair k1tten"
    assert readings("красный кот")[0] == "красныи кот"
    assert readings("plain words") == ("plain words",)


@pytest.mark.parametrize(
    "text",
    [
        "k i t t e n", "k.i.t.t.e.n", "kit-ten", "kiiittteennn", "nettik", "n e t t i k",
        "[k][i][t][t][e][n]", "k1 tt 3n", "kitten2024", "uǝʇʇıʞ", "ｋ.i.т.t.3.n", "k♥i♥t♥t♥e♥n", "|<itten",
    ],
)  # fmt: skip
def test_joined_repeated_and_reversed_words_are_found(text: str) -> None:
    assert found(text) == [("disguise", "kitten")]


@pytest.mark.parametrize(
    "text",
    [
        "kit tension", "the tekit tenor", "kit", "kittenish", "cup noodles", "cupboard", "upcoming",
        "umbrella stand", "red umbrella stand", "blue umbrellabird", "kitten heels", "ＫＩＴＴＥＮ heels",
        "455", "kitt", "kiten", "predcap", "屋根裏", "ヌードル", "カヌード", "a 5 b 3", "numb relation",
    ],
)  # fmt: skip
def test_the_innocent_are_not_taken_for_a_disguise(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["red kit.ten", "kit*ten girl", "blue ki/tt/en hat", "red kit((ten))"])
def test_signs_inside_a_word_do_not_hide_it_among_others(text: str) -> None:
    assert found(text) == [("disguise", "kitten")]


def test_a_hyphen_in_a_harmless_phrase_leaves_it_harmless() -> None:
    assert found("red umbrella-stand") == found("kitten-heels") == []


def test_a_short_word_is_found_glued_to_a_common_one() -> None:
    assert found("kittengirl") == found("red wetkitten") == [("disguise", "kitten")]
    assert found("kittenclock") == []


def test_a_sign_counts_anywhere_and_its_digits_do_not() -> None:
    lexicon = Lexicon((Rated("77+", Rating.SENSITIVE),))
    assert [hit.rule for hit in lexicon.find("77+")] == ["tag"]
    assert [hit.rule for hit in lexicon.find("art 77+, hat")] == ["word"]
    assert lexicon.find("77") == lexicon.find("177+") == lexicon.find("77+1") == ()


def test_long_words_are_found_inside_others_and_short_ones_are_not() -> None:
    assert found("blackumbrellas") == [("disguise", "umbrella")]
    assert found("blackkittens") == []


def test_a_word_that_is_only_listed_as_a_whole_tag_is_found_inside_only_in_disguise() -> None:
    assert found("cup") == [("tag", "cup")]
    assert found("blue cup") == []
    assert found("blue c.u.p") == found("blue cцp") == [("disguise", "cup")]


def test_plain_words_are_told_from_disguised_ones() -> None:
    assert found("kitten") == [("tag", "kitten")]
    assert found("black Kitten") == [("word", "kitten")]
    assert found("red_cap")[0] == ("tag", "red cap")
    assert found("redcap") == [("disguise", "red cap")]


def test_scripts_without_spaces_are_searched_inside_words() -> None:
    assert found("赤い屋根の家") == [("word", "屋根")]
    assert found("屋 根") == [("disguise", "屋根")]
    assert found("ぬーど") == [("disguise", "ヌード")]
    assert found("ヌードモデル") == [("word", "ヌード")]


def test_words_spelled_over_several_tags_are_found() -> None:
    assert list(LEXICON.across(["k", "i", "t", "t", "e", "n"])) == [Hit("disguise", KITTEN)]
    assert set(LEXICON.across(["red hair", "umb", "rel", "la", "smile"])) == {Hit("disguise", UMBRELLA)}
    assert list(LEXICON.across(["umbre", "lla"])) == [Hit("disguise", UMBRELLA)]
    assert list(LEXICON.across(["kit", "tension"])) == []


def test_the_wider_word_is_named() -> None:
    lexicon = Lexicon((Rated("cap", Rating.SENSITIVE), CAP))
    assert [hit.term.name for hit in lexicon.find("r3d cap")] == ["red cap"]


@pytest.mark.parametrize("text", ["kittеn", "ВAND", "ᏣᎳᎩᏙᏱ", "γreek", "naïvе"])
def test_words_of_mixed_or_rare_alphabets_cannot_be_judged(text: str) -> None:
    assert unreadable(f"a {text} b") == (text,)


@pytest.mark.parametrize(
    "text",
    [
        "Tシャツ",
        "JKコス",
        "初音ミク",
        "кошка",
        "μ's",
        "5μm",
        "OωO",
        "Pokémon",
        "γάτα",
        "r2d2",
        "ʕ•ᴥ•ʔ",
        "ಠ_ಠ",
        "木のbow",
    ],
)
def test_words_as_people_write_them_can(text: str) -> None:
    assert unreadable(text) == ()


def test_fields_lose_weights_and_escapes_before_they_are_split() -> None:
    assert undone("(k:1.2)itten") == ("(k)itten",)
    assert undone("kit BREAK ten") == ("kit  ,  ten", "kitten")
    assert undone("kitBREAKten") == ("kit , ten", "kitten")
    assert undone("red kit\nten") == ("red kit\nten", "red kitten")
    assert undone("red ki{tten|ng}")[1:] == ("red kitten", "red king")
    assert undone("100% wool") == ("100% wool",)
    assert undone("&#107;it%2Cten")[1] == "kit,ten"


@pytest.mark.parametrize(
    "text",
    [
        "n" * 20000,
        "umbre" * 4000,
        "%25" * 6000,
        "&amp;" * 4000,
        "(" * 20000,
        ":1" * 9000,
        "1l" * 9000,
        "ヌー" * 9000,
    ],
)
def test_time_grows_with_the_text_and_no_faster(text: str) -> None:
    def seconds(of: str) -> float:
        best = 1e9
        for _ in range(3):
            begun = time.process_time()
            LEXICON._find(of)
            readings(of)
            best = min(best, time.process_time() - begun)
        return best

    quarter = text[: len(text) // 4]
    assert seconds(text) < 12 * max(seconds(quarter), 0.002)
