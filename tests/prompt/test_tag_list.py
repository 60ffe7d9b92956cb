"""Imported lists: what a line may be, whose rating counts, and that no rating is made up."""

from __future__ import annotations

import pytest

from bot.core.errors import InvalidRequest
from bot.core.rating import Rating
from bot.core.tag import ListedTag
from bot.prompt.dictionary import Dictionary, Entry
from bot.prompt.tag_list import joined, read_list

OWN = Dictionary(
    [
        Entry("hat", "general", 9, aliases=("headwear",)),
        Entry("lingerie", "general", 5, Rating.SENSITIVE, aliases=("underthings",), inside=True),
        Entry("hatsune miku", "character", 99, series="vocaloid", aliases=("miku",)),
    ]
)


def read(text: str) -> tuple[ListedTag, ...]:
    return read_list(text.splitlines(keepends=True), "list.csv").tags


def test_a_line_is_spelled_as_tags_are() -> None:
    (tag,) = read('Cat_Ears,0,100,"Neko_Mimi,cat_ears,/ce,nekomimi,"\n')
    assert tag == ListedTag("cat ears", "general", 100, ("neko mimi", "nekomimi"))


def test_categories_are_danbooru_numbers_and_a_rating_may_follow() -> None:
    lines = "a,0,1,\nb,1,2,,g\nc,3,3,,Sensitive\nd,4,4,,q\ne,5,5,,explicit\n"
    assert [(tag.category, tag.rating) for tag in read(lines)] == [
        ("general", None),
        ("artist", Rating.GENERAL),
        ("series", Rating.SENSITIVE),
        ("character", Rating.QUESTIONABLE),
        ("meta", Rating.EXPLICIT),
    ]


def test_headings_and_empty_lines_are_passed_over_and_doubles_counted() -> None:
    found = read_list(["tag,category,count,alias\n", "\n", "long_hair,0,9,\n", "long-hair,0,1,\n"], "x")
    assert [tag.name for tag in found.tags] == ["long hair"] and found.doubled == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hat", "1 columns"),
        ("hat,0,1,,g,more", "6 columns"),
        ("hat,2,1,", "'2' is not a category"),
        ("hat,general,1,", "'general' is not a category"),
        ("hat,0,many,", "'many' is not a count"),
        ("hat,0,-1,", "'-1' is not a count"),
        ("hat,0,²,", "is not a count"),
        ("hat,0,1,,risky", "'risky' is not a rating"),
        ("_,0,1,", "'_' is not a tag"),
        ('"a,b",0,1,', "'a,b' is not a tag"),
        ('hat,0,1,"open', "unexpected end of data"),
        ("ha\x00t,0,1,", "is not a tag"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        read(f"1girl,0,5,\nsmile,0,4,\n{line}")
    sentence = str(error.value)
    assert said in sentence and "list.csv, line 3:" in sentence and "nothing was imported" in sentence
    assert "\n" not in sentence


def test_a_file_without_tags_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="holds no tags"):
        read("tag,category,count,alias\n\n")


def test_what_we_wrote_by_hand_wins() -> None:
    found = joined(OWN, read('hat,4,1,"cap,miku",e\nlingerie,0,7,"smallclothes,hat",g\n'))
    for typed, name, category, rating in (
        ("hat", "hat", "general", Rating.GENERAL),
        ("cap", "hat", "general", Rating.GENERAL),
        ("miku", "hatsune miku", "character", Rating.GENERAL),
        ("lingerie", "lingerie", "general", Rating.SENSITIVE),
        ("smallclothes", "lingerie", "general", Rating.SENSITIVE),
    ):
        entry = found.lookup(typed)
        assert entry is not None
        assert (entry.name, entry.category, entry.rating) == (name, category, rating)


def test_a_rating_is_inherited_through_an_alias_else_the_tag_is_not_trusted() -> None:
    found = joined(OWN, read('frilly_set,0,3,"underthings"\nred_frills,0,2,"crimson_frills"\nhood,0,1,,g\n'))
    inherited, unknown, told = (found.lookup(name) for name in ("frilly set", "crimson frills", "hood"))
    assert inherited is not None and inherited.rating is Rating.SENSITIVE and inherited.trusted
    assert unknown is not None and unknown.rating is Rating.GENERAL and not unknown.trusted
    assert told is not None and told.rating is Rating.GENERAL and told.trusted
    alias = found.lookup("underthings")
    assert alias is not None and alias.name == "lingerie"


def test_our_spelling_with_other_spaces_is_no_alias() -> None:
    """A refusal names our spelling."""
    found = joined(OWN, read('lingerie,0,3,"linge_rie,smallclothes"\n'))
    assert found.lookup("linge rie") is None and found.lookup("smallclothes") is not None


def test_rated_words_inside_an_alias_count_for_a_general_tag_alone() -> None:
    found = joined(
        OWN,
        read(
            'fancy_set,0,3,"lingerie_set"\nsomebody,4,2,"lingerie_somebody,bodie"\nhat,0,1,"lingerie_hat,cap"\n'
        ),
    )
    fancy, somebody, hat = (found.lookup(name) for name in ("fancy set", "bodie", "cap"))
    assert fancy is not None and fancy.rating is Rating.SENSITIVE and fancy.trusted
    assert found.lookup("lingerie set") is fancy
    assert somebody is not None and somebody.rating is Rating.GENERAL
    assert hat is not None and (hat.name, hat.rating, hat.trusted) == ("hat", Rating.GENERAL, False)
    assert found.lookup("lingerie hat") is None and found.lookup("lingerie somebody") is None


def test_imported_words_never_gain_a_rating_inside_others() -> None:
    """Danbooru's aliases are not written with that in mind."""
    found = joined(OWN, read('lingerie,0,7,"abc"\nfrilly_set,0,3,"underthings"\n'))
    assert {entry.name for entry in found.entries if entry.inside} == {"lingerie"}
    assert not any(entry.inside for entry in found.entries[len(OWN.entries) :])


def test_completion_offers_imported_tags_up_to_the_ceiling() -> None:
    found = joined(OWN, read('frilly_set,0,3,"underthings"\nfrilly_hat,0,2,\n'))
    assert [entry.name for entry in found.complete("frilly")] == ["frilly hat"]
    names = [entry.name for entry in found.complete("frilly", ceiling=Rating.SENSITIVE)]
    assert names == ["frilly set", "frilly hat"]
    assert [entry.name for entry in found.complete("underth", ceiling=Rating.SENSITIVE)] == [
        "lingerie",
        "frilly set",
    ]


def test_no_list_changes_nothing() -> None:
    assert joined(OWN, []) is OWN
