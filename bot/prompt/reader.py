"""Typed text to tags: cleaned, parsed, spelled in one way, aliases resolved, each tag once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from bot.core.language import say
from bot.core.rating import Rating
from bot.prompt.dictionary import Dictionary, Entry
from bot.prompt.grammar import Tag, parse
from bot.prompt.memory import remembered_of
from bot.prompt.normalise import clean, key, spell, strip_markup

_BRACKETS = frozenset("()[]")


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """A tag with what the dictionary knows of it."""

    tag: Tag
    entry: Entry | None

    @property
    def text(self) -> str:
        return self.tag.text

    @property
    def rating(self) -> Rating:
        return self.entry.rating if self.entry else Rating.GENERAL


def read(text: str, field: str, dictionary: Dictionary, notes: list[str]) -> list[Word]:
    """Return the tags of one field in typed order; ``notes`` gains a sentence for whatever was changed.

    Raises InvalidRequest for control characters and for weights outside 0 to 2.
    """
    if not text:
        return []
    typed = parse(clean(text, field, notes), lambda name: dictionary.lookup(name) is not None)
    words = []
    for tag in typed:
        word, told = _resolved(tag.text, dictionary)
        if told:
            notes.extend(told)
        if word is not None:
            words.append(word if tag.weight == 1.0 and not tag.mixed else _weighted(word, tag, notes))
    return unique(words)


def unique(words: Iterable[Word]) -> list[Word]:
    """Return each tag once: where it first stood, with the highest of its weights."""
    words = list(words)
    if len(words) < 2:
        return words
    kept: dict[str, Word] = {}
    for word in words:
        name = key(word.tag.text)
        first = kept.get(name)
        if first is None:
            kept[name] = word
        elif word.tag.weight > first.tag.weight:
            kept[name] = Word(Tag(first.text, word.tag.weight), first.entry)
    return list(kept.values())


def _weighted(word: Word, tag: Tag, notes: list[str]) -> Word:
    if tag.mixed:
        notes.append(
            say(
                "The weight {weight:g} on a part of {text} counts for the whole tag.",
                weight=tag.weight,
                text=shown(word.text),
            )
        )
    return Word(Tag(word.text, tag.weight), word.entry)


@remembered_of(16384)  # most tags are common ones
def _resolved(tag: str, dictionary: Dictionary) -> tuple[Word | None, tuple[str, ...]]:
    """Return a typed tag in its one spelling, None for no tag, and sentences about what was changed."""
    typed = spell(tag)
    # Some names have a ~ of their own.
    text, removed = (typed, ()) if dictionary.lookup(typed) is not None else strip_markup(typed)
    spelled = spell(text)
    paired = _without_loose_brackets(spelled)
    text = spell(paired)
    if not text:
        return None, (say("{tag} is not a tag and was left out.", tag=shown(tag)),)
    notes = []
    if removed:
        pieces = " ".join(map(shown, removed))
        notes.append(
            say("{tag}: {pieces} is no part of a tag and was left out.", tag=shown(tag), pieces=pieces)
        )
    if paired != spelled:
        notes.append(say("{tag}: a bracket without a partner was left out.", tag=shown(tag)))
    entry = dictionary.lookup(text)
    if entry is not None and _renames(entry) and entry.name != text:
        if key(entry.name) != key(text):
            notes.append(say("{text} was read as {name}.", text=shown(text), name=shown(entry.name)))
        text = entry.name
    return Word(Tag(text), entry), tuple(notes)


def _renames(entry: Entry) -> bool:
    """Whether an alias gives way to the tag's name.

    Not above general, so that a refusal names what was typed, nor for rating words, which are written anew.
    """
    return entry.rating is Rating.GENERAL and entry.category != "rating"


def shown(text: str) -> str:
    """Return a person's text in quotes, short enough for a sentence."""
    return f"'{text if len(text) <= 60 else text[:59] + '…'}'"


def _without_loose_brackets(text: str) -> str:
    """Take away round and square brackets that have no partner, save in a smiley, which has no letters.

    Somebody who forgot to close a bracket meant the tag, not the bracket.
    """
    if not any(character.isalnum() for character in text):
        return text if text.strip("()[] ") else ""
    if not _BRACKETS & set(text):
        return text
    opened: dict[str, list[int]] = {"(": [], "[": []}
    loose = set()
    for place, character in enumerate(text):
        if character in opened:
            opened[character].append(place)
        elif character in ")]":
            partners = opened["(" if character == ")" else "["]
            if partners:
                partners.pop()
            else:
                loose.add(place)
    loose.update(place for places in opened.values() for place in places)
    return "".join(character for place, character in enumerate(text) if place not in loose)
