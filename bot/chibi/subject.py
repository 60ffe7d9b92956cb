"""What a drawing shows: the subject, drawn at random or made from tags."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.chibi import palette
from bot.chibi.characters import CHARACTERS as CHARACTERS
from bot.chibi.characters import Looks


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything that a drawing shows; a field is None, "" or empty where nothing is named.

    The words are those of `bot.chibi.palette`. A picture rated questionable or explicit shows a
    forbidden sign on the background and nothing else, whatever the other fields say.
    """

    subject: str
    character: str | None
    series: str | None
    hair_colour: str
    hair_style: str
    eye_colour: str
    mouth: str
    glasses: bool
    headwear: str | None
    cat_ears: bool
    clothes: str
    clothes_colour: str
    background: str
    framing: str
    extras: tuple[str, ...]
    quality: str
    year: str
    rating: str


_QUALITY_WEIGHTS = (26, 20, 12, 12, 12, 9, 9)
_DEFECT_QUALITIES = ("low quality", "worst quality")


def _pick_extras(rng: random.Random) -> tuple[str, ...]:
    extras = [word for word, p in (("blush", 0.25), ("sparkle", 0.12), ("heart", 0.08)) if rng.random() < p]
    if rng.random() < 0.22:
        extras.append(rng.choice(palette.HANDS))
    return tuple(extras)


def _defects(quality: str, rng: random.Random) -> tuple[str, ...]:
    if quality not in _DEFECT_QUALITIES:
        return ()
    count = rng.choice((1, 1, 2)) if quality == "low quality" else rng.choice((1, 2, 2, 3))
    return tuple(rng.sample(palette.DEFECTS, count))


def _person(rng: random.Random) -> Looks:
    boy = rng.random() < 0.38
    styles: Sequence[str] = palette.HAIR_STYLES
    weights = (10, 34, 3, 8, 37, 8) if boy else (22, 14, 20, 20, 6, 18)
    clothes = rng.choices(palette.CLOTHES, (14, 26, 2, 44, 14) if boy else (18, 18, 26, 22, 16))[0]
    roll = rng.random()
    headwear = None
    if roll < 0.20:
        headwear = rng.choice(palette.HATS)
    elif roll < (0.27 if boy else 0.42):
        headwear = rng.choice(("crown", "witch hat") if boy else palette.ORNAMENTS)
    hatted = headwear is not None and headwear.endswith(("hat", "crown"))
    return {
        "subject": "1boy" if boy else "1girl",
        "hair_colour": rng.choice(tuple(palette.HAIR)),
        "hair_style": rng.choices(styles, weights)[0],
        "eye_colour": "closed eyes" if rng.random() < 0.06 else rng.choice(tuple(palette.EYES)),
        "glasses": rng.random() < 0.25,
        "headwear": headwear,
        "cat_ears": not hatted and rng.random() < 0.2,
        "clothes": clothes,
        "clothes_colour": "" if clothes == "school uniform" else rng.choice(tuple(palette.CLOTHES_COLOURS)),
    }


def _background(rng: random.Random) -> str:
    return (
        rng.choice(tuple(palette.SIMPLE_BACKGROUNDS))
        if rng.random() < 0.4
        else rng.choice(tuple(palette.SCENES))
    )


def random_subject(rng: random.Random) -> Subject:
    """Return a subject whose every family of tags is evenly spread, with natural combinations."""
    quality = rng.choices(palette.QUALITIES, _QUALITY_WEIGHTS)[0]
    rating = rng.choices(palette.RATINGS, (85, 8, 3.5, 3.5))[0]
    character, series = None, None
    looks = _person(rng)
    if rng.random() < 0.16:
        character = rng.choice(tuple(CHARACTERS))
        series, looks = CHARACTERS[character]
    scenery = character is None and rng.random() < 0.08
    return Subject(
        subject="no humans" if scenery else looks["subject"],
        character=character,
        series=series,
        hair_colour=looks["hair_colour"],
        hair_style=looks["hair_style"],
        eye_colour=looks["eye_colour"],
        mouth=rng.choice(palette.MOUTHS),
        glasses=looks["glasses"],
        headwear=looks["headwear"],
        cat_ears=looks["cat_ears"],
        clothes=looks["clothes"],
        clothes_colour=looks["clothes_colour"],
        background=rng.choice(tuple(palette.SCENES)) if scenery else _background(rng),
        framing=rng.choices(("", *palette.FRAMINGS), (40, 20, 20, 20))[0],
        extras=(() if scenery else _pick_extras(rng)) + _defects(quality, rng),
        quality=quality,
        year=rng.choice(palette.YEARS),
        rating=rating,
    )


def random_negative_subject(rng: random.Random) -> Subject:
    """Return a subject for a picture that is captioned with the card's negative list: a poor one."""
    found = random_subject(rng)
    rating = rng.choices(palette.RATINGS, (75, 10, 7.5, 7.5))[0]
    quality = rng.choices(("worst quality", "low quality", "normal quality"), (50, 30, 20))[0]
    shown = tuple(word for word in found.extras if word not in palette.DEFECTS)
    flaws = tuple(rng.sample(palette.DEFECTS, rng.randint(3, 5)))
    return replace(found, rating=rating, quality=quality, extras=shown + flaws)


_SCENE_OF_WORD = {
    "day": "outdoors, day",
    "sky": "outdoors, day",
    "cloud": "outdoors, day",
    "night": "outdoors, night",
    "moon": "outdoors, night",
    "sunset": "outdoors, sunset",
    "window": "indoors",
    "ocean": "beach",
    **{scene: scene for scene in palette.SCENES},
    **{colour: colour for colour in palette.SIMPLE_BACKGROUNDS},
}


def subject_from_tags(tags: Iterable[str], rng: random.Random) -> Subject:
    """Return a random, clean, general subject that shows these tags; unknown tags are passed over."""
    words = [tag.strip().lower() for tag in tags]
    base = random_subject(rng)
    plain = tuple(word for word in base.extras if word not in palette.DEFECTS)
    found = replace(
        base,
        quality="masterpiece",
        rating="general",
        extras=plain,
        year=rng.choice(("newest", "late", "mid")),
        character=None,
        series=None,
    )
    for name, (series, looks) in CHARACTERS.items():
        if name in words:
            found = replace(found, character=name, series=series, **looks)
    if found.subject == "no humans" and "no humans" not in words:
        found = replace(found, subject=rng.choice(("1girl", "1boy")))
    if "outdoors" in words and not any(word in _SCENE_OF_WORD for word in words):
        words.append(rng.choice([scene for scene, shows in palette.SCENES.items() if "outdoors" in shows]))
    for word in words:
        found = _with_tag(found, word, rng)
    return found


def _with_tag(found: Subject, word: str, rng: random.Random) -> Subject:
    colour, _, thing = word.partition(" ")
    if word in ("1girl", "1boy", "no humans"):
        return replace(found, subject=word)
    if word in palette.HAIR:
        return replace(found, hair_colour=word)
    if word in palette.HAIR_STYLES:
        return replace(found, hair_style=word)
    if word in palette.EYES or word == "closed eyes":
        return replace(found, eye_colour=word)
    if word in palette.MOUTHS:
        return replace(found, mouth=word)
    if word in ("glasses", "cat ears"):
        return (
            replace(found, glasses=True)
            if word == "glasses"
            else replace(found, cat_ears=True, headwear=None)
        )
    if word in (*palette.HATS, *palette.ORNAMENTS, "hat"):
        hat = rng.choice(palette.HATS) if word == "hat" else word
        return replace(found, headwear=hat, cat_ears=False)
    if word in palette.CLOTHES:
        return _dressed(found, word, found.clothes_colour, rng)
    if thing in palette.CLOTHES and colour in palette.CLOTHES_COLOURS:
        return _dressed(found, thing, colour, rng)
    if word in _SCENE_OF_WORD:
        return replace(found, background=_SCENE_OF_WORD[word])
    if word in palette.FRAMINGS:
        return replace(found, framing=word)
    if word in (*palette.EXTRAS, *palette.DEFECTS):
        others = tuple(
            e for e in found.extras if e != word and not (e in palette.HANDS and word in palette.HANDS)
        )
        return replace(found, extras=(*others, word))
    return _with_special(found, word)


def _dressed(found: Subject, clothes: str, colour: str, rng: random.Random) -> Subject:
    if clothes == "school uniform":
        return replace(found, clothes=clothes, clothes_colour="")
    return replace(
        found, clothes=clothes, clothes_colour=colour or rng.choice(tuple(palette.CLOTHES_COLOURS))
    )


def _with_special(found: Subject, word: str) -> Subject:
    if word in palette.QUALITIES:
        return replace(found, quality=word)
    if word in palette.YEARS:
        return replace(found, year=word)
    rating = "questionable" if word == "nsfw" else word.removeprefix("rating:").strip()
    if rating in palette.RATINGS and (found.rating == "general" or word != "nsfw"):
        return replace(found, rating=rating)
    return found
