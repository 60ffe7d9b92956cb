"""The A1111 prompt grammar: tags with weights, read and written; the same reading feeds the encoder.

``(tag:1.2)`` weighs 1.2, ``(tag)`` 1.1, ``[tag]`` 1/1.1, and they multiply when nested; a backslash makes
a bracket a letter; brackets that end a tag's name (``saber (fate)``) or have no partner are letters too.
Commas, line ends and BREAK part tags. Nothing recurses, and the time is linear in the text.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator

from bot.prompt.brackets import ESCAPABLE, Group, check_weight, find_groups

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
    pieces: list[tuple[str, float]] = []
    for run, weight in _runs(text, _nothing_known):
        if pieces and (pieces[-1][1] == weight or not run.strip()):
            pieces[-1] = (pieces[-1][0] + run, pieces[-1][1])
        else:
            pieces.append((run, weight))
    return pieces


def parse(text: str, known: Callable[[str], bool] = _nothing_known) -> list[Tag]:
    """Return the tags in typed order; ``known`` tells the names of tags that have brackets of their own.

    Raises InvalidRequest for weights outside 0 to 2.
    """
    tags: list[Tag] = []
    pieces: list[tuple[str, float]] = []
    for run, weight in _runs(text, known):
        first, *others = _PARTING.split(run)
        pieces.append((first, weight))
        for part in others:
            tags += _tag(pieces)
            pieces = [(part, weight)]
    return tags + _tag(pieces)


def _tag(pieces: list[tuple[str, float]]) -> list[Tag]:
    text = " ".join("".join(piece for piece, _ in pieces).split(" ")).strip()
    weights = {weight for piece, weight in pieces if piece.strip()}
    if not text:
        return []
    return [Tag(text, max(weights, key=lambda weight: abs(weight - 1.0)), mixed=len(weights) > 1)]


def _runs(text: str, known: Callable[[str], bool]) -> Iterator[tuple[str, float]]:
    """Yield stretches of one weight, escapes undone; raises InvalidRequest for a weight outside 0 to 2."""
    groups = find_groups(text, known)
    if not groups and "\\" not in text:
        yield text, 1.0
        return
    inside: list[tuple[Group, float]] = []
    weight = 1.0
    run: list[str] = []
    position = 0
    while position < len(text):
        group = groups.get(position)
        closing = inside and position == inside[-1][0].end
        if group is None and not closing:
            position += text[position] == "\\" and text[position + 1 : position + 2] in tuple(ESCAPABLE)
            run.append(text[position])
            position += 1
            continue
        yield from _checked(run, weight)
        run = []
        if group is not None:
            inside.append((group, weight))
            weight *= group.factor
            position += 1
        else:
            group, weight = inside.pop()
            position = group.after
    yield from _checked(run, weight)


def _checked(run: list[str], weight: float) -> Iterator[tuple[str, float]]:
    text = "".join(run)
    if text.strip():
        yield text, check_weight(weight)
    elif text:
        yield text, 1.0


def serialize(tags: Iterable[Tag]) -> str:
    """Return the canonical string: ``parse`` and ``parse_weighted`` read back exactly these tags."""
    return ", ".join(_written(tag) for tag in tags)


def _written(tag: Tag) -> str:
    text = _ESCAPED.sub(r"\\\g<0>", tag.text)
    return text if tag.weight == 1.0 else f"({text}:{tag.weight:.3f}".rstrip("0").rstrip(".") + ")"


def plain(tags: Iterable[Tag]) -> str:
    """Return the tags as people say them: no weights, no escapes."""
    return ", ".join(tag.text for tag in tags)
