"""What passes and what is denied under each ceiling, and the sentence that says so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.prompt import Decision, Prompt
from bot.core.rating import Rating
from bot.policy.policy import Policy, explain
from bot.prompt.dictionary import Dictionary, Entry
from bot.prompt.grammar import Tag, serialize

DICTIONARY = Dictionary.load_core()
POLICY = Policy(DICTIONARY)
RESTRICTED = [entry for entry in DICTIONARY.entries if entry.rating > Rating.GENERAL]

MUST_PASS = """
1girl, skilled swordsman, holding sword
transparent umbrella, rain, street
cutting board, knife, kitchen
cockatiel, bird, perched on a branch
bare tree, winter, snow
essex, english countryside, castle
sussex, middlesex, village
scunthorpe, train station
naked mole-rat, museum
a naked mole rat digging a tunnel
1boy, assassin, cloak, night
classic car, class of 2020, classroom
glass of water, grass, bass guitar, brass band
cocktail dress, peacock, rooster, cockpit
analysis, canal, banal, analog clock
shiitake mushrooms, mushroom
title page, titmouse, blue tit on a fence
document, cucumber, circumference
dick van dyke style hat, moby dick, whale
grape, grapefruit, drapery
sextant, sexagenarian, sextet of musicians
general store, rating board, explicit instructions
sensitive skin, questionable haircut
adult cat, mature oak tree, old man
bra-ket notation, physics, blackboard
children at a park, playground, kite
chicken breast, frying pan
horny toad, lizard, desert
hancock, boa hancock, one piece
strip of film, comic strip, landing strip
see-through umbrella, see-through raincoat, rain
jersey number 18, 18
half of the sky seen with the naked eye
bare feet, bare hands, barefoot, beach
""".strip().splitlines()

MUST_DENY = [
    ("nsfw", Rating.QUESTIONABLE),
    ("NSFW", Rating.QUESTIONABLE),
    ("ｎｓｆｗ", Rating.QUESTIONABLE),
    ("nude", Rating.QUESTIONABLE),
    ("completely_nude", Rating.QUESTIONABLE),
    ("nude statue", Rating.QUESTIONABLE),
    ("rating: sensitive", Rating.SENSITIVE),
    ("rating:questionable", Rating.QUESTIONABLE),
    ("rating_explicit", Rating.EXPLICIT),
    ("sensitive", Rating.SENSITIVE),
    ("questionable", Rating.QUESTIONABLE),
    ("explicit", Rating.EXPLICIT),
    ("lingerie", Rating.SENSITIVE),
    ("black lingerie", Rating.SENSITIVE),
    ("see-through dress", Rating.SENSITIVE),
    ("red see-through dress", Rating.SENSITIVE),
    ("R-18", Rating.EXPLICIT),
]


def prompt(*tags: str, negative: str = "", dropped: tuple[str, ...] = ()) -> Prompt:
    positive = serialize([Tag(tag) for tag in tags])
    return Prompt(positive, negative, tokens=0, negative_tokens=0, window=75, dropped=dropped)


@pytest.mark.parametrize("line", MUST_PASS)
def test_the_innocent_pass_at_general(line: str) -> None:
    assert POLICY.decide(prompt(*line.split(", ")), Rating.GENERAL).reasons == ()


@pytest.mark.parametrize(("tag", "rating"), MUST_DENY)
def test_rated_words_are_denied_under_their_rating_and_pass_at_it(tag: str, rating: Rating) -> None:
    denied = POLICY.decide(prompt("1girl", tag, "smile"), Rating(rating - 1))
    assert [(reason.tag, reason.rating) for reason in denied.reasons] == [(tag, rating)]
    assert POLICY.decide(prompt("1girl", tag, "smile"), rating).allowed


@pytest.mark.parametrize("entry", RESTRICTED, ids=lambda entry: entry.name)
def test_every_rated_tag_and_alias_is_denied_at_general(entry: Entry) -> None:
    for spelling in (entry.name, *entry.aliases, entry.name.upper(), entry.name.replace(" ", "_")):
        assert POLICY.decide(prompt(spelling), Rating.GENERAL).word == "deny", spelling


def test_text_past_the_window_is_judged_too() -> None:
    assert not POLICY.decide(prompt("1girl", dropped=("nude",)), Rating.GENERAL).allowed


def test_the_negative_is_read_as_removal() -> None:
    assert POLICY.decide(prompt("1girl", negative="nsfw, nude, rating: explicit"), Rating.GENERAL).allowed


def test_the_rating_option_may_not_lie_above_the_ceiling() -> None:
    decision = POLICY.decide(prompt("1girl"), Rating.SENSITIVE, Rating.EXPLICIT)
    assert [(reason.rule, reason.tag) for reason in decision.reasons] == [("rating", "rating: explicit")]
    assert POLICY.decide(prompt("1girl"), Rating.EXPLICIT, Rating.EXPLICIT).allowed


def test_a_weighted_tag_is_still_the_tag() -> None:
    weighted = Prompt("(1girl:1.2), (nude:0.1)", "", tokens=0, negative_tokens=0, window=75)
    assert [reason.tag for reason in POLICY.decide(weighted, Rating.GENERAL).reasons] == ["nude"]


def test_rules_are_given_by_constructor() -> None:
    assert Policy(DICTIONARY, rules=()).decide(prompt("nude"), Rating.GENERAL).allowed


def test_a_denial_names_tag_rating_ceiling_and_what_would_pass() -> None:
    assert explain(POLICY.decide(prompt("1girl", "nude"), Rating.GENERAL)) == (
        "'nude' (questionable) lies above this place's ceiling, general: "
        "leave that tag out, and the rest may pass."
    )
    several = explain(POLICY.decide(prompt("nude", "hentai"), Rating.SENSITIVE, Rating.EXPLICIT))
    assert several == (
        "'rating: explicit' (explicit), 'nude' (questionable) and 'hentai' (explicit) lie above this place's "
        "ceiling, sensitive: choose a rating up to that and leave those tags out, and the rest may pass."
    )
    assert explain(Decision(Rating.GENERAL)) == ""


def test_a_denial_of_very_much_stays_one_short_sentence() -> None:
    tags = [f"nude {'very ' * 50}{number}" for number in range(40)]
    sentence = explain(POLICY.decide(prompt(*tags), Rating.GENERAL))
    assert "35 more" in sentence
    assert len(sentence) < 600


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters=","), min_size=1))
def test_any_text_is_decided_and_one_rated_tag_among_it_is_found(text: str) -> None:
    decision = POLICY.decide(prompt(text, "nude"), Rating.GENERAL)
    assert "nude" in [reason.tag for reason in decision.reasons]
