"""The card's order: quality, subject, character, series, everything else, year, rating."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from bot.core.errors import InvalidRequest
from bot.core.language import say
from bot.core.rating import Rating
from bot.core.request import Request
from bot.prompt.dictionary import Dictionary
from bot.prompt.grammar import Tag
from bot.prompt.memory import remembered_of
from bot.prompt.normalise import key
from bot.prompt.profile import Profile
from bot.prompt.reader import Word, read, unique


class Slot(enum.IntEnum):
    """Where a tag stands in the positive."""

    QUALITY = 0
    SUBJECT = 1
    CHARACTER = 2
    SERIES = 3
    REST = 4
    YEAR = 5
    RATING = 6


Slots = list[list[Word]]
"""The tags of each slot."""

_BY_CATEGORY = {
    "subject": Slot.SUBJECT,
    "character": Slot.CHARACTER,
    "series": Slot.SERIES,
}
_BY_OPTION = {
    "subject": Slot.SUBJECT,
    "character": Slot.CHARACTER,
    "series": Slot.SERIES,
    "prompt": Slot.REST,
}


def sort_positive(request: Request, profile: Profile, dictionary: Dictionary, notes: list[str]) -> Slots:
    """Return every tag of a request's positive fields in its slot, options before what was typed.

    Raises InvalidRequest as ``read`` does, for fields without a tag, and for a quality or a year that the
    model does not know.
    """
    slots: Slots = [[] for _ in Slot]
    for field in _BY_OPTION:
        if text := getattr(request, field):
            for word in read(text, field, dictionary, notes):
                category = word.entry.category if word.entry else ""
                slots[_slot(word.tag.text, category, field, profile, dictionary)].append(word)
    if not any(slots):
        raise InvalidRequest("The prompt has no tag in it; write some, such as: 1girl, red hair, smile.")
    slots[Slot.QUALITY] = _quality(request.quality, slots[Slot.QUALITY], profile)
    year = profile.year_words(request.year)
    if year:
        left_out = [word.text for word in slots[Slot.YEAR] if word.text not in year]
        notes.extend(
            say("'{text}' gave way to the year that was chosen, '{year}'.", text=text, year=year[0])
            for text in left_out
        )
        slots[Slot.YEAR] = _words(year)
    slots = [unique(words) if len(words) > 1 else words for words in slots]
    slots[Slot.SERIES] = _with_series(slots, dictionary)
    return slots


@remembered_of(16384)
def _slot(text: str, category: str, field: str, profile: Profile, dictionary: Dictionary) -> Slot:
    slot = _BY_OPTION[field]
    if text in profile.quality or text in profile.extra:
        return Slot.QUALITY
    if text in profile.years:
        return Slot.YEAR
    if _is_rating(text, category, profile):
        return Slot.RATING
    if slot is Slot.REST and not category and series_in_brackets(text, dictionary):
        return Slot.CHARACTER
    return _BY_CATEGORY.get(category, slot)


def _is_rating(text: str, category: str, profile: Profile) -> bool:
    return category == "rating" or any(text in words for words in profile.ratings.values())


def series_in_brackets(name: str, dictionary: Dictionary) -> str | None:
    """Return the series that a name's last brackets tell: ``someone (genshin impact)``."""
    before, bracket, inside = name.rpartition("(")
    if not before.strip() or not bracket or not inside.endswith(")"):
        return None
    entry = dictionary.lookup(inside[:-1])
    return entry.name if entry and entry.category == "series" else None


def _quality(choice: str | None, typed: list[Word], profile: Profile) -> list[Word]:
    """Merge the chosen words with the typed ones, best first.

    Without a choice the typed words join the prefix, or replace it when one of them is not of it.
    """
    chosen = profile.quality_words(choice)
    if not typed:
        return _words(chosen)
    if choice is None and any(word.text not in chosen for word in typed):
        chosen = ()
    order = {word: place for place, word in enumerate((*profile.quality, *profile.extra))}
    merged = unique([*typed, *_words(chosen)])
    return sorted(merged, key=lambda word: order.get(word.text, len(order)))


def _with_series(slots: Slots, dictionary: Dictionary) -> list[Word]:
    """Return the series that were given, else those that the characters carry."""
    if slots[Slot.SERIES]:
        return slots[Slot.SERIES]
    carried = []
    for word in slots[Slot.CHARACTER]:
        series = word.entry.series if word.entry else series_in_brackets(word.text, dictionary)
        if series is not None:
            carried.append(Word(Tag(series), dictionary.lookup(series)))
    return unique(carried)


def _words(texts: Iterable[str]) -> list[Word]:
    return [Word(Tag(text), None) for text in texts]


def settle_rating(
    request: Request, slots: Slots, ceiling: Rating, notes: list[str]
) -> tuple[Rating, list[Word]]:
    """Return the rating to write, and the typed rating words that this place cannot grant.

    The highest rating asked for counts, by option or typed; when none was, that of the highest tag does.
    What lies above the ceiling is never written: the typed words stay tags, for policy to name.
    """
    typed = slots[Slot.RATING]
    asked = [word.rating for word in typed if word.rating <= ceiling]
    if request.rating is not None:
        asked.append(min(request.rating, ceiling))
    if asked:
        rating = max(asked)
        if min(asked) < rating:
            notes.append(say("Several ratings were asked for; the highest counts: {word}.", word=rating.word))
    else:
        ratings = [word.entry.rating for words in slots for word in words if word.entry is not None]
        rating = min(max(ratings, default=Rating.GENERAL), ceiling)
        if rating > Rating.GENERAL:
            notes.append(say("No rating was chosen; the tags make it {word}.", word=rating.word))
    if any(word.tag.weight != 1.0 for word in typed):
        notes.append(say("Weights on rating words do not count."))
    return rating, [word for word in typed if word.rating > ceiling]


def negative_words(
    words: Iterable[Word], fixed: Iterable[str], rating: Rating, profile: Profile, notes: list[str]
) -> list[Word]:
    """Return a person's negative tags without those that are there anyway and those that undo the rating."""
    present = {key(text) for text in fixed}
    kept = []
    for word in words:
        category = word.entry.category if word.entry else ""
        if _is_rating(word.text, category, profile) and word.rating <= rating:
            notes.append(
                say(
                    "'{text}' was left out of the negative: the picture's rating asks for it.", text=word.text
                )
            )
        elif key(word.text) not in present:
            kept.append(word)
        elif word.tag.weight != 1.0:
            notes.append(say("'{text}' stands in the negative already, at its own weight.", text=word.text))
    return kept
