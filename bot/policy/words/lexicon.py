"""Rated words, found in a tag as they are and behind disguises. Built once; a search is linear in the tag."""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from bot.core.rating import Rating
from bot.policy.words.disguise import folded
from bot.policy.words.ideographs import Ideographs, is_ideographic
from bot.policy.words.letters import decode
from bot.policy.words.shapes import Shapes
from bot.prompt.memory import remembered

LONGEST = 6
"""Words of the longest phrase that is looked for inside a tag."""
_SHORT = 3
"""Letters of a piece that may be one of a word spelled over several tags: ``n, s, f, w``."""

_GLUED = (
    "art", "beach", "body", "boy", "boys", "cute", "girl", "girls", "hot", "lady", "model", "photo", "pic",
    "smile", "smiling", "solo", "wet", "woman", "women",
)  # fmt: skip
"""Words to which short rated ones are glued: ``bikinigirl``. With more of them, or shorter rated words than
those below, they meet by chance."""
_GLUED_LETTERS = range(4, 7)
_GLUED_TOO = ("sex",)

_APART = re.compile(r"[\W_]+")
_SPACES = re.compile(r"[\s_:'\-]+")


@dataclasses.dataclass(frozen=True, slots=True)
class Rated:
    """A rated word or phrase as people write it; ``inside`` as in the dictionary's entries."""

    name: str
    rating: Rating
    inside: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Hit:
    """A term that was found: as a whole tag (``tag``), as written inside one (``word``) or ``disguise``."""

    rule: str
    term: Rated


class Lexicon:
    """Terms and the harmless phrases that shield the words inside them."""

    def __init__(self, terms: Iterable[Rated], shields: Iterable[str] = ()) -> None:
        self._whole: dict[str, Rated] = {}
        self._inside: dict[str, Rated | None] = {}
        terms, shields = tuple(terms), tuple(shields)
        for shield in shields:
            self._inside[" ".join(words(shield))] = None
        harmless = [folded(shield)[0].split() for shield in shields if shield.strip() and folded(shield)]
        # "Baby doll" is harmless, and "babydoll" is not.
        rated = {" ".join(words(term.name)) for term in terms}
        joined = {phrase for parts in harmless for phrase in _joinings(parts)} - rated
        self._harmless = frozenset(joined | {" ".join(parts) for parts in harmless})
        self._known = frozenset(word for parts in harmless for word in parts)
        self._shapes = Shapes()
        self._glued: dict[str, Rated] = {}
        self._signs: list[tuple[re.Pattern[str], Rated]] = []
        ideographic = []
        for term in terms:
            phrase = words(term.name)
            if not any(char.isalpha() for char in term.name):
                # Its digits alone say nothing (18+), and a face has no letters to disguise.
                if term.inside:
                    self._signs.append((re.compile(rf"(?<!\d){re.escape(term.name)}(?!\d)"), term))
                continue
            self._keep_highest(self._whole, "".join(phrase), term)
            if is_ideographic(term.name):
                ideographic.append(term)
                continue
            if spelled := folded(term.name):
                self._shapes.add("".join(spelled[0].split()), term)
            if term.inside:
                self._keep_highest(self._inside, " ".join(phrase), term)
                self._glued.update(_compounds(term))
        self._ideographs = Ideographs(ideographic, shields)
        self.find = remembered(32768)(self._find)
        """Every hit in one tag, each term once, the plain ones first."""

    @staticmethod
    def _keep_highest(table: dict[str, Rated] | dict[str, Rated | None], phrase: str, term: Rated) -> None:
        present = table.get(phrase)
        if phrase and (present is None or present.rating < term.rating):
            table[phrase] = term

    def across(self, tags: Sequence[str]) -> Iterator[Hit]:
        """Yield the words that are spelled over several short tags: ``n, s, f, w``."""
        run: list[str] = []
        for tag in (*tags, "." * (_SHORT + 1)):
            if len(tag) <= _SHORT:
                run.append(tag)
                continue
            if len(run) > 1:
                yield from (Hit("disguise", hit.term) for hit in self.find(" ".join(run)))
            run.clear()
        yield from (Hit("disguise", term) for term in self._shapes.across(tags))

    def _find(self, tag: str) -> tuple[Hit, ...]:
        hits = self._plain(tag)
        decoded = decode(tag)
        if decoded != tag:
            hits += [Hit("disguise", hit.term) for hit in self._plain(decoded)]
        hits += self._disguised(decoded)
        first: dict[Rated, Hit] = {}
        for hit in hits:
            first.setdefault(hit.term, hit)
        return _widest(list(first.values()))

    def _plain(self, tag: str) -> list[Hit]:
        parts = words(tag)
        plain = f" {' '.join(_SPACES.split(_folded(tag)))} "
        hits = []
        whole = self._whole.get("".join(parts))
        if whole is not None:
            hits.append(Hit("tag" if f" {' '.join(words(whole.name))} " == plain else "disguise", whole))
        for term in self._written(parts):
            hits.append(Hit("word" if f" {' '.join(words(term.name))} " in plain else "disguise", term))
        if not tag.isascii():
            hits += [Hit(rule, term) for rule, term in self._ideographs.find(tag)]
        for sign, term in self._signs:
            if sign.search(tag):
                hits.append(Hit("tag" if tag.strip() == term.name else "word", term))
        return hits

    def _disguised(self, tag: str) -> Iterator[Hit]:
        parts = words(tag)
        written = frozenset((*parts, *_pairs(parts)))
        for number, reading in enumerate(folded(tag)):
            tokens = reading.split()
            for token in tokens:
                if token in self._glued:
                    yield Hit("disguise", self._glued[token])
            found = [
                (first, last, term)
                for term, first, last in self._shapes.find(
                    tokens, written, mild=number == 0, known=self._known
                )
                if not self._shielded(tokens, first, last)
            ]
            for first, last, term in found:
                wider = any(a <= first and last <= b and b - a > last - first for a, b, _ in found)
                if not wider:
                    yield Hit("disguise", term)

    def _written(self, parts: list[str]) -> Iterator[Rated]:
        """The longest phrase counts at each place, so that a harmless one hides its words."""
        place = 0
        while place < len(parts):
            for length in range(min(LONGEST, len(parts) - place), 0, -1):
                phrase = " ".join(parts[place : place + length])
                if phrase in self._inside:
                    term = self._inside[phrase]
                    if term is not None:
                        yield term
                    place += length
                    break
            else:
                place += 1

    def _shielded(self, tokens: list[str], first: int, last: int) -> bool:
        """Whether the words ``first`` to ``last`` (exclusive) stand inside a harmless phrase."""
        for start in range(max(0, last - LONGEST), first + 1):
            for end in range(last, min(len(tokens), start + LONGEST) + 1):
                if " ".join(tokens[start:end]) in self._harmless:
                    return True
        return False


def _joinings(parts: Sequence[str]) -> Iterator[str]:
    """A phrase, with two of its words in one, and in one word: a hyphen may stand for each of the spaces."""
    yield " ".join(parts)
    for place in range(len(parts) - 1):
        yield " ".join((*parts[:place], parts[place] + parts[place + 1], *parts[place + 2 :]))
    yield "".join(parts)


def _pairs(tokens: Sequence[str]) -> Iterator[str]:
    """Neighbours in one word, as after a hyphen; pieces shorter than that are splinters."""
    for first, second in itertools.pairwise(tokens):
        if min(len(first), len(second)) >= _SHORT:
            yield first + second


def _compounds(term: Rated) -> Iterator[tuple[str, Rated]]:
    """A short term glued to a common word, before and behind it."""
    name = term.name
    if name.isascii() and name.isalpha() and (len(name) in _GLUED_LETTERS or name in _GLUED_TOO):
        for word in _GLUED:
            yield name + word, term
            yield word + name, term


def _widest(hits: list[Hit]) -> tuple[Hit, ...]:
    """Return the hits but those whose letters another holds that is rated as high: ``bra`` in ``no bra``."""
    if len(hits) < 2:
        return tuple(hits)
    letters = ["".join(words(hit.term.name)) for hit in hits]
    return tuple(
        hit
        for hit, own in zip(hits, letters, strict=True)
        if not any(
            own in other and own != other and wide.term.rating >= hit.term.rating
            for wide, other in zip(hits, letters, strict=True)
        )
    )


def words(text: str) -> list[str]:
    """Return the words of a text in one spelling: NFKC, case folded, whatever is not a letter parts them."""
    return [word for word in _APART.split(_folded(text)) if word]


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in text if unicodedata.category(char) != "Cf")
