"""The floor, by rule: its own terms are read from their data files, and none is spelled out here."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator

import pytest

from bot.config import Policy as PolicyTable
from bot.core.prompt import FLOOR, Prompt
from bot.core.rating import Rating
from bot.policy.case import Typed
from bot.policy.floor.floor import AGE, CLOTHING, GROWN, SEXUAL, Floor
from bot.policy.floor.lists import ALONE, PERSON, floor_terms, people_terms
from bot.policy.floor.search import Mark
from bot.policy.policy import Policy, explain
from bot.prompt.dictionary import Dictionary
from bot.prompt.grammar import Tag, serialize

DICTIONARY = Dictionary.load_core()
POLICY = Policy(DICTIONARY, real_people=("Testa Standin", "見本花子"))
BARE = Policy(DICTIONARY, rules=())
TERMS = [term for term in floor_terms() if not term.harmless]
HARMLESS = [term for term in floor_terms() if term.harmless]
PEOPLE = [term.text for term in people_terms(())]

INNOCENT = """
children at a park, playground, kite
family picnic, mother and child, father, lawn
kindergarten teacher reading a book, children, classroom
little girl in a raincoat, puddle, rain
school festival, food stall, lanterns
1girl, school uniform, cherry blossoms, smile
a 10 year old boy flying a kite
baby sleeping, cradle, plush toy
16th birthday cake, candles, party
teenager skateboarding, city
こども, 公園, 凧
孩子, 风筝, 草地
어린이, 공원, 연
дети, парк, воздушный змей
niños, parque, cometa
child and naked mole-rat at the zoo
""".strip().splitlines()

NO_AGE = """
18+, 21 years old, 25yo, 30-year-old knight
12 pigeons, 16 candles, 12 roses, 7th anniversary, 4k, 1980s
twenty one years old, thirty-five year old, forty years of age
1,000 year old tree, 500 years old castle, 10,000 year old dragon
17 cats, 5 swords, 3 moons, 14 stars, 2girls, 6+girls
5 years later, 10 years ago, 15 years anniversary
old age, 1girl
holding 2 yo-yos
17th century ship, chapter 12, route 16, area 7
二十歳の女性, 三十歳
двадцать пять лет
vingt-cinq ans, dix-huit ans
school uniform, serafuku, classroom, student
high school dxd, teen titans, ursa minor, baby blue dress
kid icarus, gothic lolita, lolita fashion, youjo senki
love live! nijigasaki high school idol club
""".strip().splitlines()

AGES = (
    """
17yo, 17 yo, 17 y/o, 17y.o., 15 years old, 15-year-old, 15 year-old girl, 9yrs old, 8 years of age
age: 15, age 15, aged 12, ages 13, 15 yrs old, six year old, sixteen years old, fifteen-year-old
１５歳, 15才, 十五歳, 十歳の少年, 七歳, 12岁, 十二岁, 15살, 15세, 열다섯 살, 15 лет, пятнадцать лет, 5 года
15 años, quince años, 15 jahre alt, 15-jährige, fünfzehn jahre, 15 ans, quinze ans, 15 anos, quinze anos
𝟏𝟓 years old, ①⑤ years old, ⑮ years old, 1 5 y o, f i f t e e n years old, s1xteen years old
under 18, below 18, under eighteen, 18歳未満, almost 18, junanasai, 15 sai
5th grader, first grader, grade 5, 3rd grade, 6 months old, 3 weeks old, 15th birthday
""".replace("\n", ", ")
    .strip(", ")
    .split(", ")
)

DENIED_AT_ANY = [*Rating]


def prompt(*tags: str, negative: str = "", dropped: tuple[str, ...] = ()) -> Prompt:
    return Prompt(serialize(map(Tag, tags)), negative, 0, 0, 75, dropped)


def rules_of(policy: Policy, *tags: str, negative: str = "", ceiling: Rating = Rating.EXPLICIT) -> list[str]:
    """The floor's rules that deny the tags in the most permissive place."""
    decision = policy.decide(prompt(*tags, negative=negative), ceiling, None, Typed(tags, (negative,)))
    assert all(
        reason.tag == "" and reason.rating is Rating.EXPLICIT for reason in decision.reasons if reason.floor
    )
    return [reason.rule for reason in decision.reasons if reason.floor]


def texts(*marks: Mark) -> list[str]:
    return [term.text for term in TERMS if term.mark in marks]


def alone(rule: str) -> list[str]:
    return texts(Mark(rule, ALONE))


def disguises(term: str) -> Iterator[str]:
    """The same term as people hide it; only in ways that hide any word."""
    yield term.upper()
    yield f"very {term} indeed" if term.isascii() else term
    yield "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in term)
    yield "\u200b".join(term)
    letters = term.replace(" ", "")
    if letters.isascii() and len(letters) >= 4:
        yield " ".join(letters)
        yield "-".join(letters)
        yield "".join(f"&#{ord(char)};" for char in term)
        yield "".join(f"%{ord(char):02x}" for char in term)
        yield letters[0] * 3 + letters[1:]
        yield f"({term}:1.3)"


@pytest.mark.parametrize("rule", ["F1", "F5", "F6"])
def test_its_terms_are_refused_alone_everywhere(rule: str) -> None:
    terms = alone(rule)
    assert len(terms) > 50
    passed = [
        (number, ceiling.word)
        for (number, term), ceiling in itertools.product(enumerate(terms), Rating)
        if rule not in rules_of(POLICY, "1girl", term, "smile", ceiling=ceiling)
    ]
    assert passed == []


@pytest.mark.parametrize("rule", ["F1", "F5", "F6"])
def test_no_seam_of_the_ceilings_lets_them_by(rule: str) -> None:
    for number, term in enumerate(alone(rule)):
        assert rule in rules_of(BARE, term), number
        assert rule in rules_of(BARE, "1girl", negative=term), number
        late = BARE.decide(prompt("1girl", dropped=(term,)), Rating.EXPLICIT)
        assert late.floor is not None and late.floor.rule == rule, number
        typed_only = BARE.decide(prompt("1girl"), Rating.EXPLICIT, Rating.EXPLICIT, Typed((f"x, {term}",)))
        assert typed_only.floor is not None and typed_only.floor.rule == rule, number
        screened = BARE.screen(Typed((), (f"lowres, {term}",)))
        assert screened is not None and screened.rule in ("F1", "F5", "F6"), number


@pytest.mark.parametrize("rule", ["F1", "F5", "F6"])
def test_their_disguises_are_undone(rule: str) -> None:
    passed = [
        (number, kind)
        for number, term in enumerate(alone(rule))
        for kind, hidden in enumerate(disguises(term))
        if not BARE.decide(
            Prompt("1girl", "", 0, 0, 75), Rating.EXPLICIT, None, Typed((f"1girl, {hidden}",))
        ).floor
    ]
    assert passed == []


@pytest.mark.parametrize("rule", ["F1", "F5", "F6"])
def test_a_slip_of_one_letter_in_a_long_term_is_no_way_by(rule: str) -> None:
    tried = 0
    for number, term in enumerate(alone(rule)):
        if not (term.isascii() and term.isalpha() and len(term) >= 8):
            continue
        middle = len(term) // 2
        swapped = term[:middle] + term[middle + 1] + term[middle] + term[middle + 2 :]
        for slip in (term[:middle] + term[middle + 1 :], term[:middle] + "q" + term[middle:], swapped):
            assert rule in rules_of(POLICY, slip), (number, slip == swapped)
            tried += 1
    assert tried >= 9


@pytest.mark.parametrize("term", HARMLESS, ids=lambda term: f"{term.mark.rule}-{term.mark.part}")
def test_harmless_phrases_are_not_what_they_hold(term: object) -> None:
    assert isinstance(term, type(HARMLESS[0]))
    if term.mark.part == ALONE:
        assert term.mark.rule not in rules_of(POLICY, "1girl", term.text)
    elif term.mark == AGE:
        assert not POLICY.decide(prompt("1girl", term.text), Rating.EXPLICIT).age_context
    elif term.mark == SEXUAL:
        finding = Floor().judge([("children", term.text)], (), lambda: Rating.GENERAL)
        assert finding.age_context and finding.reasons == ()
    else:
        assert not BARE.decide(prompt("1girl", negative=term.text), Rating.EXPLICIT).age_context


@pytest.mark.parametrize("sexual", ["nude", "lingerie", "underwear", "nsfw", "ｎｕｄｅ", "n u d e"])
def test_f2_a_child_word_with_anything_sexual(sexual: str) -> None:
    for number, word in enumerate(texts(AGE)):
        for policy in (POLICY, BARE):
            assert "F2" in rules_of(policy, word, "smile", sexual), number


@pytest.mark.parametrize("age", AGES)
def test_f2_an_age_under_18_with_anything_sexual(age: str) -> None:
    assert rules_of(POLICY, "1girl", age, "nude") == ["F2"]
    assert rules_of(BARE, "1girl", age, "lingerie") == ["F2"]
    alone_it_passes = POLICY.decide(prompt("1girl", age), Rating.GENERAL)
    assert alone_it_passes.allowed and alone_it_passes.age_context


def test_f2_the_rating_option_is_something_sexual() -> None:
    for asked in (Rating.QUESTIONABLE, Rating.EXPLICIT):
        decision = BARE.decide(prompt("15 years old"), Rating.EXPLICIT, asked)
        assert decision.floor is not None and decision.floor.rule == "F2"


def test_f2_clothing_that_is_taken_away() -> None:
    for number, garment in enumerate(texts(CLOTHING)):
        assert rules_of(BARE, "children", negative=garment) == ["F2"], number
    assert rules_of(POLICY, "children", "park", negative="nsfw, nude, lowres, hat, glasses, shoes") == []


def test_f2_grown_up_in_the_negative_is_an_age() -> None:
    for number, word in enumerate(texts(GROWN)):
        assert POLICY.decide(prompt("1girl", negative=word), Rating.EXPLICIT).age_context, number
        assert rules_of(BARE, "1girl", "nude", negative=f"lowres, {word}") == ["F2"], number
    assert not POLICY.decide(
        prompt("1girl", negative="adult content, mature themes"), Rating.EXPLICIT
    ).age_context


def test_f2_over_several_tags_and_fields() -> None:
    assert rules_of(BARE, "15", "years old", "nude") == ["F2"]
    assert rules_of(BARE, "little", "girl", "nude") == ["F2"]
    spread = Typed(("children", "a series", "nude"))
    decision = BARE.decide(prompt("children", "a series", "nude"), Rating.EXPLICIT, None, spread)
    assert decision.floor is not None and decision.floor.rule == "F2"


def test_a_child_word_in_the_negative_is_no_age() -> None:
    for word in texts(AGE):
        assert not BARE.decide(prompt("1girl", negative=word), Rating.EXPLICIT).age_context


@pytest.mark.parametrize("line", INNOCENT)
def test_the_innocent_pass(line: str) -> None:
    for policy in (POLICY, BARE):
        decision = policy.decide(prompt(*line.split(", ")), Rating.GENERAL, Rating.GENERAL, Typed((line,)))
        assert decision.reasons == ()


@pytest.mark.parametrize("line", NO_AGE)
def test_numbers_and_names_that_are_no_ages(line: str) -> None:
    assert not BARE.decide(prompt(*line.split(", ")), Rating.GENERAL).age_context
    for tag in line.split(", "):
        assert not BARE.decide(prompt("1girl", tag, "smile"), Rating.EXPLICIT).age_context, tag


@pytest.mark.parametrize("sexual", ["nude", "lingerie", "bikini"])
def test_f4_real_people_and_anything_above_general(sexual: str) -> None:
    assert len(PEOPLE) > 500
    for number, name in enumerate(PEOPLE):
        assert "F4" in rules_of(POLICY, name, sexual), number
        assert rules_of(POLICY, name, "smile", ceiling=Rating.GENERAL) == [], number


@pytest.mark.parametrize(
    "name",
    ["testa standin", "Standin Testa", "testa_standin", "TESTASTANDIN", "t e s t a s t a n d i n",
     "Tеsta Standin", "t3st4 st4nd1n", "portrait of testa standin, smiling", "見本花子", "見本 花子"],
)  # fmt: skip
def test_f4_the_owners_names_count_too(name: str) -> None:
    assert rules_of(POLICY, *name.split(", "), "nude") == ["F4"]
    assert rules_of(POLICY, *name.split(", ")) == []
    assert "F4" not in rules_of(BARE, *name.split(", "), "nude")


@pytest.mark.parametrize("names", [("",), (" ", ","), ("!",)])
def test_f4_an_empty_name_is_nobody(names: tuple[str, ...]) -> None:
    assert rules_of(Policy(DICTIONARY, real_people=names), "1girl", "nude") == []


def test_a_refusal_names_the_rule_and_nothing_else() -> None:
    for rule in ("F1", "F5", "F6"):
        for term in alone(rule):
            decision = POLICY.decide(prompt(term, "nude"), Rating.GENERAL)
            assert {reason.rule for reason in decision.reasons} <= set(FLOOR)
            sentence = explain(decision)
            assert f"rule {decision.reasons[0].rule}" in sentence
            assert len(term) < 4 or term not in sentence


def test_the_floor_has_no_switch() -> None:
    assert list(inspect.signature(Floor).parameters) == ["real_people"]
    assert list(inspect.signature(Policy).parameters) == ["dictionary", "rules", "real_people"]
    assert not [name for name in PolicyTable.model_fields if "floor" in name]
    assert PERSON.rule in FLOOR


def test_no_characters_of_the_dictionary_are_ages_or_real_people() -> None:
    for entry in DICTIONARY.entries:
        if entry.category in ("character", "series", "subject", "quality", "year"):
            decision = BARE.decide(prompt(entry.name), Rating.EXPLICIT)
            assert decision.allowed and not decision.age_context, entry.name
            assert "F4" not in rules_of(BARE, entry.name, "nude"), entry.name
