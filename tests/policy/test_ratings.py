"""Where the dictionary draws its lines, and that a harmless phrase shields nothing but itself."""

from __future__ import annotations

import csv
from importlib import resources

import pytest

from bot.core.rating import Rating
from tests.policy.judge import DICTIONARY, judge

DATA = resources.files("bot.prompt") / "data"

GENERAL = """
swimsuit
one-piece swimsuit
competition swimsuit
leotard
bodysuit
midriff
navel
bare shoulders
bare legs
barefoot
thighhighs
pantyhose
shirtless
off shoulder
collarbone
kiss
bed
blush
sweat
wet hair
see-through sleeves
swimsuit under clothes
breast pocket
breastplate
chicken breast
tan
nightgown
bathing
towel
apron
maid
rabbit girl
succubus
yuri
hug
lying on bed
drinking glass
blood
""".strip().splitlines()

ABOVE = {
    Rating.SENSITIVE: (
        "cleavage|bikini|bikini armor|lingerie|panties|sports bra|breasts|large breasts|sideboob|thong|"
        "school swimsuit|garter straps|see-through shirt|skirt lift|upskirt|topless male|sexy|french kiss"
    ),
    Rating.QUESTIONABLE: (
        "nsfw|nude|topless|bottomless|nipples|naked apron|undressing|no panties|underwear only|condom|"
        "wardrobe malfunction|erotic|lewd|bondage"
    ),
    Rating.EXPLICIT: "sex|hentai|porn|uncensored|r-18|masturbation|orgasm|genitals|penis|oral sex|sex toy",
}


def neighbours() -> list[str]:
    """The phrases that hold a rated word and are harmless all the same."""
    rows = csv.DictReader((DATA / "neighbours.csv").read_text("utf-8").splitlines())
    return [row["name"] for row in rows]


@pytest.mark.parametrize("tag", GENERAL)
def test_what_a_general_place_shows(tag: str) -> None:
    assert judge(f"1girl, {tag}").reasons == ()


@pytest.mark.parametrize(
    ("tag", "rating"), [(tag, rating) for rating, tags in ABOVE.items() for tag in tags.split("|")]
)
def test_a_tag_passes_from_its_rating_on(tag: str, rating: Rating) -> None:
    passing = [ceiling for ceiling in Rating if judge(f"1girl, {tag}", ceiling=ceiling).allowed]
    assert passing == [ceiling for ceiling in Rating if ceiling >= rating]


def test_every_neighbour_passes_and_shields_only_itself() -> None:
    refused = [phrase for phrase in neighbours() if not judge(phrase).allowed]
    assert refused == []
    shielding = [
        text
        for phrase in neighbours()
        for text in (f"{phrase}, lingerie", f"{phrase} lingerie", f"lingerie {phrase}", f"nude {phrase}")
        if judge(text).allowed
    ]
    assert shielding == []


def test_no_neighbour_is_a_rated_tag() -> None:
    assert [phrase for phrase in neighbours() if DICTIONARY.lookup(phrase).rating > Rating.GENERAL] == []  # type: ignore[union-attr]
