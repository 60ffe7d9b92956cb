"""The floor's word lists: data files, read once."""

from __future__ import annotations

import csv
import dataclasses
import functools
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Self

from bot.policy.floor.plain import plain
from bot.policy.floor.search import Mark, Term

ALONE = "alone"
"""The part of a term that is refused by itself."""
PERSON = Mark("F4", "person")


def floor_terms() -> tuple[Term, ...]:
    """The terms of the rules F1, F2, F5 and F6, in every listed language."""
    return tuple(
        Term(
            plain(row["term"]),
            Mark(row["rule"], row["part"]),
            harmless=row["harmless"] == "yes",
            loose=row["part"] == ALONE and row["harmless"] != "yes",
        )
        for row in _rows("floor.csv")
    )


def people_terms(more: Iterable[str]) -> tuple[Term, ...]:
    """The names of real people: those that come with the program, and the owner's ``more``.

    A name of two words is also found with its words the other way round.
    """
    spellings = [name for row in _rows("people.csv") for name in row["names"].split("|")]
    names = {plain(text).strip() for text in (*spellings, *more) if any(map(str.isalnum, text))}
    turned = {" ".join(reversed(pair)) for name in names if len(pair := name.split()) == 2}
    return tuple(Term(name, PERSON) for name in sorted(names | turned))


_AROUND = ("after", "months", "before", "below", "short", "grade", "ago")


class Sequences:
    """Short sequences of tokens; a token of a script without spaces may go on after the last of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        self._beginnings: list[str] = []
        for text in texts:
            parts = tuple(text.split())
            self._by_first.setdefault(parts[0], []).append(parts)
            if len(parts) == 1 and not text.isascii() and text > "\u3000":
                self._beginnings.append(text)

    def match(self, tokens: Sequence[str], place: int) -> int:
        """The place after the longest sequence that begins here, over a comma if need be; 0 for none."""
        if place < len(tokens) and tokens[place] == ",":
            place += 1
        if place >= len(tokens):
            return 0
        ends = [
            place + len(parts)
            for parts in self._by_first.get(tokens[place], ())
            if tuple(tokens[place : place + len(parts)]) == parts
        ]
        if not ends and any(tokens[place].startswith(each) for each in self._beginnings):
            return place + 1
        return max(ends, default=0)


@dataclasses.dataclass(frozen=True, slots=True)
class AgeWords:
    """The words around a number that make it an age; ``alone`` are ages by themselves.

    An age may begin with the ``first`` words, and others follow those ``between``.
    """

    first: frozenset[str]
    between: frozenset[str]
    numbers: dict[tuple[str, ...], int]
    tens: frozenset[str]
    alone: frozenset[str]
    endings: tuple[str, ...]
    after: Sequences
    months: Sequences
    before: Sequences
    below: Sequences
    short: Sequences
    grade: Sequences
    ago: Sequences

    @classmethod
    @functools.cache
    def load(cls) -> Self:
        """Read them from the data file."""
        rows = _rows("ages.csv")
        of: dict[str, list[str]] = {}
        for row in rows:
            of.setdefault(row["part"], []).append(plain(row["term"]))
        numbers = {
            tuple(plain(row["term"]).split()): int(row["value"])
            for row in rows
            if row["part"] in ("number", "ordinal")
        }
        first = {*(words[0] for words in numbers), *of["alone"], "grade"}
        first.update(term.split()[0] for part in ("before", "below") for term in of[part])
        return cls(
            frozenset(first),
            frozenset(word for part in _AROUND for term in of[part] for word in term.split()[:-1]),
            numbers,
            frozenset(of["tens"]),
            frozenset(of["alone"]),
            tuple(plain(row["term"]) for row in rows if row["part"] == "after" and row["language"] == "ko"),
            *(
                Sequences(of[part])
                for part in ("after", "months", "before", "below", "short", "grade", "ago")
            ),
        )

    def opens(self, token: str) -> bool:
        """Whether an age may begin with this token as a word of its own; fast, and rarely so."""
        return token[:1].isdigit() or token in self.first

    def begins(self, token: str) -> bool:
        """Whether an age may begin with this token or lie in it."""
        return token in self.first or token[0].isdigit() or not token.isascii()

    def glued(self, token: str) -> bool:
        """Whether a token is a number word and what makes it an age in one."""
        return any(
            token.endswith(ending) and self.numbers.get((token.removesuffix(ending),), 18) < 18
            for ending in self.endings
        )


def _rows(name: str) -> list[dict[str, str]]:
    file = resources.files("bot.policy") / "data" / name
    return list(csv.DictReader(file.read_text("utf-8").splitlines()))
