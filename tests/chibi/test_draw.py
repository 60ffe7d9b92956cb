"""The drawings: exact sizes, the same picture for the same seed, and a visible change for every word."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from bot.chibi import palette
from bot.chibi.characters import CHARACTERS
from bot.chibi.draw import draw
from bot.chibi.subject import Subject, random_negative_subject, random_subject, subject_from_tags

SIZES = [
    (128, 128),
    (144, 112),
    (112, 144),
    (152, 104),
    (104, 152),
    (168, 96),
    (96, 168),
    (192, 80),
    (80, 192),
]


def plain(**changes: object) -> Subject:
    base = Subject(
        subject="1girl",
        character=None,
        series=None,
        hair_colour="brown hair",
        hair_style="short hair",
        eye_colour="green eyes",
        mouth="closed mouth",
        glasses=False,
        headwear=None,
        cat_ears=False,
        clothes="shirt",
        clothes_colour="white",
        background="grey background",
        framing="upper body",
        extras=(),
        quality="masterpiece",
        year="mid",
        rating="general",
    )
    return replace(base, **changes)


def picture(subject: Subject, seed: int = 3) -> Image.Image:
    return draw(subject, 104, 152, random.Random(seed))


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(sum(ImageStat.Stat(ImageChops.difference(one, other)).sum)) / 255


@pytest.mark.parametrize("size", SIZES)
def test_every_size_is_exact(size: tuple[int, int]) -> None:
    rng = random.Random(size[0])
    for framing in ("", *palette.FRAMINGS):
        image = draw(replace(random_subject(rng), framing=framing), *size, rng)
        assert (image.size, image.mode) == (size, "RGB")


def test_the_same_seed_draws_the_same_pixels_twice() -> None:
    for seed in range(40):
        first, second = random.Random(seed), random.Random(seed)
        make = random_subject if seed % 2 else random_negative_subject
        assert picture(make(first), seed).tobytes() == picture(make(second), seed).tobytes()
        assert first.random() == second.random()


FAMILIES = {
    "subject": ("1girl", "1boy", "no humans"),
    "hair_colour": tuple(palette.HAIR),
    "hair_style": palette.HAIR_STYLES,
    "eye_colour": (*palette.EYES, "closed eyes"),
    "mouth": palette.MOUTHS,
    "glasses": (False, True),
    "headwear": (None, *palette.HATS, *palette.ORNAMENTS),
    "cat_ears": (False, True),
    "clothes": palette.CLOTHES,
    "clothes_colour": tuple(palette.CLOTHES_COLOURS),
    "background": palette.BACKGROUNDS,
    "framing": palette.FRAMINGS,
    "extras": ((), *((word,) for word in palette.EXTRAS), *((word,) for word in palette.DEFECTS)),
    "year": palette.YEARS,
    "rating": palette.RATINGS,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_word_of_a_family_draws_another_picture(family: str) -> None:
    pictures = [picture(plain(**{family: word})) for word in FAMILIES[family]]
    for i, one in enumerate(pictures):
        for other in pictures[:i]:
            assert difference(one, other) > 40


def test_the_framings_zoom_in() -> None:
    skins = []
    for framing in ("full body", "upper body", "portrait"):
        image = picture(plain(framing=framing))
        skins.append(sum(1 for pixel in image.get_flattened_data() if pixel == palette.SKIN))
    assert skins[0] < skins[1] < skins[2]


def test_quality_falls_from_word_to_word() -> None:
    sharp = []
    for quality in ("masterpiece", "low quality", "worst quality"):
        edges = picture(plain(quality=quality)).convert("L").filter(ImageFilter.GaussianBlur(1))
        sharp.append(ImageStat.Stat(edges.filter(ImageFilter.FIND_EDGES)).mean[0])
    assert sharp[0] > sharp[1] > sharp[2]


def test_colours_fade_with_the_years() -> None:
    def saturation(year: str) -> float:
        image = picture(plain(year=year, background="blue background", hair_colour="red hair"))
        return float(ImageStat.Stat(image.convert("HSV")).mean[1])

    found = [saturation(year) for year in palette.YEARS]
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("rating", ["questionable", "explicit"])
@pytest.mark.parametrize("background", palette.BACKGROUNDS)
def test_a_sign_shows_no_person(rating: str, background: str) -> None:
    for seed in range(3):
        girl = plain(rating=rating, background=background, headwear="red hat", glasses=True)
        nobody = plain(subject="no humans", rating=rating, background=background)
        assert picture(girl, seed).tobytes() == picture(nobody, seed).tobytes()


def test_the_sensitive_mark_survives_every_defect() -> None:
    marked = picture(plain(rating="sensitive", quality="worst quality", extras=palette.DEFECTS))
    assert marked.getpixel((13, 142)) == (255, 150, 20)


def test_characters_look_like_themselves() -> None:
    for name, (series, looks) in CHARACTERS.items():
        found = subject_from_tags([name], random.Random(1))
        assert (found.character, found.series) == (name, series)
        for field, value in looks.items():
            assert getattr(found, field) == value


def test_random_subjects_are_spread_over_every_family() -> None:
    rng = random.Random(8)
    subjects = [random_subject(rng) for _ in range(3000)]
    for family, words in FAMILIES.items():
        if family != "extras":
            assert set(words) <= {getattr(subject, family) for subject in subjects}, family
    share = sum(subject.rating in ("questionable", "explicit") for subject in subjects) / len(subjects)
    assert 0.04 < share < 0.1
    assert {word for subject in subjects for word in subject.extras} == {*palette.EXTRAS, *palette.DEFECTS}


def test_subjects_from_tags_show_the_tags() -> None:
    rng = random.Random(5)
    for _ in range(50):
        found = subject_from_tags(
            [
                "1boy",
                "green hair",
                "ponytail",
                "red eyes",
                "frown",
                "glasses",
                "blue hat",
                "pink hoodie",
                "night",
            ],
            rng,
        )
        assert (found.subject, found.hair_colour, found.hair_style) == ("1boy", "green hair", "ponytail")
        assert (found.eye_colour, found.mouth, found.glasses, found.headwear) == (
            "red eyes",
            "frown",
            True,
            "blue hat",
        )
        assert (found.clothes, found.clothes_colour, found.background) == (
            "hoodie",
            "pink",
            "outdoors, night",
        )
        assert (found.rating, found.quality) == ("general", "masterpiece")


def test_subjects_from_special_words() -> None:
    found = subject_from_tags(["worst quality", "oldest", "rating: explicit", "nsfw"], random.Random(2))
    assert (found.quality, found.year, found.rating) == ("worst quality", "oldest", "explicit")
    assert subject_from_tags(["nsfw"], random.Random(2)).rating == "questionable"
    assert subject_from_tags(["school uniform"], random.Random(2)).clothes_colour == ""
    assert subject_from_tags(["cat ears"], random.Random(2)).cat_ears


def test_negative_subjects_are_poor_and_have_several_defects() -> None:
    rng = random.Random(9)
    for _ in range(300):
        found = random_negative_subject(rng)
        assert found.quality in ("normal quality", "low quality", "worst quality")
        assert 3 <= sum(word in palette.DEFECTS for word in found.extras) <= 5
