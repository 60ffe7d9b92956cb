"""Plain sentences become tags: "a girl with long red hair" -> 1girl, long hair, red hair.

Nothing is guessed: a word that the dictionary does not know in any form is named, and what may be tags
already is left exactly as it was typed.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from bot.core.language import say
from bot.core.rating import Rating
from bot.prompt.dictionary import Dictionary, Entry
from bot.prompt.english import (
    COPULAS,
    ENDS_NEGATION,
    IRREGULAR,
    JOINTS,
    MAY_BEGIN,
    MODIFIERS,
    NEGATIONS,
    NOUNS,
    OWNERS,
    SILENT,
    SPEAKING,
    STRESSES,
    forms,
    split_words,
)
from bot.prompt.normalise import key

MOST_WORDS = 120
"""A text of more is left as typed: it is no sentence, and every word is looked up several times."""
_LONGEST = 5
"""Words of a tag that is looked for."""
_FAR = 4
"""Words between an adjective and its noun, at most."""
_LEAST_WORDS = 4
_PART = re.compile(r"[,\n;]+|[.!?]+(?=\s|$)")
_SYNTAX = re.compile(r"[()\[\]{}<>_\\|@#*~`:=+/^]|\bBREAK\b")
_COUNTED = re.compile(r"(?:[0-9]\+?(?:girl|boy|other)s?|solo|no humans)", re.IGNORECASE)
_PART_ANYWHERE = re.compile("[,\n;.!?\u3001\u3002\uff0c\uff01\uff1f\\s]+")
_EASTERN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_SAID = 6
"""Letters of such a script without a break from which they may be a sentence."""
_CATEGORIES = ("general", "subject", "character", "series")
_COMMON = 100
"""Posts from which an imported tag of one word counts as an English word."""


@dataclasses.dataclass(frozen=True, slots=True)
class Understood:
    """A sentence's tags in its order, those that it says are not there, and the words that mean nothing."""

    tags: tuple[str, ...]
    absent: tuple[str, ...]
    unknown: tuple[str, ...]


def understand(text: str, dictionary: Dictionary) -> Understood | None:
    """Read a prompt that is written in sentences; None for one that is left as typed.

    That is one with weights, brackets or underscores, one that counts its people as tags do (1girl), one in
    which tags are the more part, one of which not most of the words are understood, and one that names
    anything above general, which policy judges as it was typed.
    """
    if not _speaks(text) or not text.isascii() or _SYNTAX.search(text):
        return None
    parts = [part.strip() for part in _PART.split(text) if part.strip()]
    if len(text.split()) > MOST_WORDS or any(_COUNTED.fullmatch(part) for part in parts):
        return None
    spoken = [_is_spoken(part, dictionary) for part in parts]
    words = [len(part.split()) for part in parts]
    if 2 * sum(count for count, yes in zip(words, spoken, strict=True) if yes) <= sum(words):
        return None
    reading = _Reading(dictionary)
    for part in parts:
        reading.read(part)
    if reading.rated or not reading.tags or len(reading.unknown) >= reading.meant:
        return None
    absent = dict.fromkeys(tag for tag in reading.absent if tag not in reading.tags)
    return Understood(
        tuple(dict.fromkeys(reading.tags)), tuple(absent), tuple(dict.fromkeys(reading.unknown))
    )


def foreign(text: str, dictionary: Dictionary) -> str | None:
    """A sentence for the asker about one in Japanese, Chinese or Korean; None where there is none."""
    if text.isascii():
        return None
    strange = [part.strip() for part in _PART_ANYWHERE.split(text) if len(_EASTERN.findall(part)) >= _SAID]
    if all(dictionary.lookup(part) is not None for part in strange):
        return None
    return say(
        "Sentences are understood in English alone, so this one was left as it is; tags with "
        "commas between them work, such as 1girl, red hair, smile, and names like 初音ミク."
    )


def _speaks(text: str) -> bool:
    """Whether there is a small word; asked of every prompt."""
    return not SPEAKING.isdisjoint(text.lower().split())


def _is_spoken(part: str, dictionary: Dictionary) -> bool:
    """Whether a part is said as people talk: it has a small word, and it is no tag."""
    return len(part.split()) >= _LEAST_WORDS and _speaks(part) and dictionary.lookup(part) is None


class _Reading:
    """What was understood so far; ``meant`` counts the words of it; ``rated`` when any lies above general."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self.tags: list[str] = []
        self.absent: list[str] = []
        self.unknown: list[str] = []
        self.meant = 0
        self.rated = False

    def read(self, part: str) -> None:
        """Read what stands between two commas or full stops."""
        if (whole := self._tag((part.lower(),))) is not None:
            self._take(whole, 1, negated=False)
            return
        words = split_words(part)
        place, negated, noun = 0, False, ""
        while place < len(words):
            word = words[place]
            found = self._phrase(words, place) or self._described(words, place, noun)
            if found is not None:
                tag, length = found
                self._take(tag, length, negated=negated)
            else:
                length = 1
                negated = word in NEGATIONS or (negated and word not in ENDS_NEGATION)
                if word not in SILENT and word not in NEGATIONS:
                    self.unknown.append(word)
            last = words[place + length - 1]
            noun = last if last not in SILENT - NOUNS and last not in MODIFIERS else noun
            place += length

    def _take(self, tag: str, words: int, *, negated: bool) -> None:
        (self.absent if negated else self.tags).append(tag)
        self.meant += words

    def _phrase(self, words: list[str], place: int) -> tuple[str, int] | None:
        """The longest tag of several words that begins here, and how many words it takes."""
        if words[place] in SILENT and words[place] not in MAY_BEGIN:
            return None
        for length in range(min(_LONGEST, len(words) - place), 1, -1):
            span = words[place : place + length]
            tag = self._tag(tuple(span))
            # "looking back" is a tag; "sitting on" only is short for one that says on whom.
            if tag is not None and (span[-1] not in SILENT - NOUNS or tag == " ".join(span)):
                return tag, length
        return None

    def _described(self, words: list[str], place: int, noun: str) -> tuple[str, int] | None:
        """The tag of an adjective with a noun that stands apart from it, else that of the word alone."""
        word = words[place]
        stressed = self._apart(words, place, 2, noun) if word in STRESSES else None
        if stressed is not None:
            return stressed, 2
        if word in SILENT or word in NEGATIONS:
            return None
        tag = self._apart(words, place, 1, noun) or self._invented(words, place) or self._alone(word)
        return None if tag is None else (tag, 1)

    def _apart(self, words: list[str], place: int, length: int, noun: str) -> str | None:
        """The tag of an adjective and a noun with others between them: long red hair; her hair is long."""
        adjective = words[place : place + length]
        for head in self._heads(words, place + length):
            if (tag := self._tag((*adjective, words[head]))) is not None:
                return tag
        said = noun and any(word in COPULAS for word in words[max(place - 3, 0) : place])
        return self._tag((*adjective, noun)) if said else None

    def _invented(self, words: list[str], place: int) -> str | None:
        """A colour or the like with the tag that it describes, when nobody has tagged the two together."""
        head = next(self._heads(words, place + 1), None)
        if words[place] not in MODIFIERS or head is None:
            return None
        noun, length = self._phrase(words, head) or (self._alone(words[head]), 1)
        if noun is None or self._is_person(noun) or words[head + length - 1].endswith("ing"):
            return None
        return f"{words[place]} {noun}"

    def _heads(self, words: list[str], place: int) -> Iterator[int]:
        """Where the nouns are that an adjective may belong to, the nearest first."""
        for head in range(place, min(place + _FAR, len(words))):
            word = words[head]
            if word in JOINTS or word in MODIFIERS:
                continue
            if (word in SILENT and word not in NOUNS) or word in NEGATIONS:
                return
            yield head

    def _is_person(self, word: str) -> bool:
        entry = self._dictionary.lookup(word)
        return entry is not None and entry.category == "subject"

    def _alone(self, word: str) -> str | None:
        """A word's own tag. Of adjectives only those have one that say which: blonde."""
        if len(word) < 3 or (word in MODIFIERS and word not in IRREGULAR):
            return None
        return self._tag((word,))

    def _tag(self, words: tuple[str, ...]) -> str | None:
        """The tag that these words name, with their last one in any of its forms."""
        for spelling in _spellings(words):
            entry = self._dictionary.lookup(spelling)
            if entry is not None and self._may_mean(entry, spelling, len(words)):
                self.rated = self.rated or entry.rating > Rating.GENERAL
                return entry.name
        return None

    def _may_mean(self, entry: Entry, spelling: str, words: int) -> bool:
        if entry.category not in _CATEGORIES:
            return False
        if words > 1 or " " in spelling:
            return True
        if entry.category == "series":
            return False
        if entry.category == "character":
            return len(spelling) > 3 and not self._is_plain_word(spelling)
        return entry.trusted or entry.count >= _COMMON

    def _is_plain_word(self, word: str) -> bool:
        """Whether a name is a word of common tags too, such as marine."""
        found = self._dictionary.complete(word, category="general", limit=1)
        return bool(found) and word in key(found[0].name).split()


def _spellings(words: tuple[str, ...]) -> Iterator[str]:
    if any(word in OWNERS for word in words):
        yield " ".join("own" if word in OWNERS else word for word in words)
        words = tuple(word for word in words if word not in OWNERS)
    *first, last = words
    for form in forms(last):
        yield " ".join((*first, form))
    if first:
        for form in forms(first[0])[1:]:
            yield " ".join((form, *first[1:], last))
