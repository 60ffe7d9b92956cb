"""The A1111 prompt grammar: tags with weights, read and written; the same reading feeds the encoder.

``(tag:1.2)`` weighs 1.2, ``(tag)`` 1.1, ``[tag]`` 1/1.1, and they multiply when nested; a backslash makes
a bracket a letter; brackets that end a tag's name (``saber (fate)``) or have no partner are letters too.
Commas, line ends and BREAK part tags. Nothing recurses, and the time is linear in the text.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator

from bot.prompt.brackets import BRACKETS, Group, check_weight, find_groups
from bot.prompt.memory import remembered

_PARTING = re.compile(r"[,\n]|\bBREAK\b")
_ESCAPED = re.compile(r"[\\()\[\]]")


@dataclasses.dataclass(frozen=True, slots=True)
class Tag:
    """One tag and its weight, 0 to 2 in thousandths.

    ``mixed`` tells that only a part of the tag was weighted: the weight furthest from 1 then counts for
    the whole of it.
    """

    text: str
    weight: float = 1.0
    mixed: bool = dataclasses.field(default=False, compare=False)


def _nothing_known(name: str) -> bool:
    return False


def parse_weighted(text: str) -> list[tuple[str, float]]:
    """Return the text as the encoder reads it: pieces with their weights, in order, brackets resolved.

    The pieces keep commas and spaces, and neighbours differ in weight; joined they are the plain text.
    Each piece is tokenized by itself. Raises InvalidRequest for weights outside 0 to 2.
    """
    if text and not _ESCAPED.search(text):
        return [(text, 1.0)]
    pieces: list[tuple[str, float]] = []
    for run, weight in _final_runs(text):
        if pieces and (pieces[-1][1] == weight or not run.strip()):
            pieces[-1] = (pieces[-1][0] + run, pieces[-1][1])
        else:
            pieces.append((run, weight))
    return pieces


def parse(text: str, known: Callable[[str], bool] = _nothing_known) -> list[Tag]:
    """Return the tags in typed order; ``known`` tells the names of tags that have brackets of their own.

    Raises InvalidRequest for weights outside 0 to 2.
    """
    if not _ESCAPED.search(text):
        return [_unweighted(tag) for part in _parted(text) if (tag := part.strip())]
    tags: list[Tag] = []
    pieces: list[tuple[str, float]] = []
    for run, weight in _final_runs(text) if known is _nothing_known else _runs(text, known):
        first, *others = _parted(run)
        pieces.append((first, weight))
        for part in others:
            tags += _tag(pieces)
            pieces = [(part, weight)]
    return tags + _tag(pieces)


def texts(final: str) -> tuple[str, ...]:
    """Return the texts of a canonical string's tags, without their weights."""
    runs = [final] if not _ESCAPED.search(final) else [run for run, _ in _final_runs(final)]
    whole = "".join(runs)
    if "BREAK" in whole:  # two runs may only together spell it
        return tuple(tag.text for tag in parse(final))
    return tuple(tag for part in _parted(whole) if (tag := part.strip()))


@remembered(16384)
def _unweighted(text: str) -> Tag:
    """Most tags are common ones, and weigh 1."""
    return Tag(text)


def _parted(text: str) -> list[str]:
    return _PARTING.split(text) if "\n" in text or "BREAK" in text else text.split(",")


def _tag(pieces: list[tuple[str, float]]) -> list[Tag]:
    if len(pieces) == 1:
        text, weight = pieces[0][0].strip(), pieces[0][1]
        if not text:
            return []
        return [_unweighted(text) if weight == 1.0 else Tag(text, weight)]
    text = "".join(piece for piece, _ in pieces).strip()
    if not text:
        return []
    weights = {weight for piece, weight in pieces if piece.strip()}
    return [Tag(text, max(weights, key=lambda weight: abs(weight - 1.0)), mixed=len(weights) > 1)]


def _runs(text: str, known: Callable[[str], bool]) -> Iterator[tuple[str, float]]:
    """Yield stretches of one weight, escapes undone; raises InvalidRequest for a weight outside 0 to 2."""
    groups = find_groups(text, known)
    inside: list[tuple[Group, float]] = []
    weight = 1.0
    run: list[str] = []
    start = 0
    for mark in BRACKETS.finditer(text):
        position = mark.start()
        if len(mark[0]) == 2:
            run.append(text[start:position])
            start = position + 1
        elif position in groups:
            yield from _checked([*run, text[start:position]], weight)
            inside.append((groups[position], weight))
            weight *= groups[position].factor
            run, start = [], position + 1
        elif inside and inside[-1][0].after == position + 1:
            group, outer = inside.pop()
            yield from _checked([*run, text[start : group.end]], weight)
            weight, run, start = outer, [], position + 1
    yield from _checked([*run, text[start:]], weight)


@remembered(64)
def _final_runs(text: str) -> tuple[tuple[str, float], ...]:
    """What the encoder reads, which is also counted and judged."""
    return tuple(_runs(text, _nothing_known))


def _checked(run: list[str], weight: float) -> Iterator[tuple[str, float]]:
    text = "".join(run)
    if text.strip():
        yield text, check_weight(weight)
    elif text:
        yield text, 1.0


def serialize(tags: Iterable[Tag]) -> str:
    """Return the canonical string: ``parse`` and ``parse_weighted`` read back exactly these tags."""
    return ", ".join([_written(tag) for tag in tags])


def _written(tag: Tag) -> str:
    text = _escaped(tag.text)
    if tag.weight == 1.0:
        return text
    weight = f"{tag.weight:.3f}".rstrip("0").rstrip(".")
    # After a number a whole one would be read as an aspect or a time.
    return f"({text}:{weight}{'.0' if text[-1:].isdigit() and weight.isdigit() else ''})"


@remembered(16384)
def _escaped(text: str) -> str:
    return _ESCAPED.sub(r"\\\g<0>", text)


def plain(tags: Iterable[Tag]) -> str:
    """Return the tags as people say them: no weights, no escapes."""
    return ", ".join(tag.text for tag in tags)
