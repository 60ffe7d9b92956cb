"""The A1111 grammar: what is a weight, what is a name, and that writing and reading agree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import InvalidRequest
from bot.prompt.grammar import Tag, parse, parse_weighted, plain, serialize

TEXTS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters=","), min_size=1, max_size=30
)
TAGS = st.builds(
    Tag,
    TEXTS.map(lambda text: " ".join(text.split())).filter(lambda text: text and "BREAK" not in text),
    st.integers(0, 2000).map(lambda thousandths: thousandths / 1000),
)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("1girl, red hair", [("1girl", 1.0), ("red hair", 1.0)]),
        ("(tag:1.2)", [("tag", 1.2)]),
        ("(tag)", [("tag", 1.1)]),
        ("((tag))", [("tag", 1.21)]),
        ("[tag]", [("tag", 0.909)]),
        ("(red hair, blue eyes:1.2)", [("red hair", 1.2), ("blue eyes", 1.2)]),
        ("((a:1.5), b:0.5)", [("a", 0.75), ("b", 0.5)]),
        ("(rating: general:1.1)", [("rating: general", 1.1)]),
        (r"saber \(fate\)", [("saber (fate)", 1.0)]),
        (r"(saber \(fate\):1.3)", [("saber (fate)", 1.3)]),
        ("saber (fate), smile", [("saber (fate)", 1.0), ("smile", 1.0)]),
        ("nyx_(paper_moon)", [("nyx_(paper_moon)", 1.0)]),
        ("(saber (fate):1.3)", [("saber (fate)", 1.3)]),
        ("lancer (alter) (fate)", [("lancer (alter) (fate)", 1.0)]),
        (r"lancer \(alter\) (fate)", [("lancer (alter) (fate)", 1.0)]),
        ("saber (fate:1.2)", [("saber fate", 1.2)]),
        ("a (red) dress", [("a red dress", 1.1)]),
        ("one\ntwo BREAK three,,four", [("one", 1.0), ("two", 1.0), ("three", 1.0), ("four", 1.0)]),
        (":), (smile), :(", [(":)", 1.0), ("smile", 1.1), (":(", 1.0)]),
        ("(o)_(o), >:)", [("(o)_(o)", 1.0), (">:)", 1.0)]),
        ("\\o/, \\", [("\\o/", 1.0), ("\\", 1.0)]),
        ("(re:zero)", [("re:zero", 1.1)]),
    ],
)
def test_reads(text: str, tags: list[tuple[str, float]]) -> None:
    assert parse(text) == [Tag(*tag) for tag in tags]


@pytest.mark.parametrize("text", ["(tag:1.2", "tag)", "((((", "))((]", "[a) b", "(a [b) c]", "(", "\\"])
def test_unbalanced_brackets_are_letters_and_survive_a_round_trip(text: str) -> None:
    tags = parse(text)
    assert parse(serialize(tags)) == tags
    assert "".join(plain(tags).split()).count("(") <= text.count("(")


@pytest.mark.parametrize("text", ["", " ", ",,,", "(:1.2)", "(((:1.2)))", "()", "[ ]", "(,:1.1)", "\n"])
def test_nothing_but_syntax_holds_no_tag(text: str) -> None:
    assert parse(text) == []


@pytest.mark.parametrize("weight", ["2.1", "-1", "1e9", "nan", "inf", "-0.1", "1,2"])
def test_weights_outside_0_to_2_are_refused_by_a_sentence(weight: str) -> None:
    with pytest.raises(InvalidRequest, match="weight"):
        parse(f"(tag:{weight})")


def test_nested_brackets_that_multiply_past_2_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="outside 0 to 2"):
        parse("((((((((tag))))))))")


@pytest.mark.parametrize(
    "text", ["(" * 1000 + "a" + ")" * 1000, "[(" * 500 + "a" + ")]" * 500, "[" * 1000 + "a"]
)
def test_a_thousand_brackets_end_in_tags_or_a_sentence(text: str) -> None:
    try:
        tags = parse(text)
    except InvalidRequest:
        return
    assert parse(serialize(tags)) == tags


def test_known_names_keep_their_brackets_whatever_follows() -> None:
    def known(name: str) -> bool:
        return name == "sonetto (reverse:1999)"

    assert parse("sonetto (reverse:1999)", known) == [Tag("sonetto (reverse:1999)")]
    assert parse("(reverse:1999)", lambda name: name == "reverse:1999") == [Tag("reverse:1999", 1.1)]


@pytest.mark.parametrize("name", ["vila (reverse:1999)", "clock (10:30)", "tall (16:9)", "time (12:00)"])
def test_numbers_with_a_colon_in_a_name_are_no_weights(name: str) -> None:
    assert parse(name) == [Tag(name)] == parse(serialize(parse(name)))


@pytest.mark.parametrize("text", ["16:9", "psalm 23:4", "time 12:00"])
def test_an_aspect_a_verse_and_a_time_are_no_weights(text: str) -> None:
    assert parse(f"({text})") == [Tag(text, 1.1)] == parse(serialize(parse(f"({text})")))


@pytest.mark.parametrize("text", ["(reverse:1999)", "(hat:1e9)", "(16:-9)", "(hat:-1)", "girl (hat:999)"])
def test_absurd_weights_stay_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="outside 0 to 2"):
        parse(text)


@pytest.mark.parametrize("weight", [0.0, 0.5, 2.0])
def test_a_number_keeps_its_weight_when_it_is_written(weight: float) -> None:
    assert parse(serialize([Tag("10", weight)])) == [Tag("10", weight)]


def test_a_weight_on_part_of_a_tag_is_told() -> None:
    assert [tag.mixed for tag in parse("a (red) dress, (blue hat)")] == [True, False]


def test_the_encoders_pieces_keep_the_whole_plain_text() -> None:
    text = serialize([Tag("1girl"), Tag("saber (fate)", 1.2), Tag("red hair", 1.2), Tag("smile")])
    assert text == r"1girl, (saber \(fate\):1.2), (red hair:1.2), smile"
    pieces = [("1girl, ", 1.0), ("saber (fate)", 1.2), (", ", 1.0), ("red hair", 1.2), (", smile", 1.0)]
    assert parse_weighted(text) == pieces


@settings(deadline=None, max_examples=60)
@given(st.lists(TAGS, max_size=8))
def test_what_is_written_reads_back_the_same(tags: list[Tag]) -> None:
    assert parse(serialize(tags)) == tags


@settings(deadline=None, max_examples=60)
@given(st.lists(TAGS, min_size=1, max_size=8))
def test_the_encoder_reads_the_same_weights_as_the_tags(tags: list[Tag]) -> None:
    pieces = parse_weighted(serialize(tags))
    assert "".join(piece for piece, _ in pieces) == plain(tags)
    letters = [weight for piece, weight in pieces for char in piece if char not in " ,"]
    wanted = [tag.weight for tag in tags for char in tag.text if char not in " ,"]
    assert letters == wanted


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from("()[]:,\\ .12ab\n"), max_size=60))
def test_any_soup_of_syntax_ends_in_tags_or_a_sentence(text: str) -> None:
    try:
        tags = parse(text)
    except InvalidRequest:
        return
    assert parse(serialize(tags)) == tags
