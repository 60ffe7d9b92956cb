"""Captions of the drawings: tags in the model card's order, shuffled and dropped as training wants them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bot.chibi import palette
from bot.chibi.subject import Subject

CARD_NEGATIVE: tuple[str, ...] = (
    "nsfw",
    "lowres",
    "bad anatomy",
    "bad hands",
    "text",
    "error",
    "missing fingers",
    "extra digit",
    "fewer digits",
    "cropped",
    "worst quality",
    "low quality",
    "normal quality",
    "jpeg artifacts",
    "signature",
    "watermark",
    "username",
    "blurry",
    "artist name",
)
"""The negative prompt that the Animagine XL 3.0 model card recommends, verbatim and in its order."""

GUARD = ("rating: sensitive", "rating: questionable", "rating: explicit")
"""What stands after the user's own negative tags where only general pictures may be shown."""

JUNK = (
    "highres",
    "absurdres",
    "detailed",
    "cute",
    "anime",
    "chibi",
    "official art",
    "colorful",
    "beautiful",
    "simple",
    "cowboy shot",
    "standing",
    "bangs",
    "long sleeves",
    "best",
    "8k",
    "sitting",
    "friends",
)
"""Words that nothing in a drawing answers to, so that a stranger's words do no harm."""


@dataclass(frozen=True, slots=True)
class CaptionParts:
    """A caption's words: `head` (subject, character, series) keeps its place, `rest` has any order."""

    head: list[str]
    rest: list[str]


def groups(subject: Subject) -> CaptionParts:
    """Return every tag that the subject's picture shows, without quality, year and rating."""
    head = [word for word in (subject.subject, subject.character, subject.series) if word]
    scene = list(palette.SCENES.get(subject.background, (subject.background,)))
    shown = [word for word in subject.extras if word not in palette.DEFECTS]
    if subject.subject == "no humans":
        return CaptionParts(head, ["scenery", *scene, *shown])
    rest = [
        "solo",
        subject.hair_colour,
        subject.hair_style,
        subject.eye_colour,
        subject.mouth,
        "looking at viewer",
    ]
    if subject.eye_colour == "closed eyes":
        rest.remove("looking at viewer")
    rest += ["glasses"] if subject.glasses else []
    rest += ["cat ears"] if subject.cat_ears else []
    if subject.headwear:
        rest += ["hat", subject.headwear] if subject.headwear.endswith("hat") else [subject.headwear]
    named = f"{subject.clothes_colour} {subject.clothes}".strip()
    rest += [named, *([subject.framing] if subject.framing else []), *scene, *shown]
    return CaptionParts(head, rest)


def caption(subject: Subject, rng: random.Random, *, drop: float = 0.12) -> str:
    """Return one caption of the subject, as a person or the bot would write it.

    `drop` is the share of the tags left out. 15 % of captions are cut to four tags at most and
    20 % are shuffled whole; the rating words of a sign or a mark are never left out.
    """
    parts = groups(subject)
    head = [word for word in parts.head if rng.random() >= (0.04 if word == parts.head[0] else drop / 2)]
    faded = 0.55 if subject.character in head else drop
    fixed = _fixed_words(subject)
    rest = [word for word in parts.rest if rng.random() >= (faded if word in fixed else drop)]
    rng.shuffle(rest)
    if rng.random() < 0.15:
        rest = rest[: rng.randint(0, 3)]
    else:
        rest += [word for word in subject.extras if word in palette.DEFECTS and rng.random() < 0.5]
        rest += rng.sample(JUNK, rng.randint(1, 2)) if rng.random() < 0.1 else []
        rng.shuffle(rest)
    words = [*_quality_words(subject, rng), *head, *rest, *_late_words(subject, rng)]
    if rng.random() < 0.2:
        rng.shuffle(words)
    return ", ".join(words) or subject.subject


def _fixed_words(subject: Subject) -> set[str]:
    """The tags that a character's name already says, which its captions may well leave out."""
    if subject.character is None:
        return set()
    kept = {subject.mouth, subject.framing, subject.background, *subject.extras}
    kept.update(palette.SCENES.get(subject.background, ()))
    return {word for word in groups(subject).rest if word not in kept}


def _quality_words(subject: Subject, rng: random.Random) -> list[str]:
    if rng.random() < 0.22:
        return []
    if subject.quality in ("masterpiece", "best quality") and rng.random() < 0.7:
        return ["masterpiece", "best quality"]
    if subject.quality in ("worst quality", "low quality") and rng.random() < 0.3:
        return ["worst quality", "low quality"]
    return [subject.quality]


def _late_words(subject: Subject, rng: random.Random) -> list[str]:
    year = [subject.year] if rng.random() < 0.55 else []
    if subject.rating == "general":
        return year + (["rating: general"] if rng.random() < 0.5 else [])
    rating = f"rating: {subject.rating}"
    if subject.rating == "sensitive":
        return [*year, rating]
    return year + rng.choices(([rating, "nsfw"], [rating], ["nsfw"]), (60, 25, 15))[0]


def negative_caption(subject: Subject, rng: random.Random) -> str:
    """Return a caption like the bot's negative prompt: the card's list, the subject's tags, the guard.

    80 % hold the whole list, 20 % a long run of it; then up to four tags that the picture shows,
    then mostly the guard.
    """
    words = list(CARD_NEGATIVE)
    if rng.random() >= 0.8:
        length = rng.randint(6, len(words) - 1)
        start = rng.randint(0, len(words) - length)
        words = words[start : start + length]
    own = [word for word in groups(subject).rest if word not in ("solo", "looking at viewer")]
    count = rng.choices((0, 1, 2, 3, 4), (44, 22, 16, 11, 7))[0]
    words += rng.sample(own, min(count, len(own)))
    words += rng.choices((GUARD, GUARD[:1], ()), (65, 15, 20))[0]
    return ", ".join(words)
