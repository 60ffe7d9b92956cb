"""Wildcards: ``{a|b}`` and ``__name__`` become one of their options, drawn by a picture's seed.

The grammar is that of Dynamic Prompts where people use it most: options may hold others, ``{3::a|b}`` makes
one likelier, ``{2$$a|b|c}`` and ``{1-2$$a|b|c}`` draw several, ``\\{``, ``\\|`` and ``\\}`` are letters.
``__name__`` stands for a line of the owner's file ``name.txt``; ``__hair/colour__`` for one in a folder.
"""

from __future__ import annotations

import dataclasses
import difflib
import itertools
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from bot.core.errors import ConfigError, InvalidRequest
from bot.core.language import later, say
from bot.core.request import MAX_PROMPT
from bot.prompt.reader import shown

MAX_OPTIONS = 100_000
"""Lines that one file may have."""
MAX_DRAWS = 1000
"""Options that are drawn for one text, so that files which name each other do not go on for ever."""
MAX_DEPTH = 20
"""Braces inside each other."""
MAX_CHAIN = 100
"""Files that lead on to others, one after the other."""

_MARKS = re.compile(r"\\[{}|]|[{}|]|(?<!\w)__([^\W_](?:[\w /-]*?[^\W_])?)__(?!\w)")
_WEIGHT = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,3})?)::")
_SEVERAL = re.compile(r"\s*([0-9]{1,3})(?:-([0-9]{1,3}))?\$\$")
_LISTED = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """``__name__``: a line of a file."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """``{a|b}``: the options with the sums of their weights so far, and how many of them are drawn."""

    options: tuple[Parts, ...]
    weights: tuple[float, ...]
    least: int = 1
    most: int = 1


Parts: TypeAlias = "tuple[str | Named | Choice, ...]"


def has_wildcards(text: str) -> bool:
    """Whether there is anything to draw in a text; quick, since nearly none has."""
    return "{" in text or "}" in text or "__" in text


class Wildcards:
    """The owner's files, read once. ``files`` are their lines by name.

    Raises ConfigError, naming the line that cannot be used.
    """

    def __init__(self, files: Mapping[str, Iterable[str]] = MappingProxyType({})) -> None:
        self._files = {name: _file(name, lines) for name, lines in files.items()}
        self._check_names()
        self._check_loops()

    @classmethod
    def load(cls, folder: Path) -> Wildcards:
        """Read every ``.txt`` file below a folder; none when there is no such folder.

        One option a line; empty lines and those that begin with ``#`` do not count. Raises ConfigError for
        a file that cannot be read or used.
        """
        files: dict[str, list[str]] = {}
        for path in sorted(folder.rglob("*.txt")):
            try:
                lines = path.read_text("utf-8-sig").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"The wildcard file {path} cannot be read as UTF-8: {error}.") from None
            files[_name(path.relative_to(folder).with_suffix("").as_posix())] = lines
        return cls(files)

    @property
    def names(self) -> tuple[str, ...]:
        """What may stand between the underscores, in order."""
        return tuple(sorted(self._files))

    def expand(self, text: str, field: str, seed: int, drawn: list[str]) -> str:
        """Return a field's text with every wildcard drawn; the same seed draws the same.

        ``drawn`` gains the options that were taken. Raises InvalidRequest for a brace without its partner,
        a name that there is no file of, and for a text that grows past what a field may hold.
        """
        if not has_wildcards(text):
            return text
        parts = _parse(text, say("The {field}", field=field))
        for name in _names(parts):
            self.options(name)
        # A field's draw is its own: words in the negative change nothing in the prompt.
        return _Draw(self, random.Random(f"{seed} {field}"), field, drawn).text(parts)

    def options(self, name: str) -> Choice:
        """The lines of a file; raises InvalidRequest, naming those that are near."""
        found = self._files.get(_name(name))
        if found is None:
            raise InvalidRequest(self._unknown(name))
        return found

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(_name(name), self.names, _LISTED, 0.5) or self.names[:_LISTED]
        if not near:
            return say(
                "There is no wildcard __{name}__ here; whoever runs this bot has set up none, but "
                "{{red|blue}} works.",
                name=name,
            )
        others = ", ".join(f"__{each}__" for each in near)
        return say("There is no wildcard __{name}__ here; there is {others}.", name=name, others=others)

    def _check_names(self) -> None:
        for file, choice in self._files.items():
            for name in _names((choice,)):
                if _name(name) not in self._files:
                    raise ConfigError(f"The wildcard file {file}.txt names another: {self._unknown(name)}")

    def _check_loops(self) -> None:
        """Every chain of files must come to an end, whatever is drawn."""
        ended: set[str] = set()
        for start in self._files:
            chain = [(start, self._named_by(start))]
            while chain:
                name, following = chain[-1]
                upper = [each for each, _ in chain]
                step = next((each for each in following if each not in ended), None)
                if step is None:
                    ended.add(name)
                    chain.pop()
                elif step in upper:
                    loop = " names ".join(f"__{each}__" for each in [*upper[upper.index(step) :], step])
                    raise ConfigError(f"A wildcard file leads back to itself: {loop}; take one of them out.")
                else:
                    chain.append((step, self._named_by(step)))

    def _named_by(self, file: str) -> Iterator[str]:
        return iter(dict.fromkeys(map(_name, _names((self._files[file],)))))


class _Draw:
    """One text's draw, with what is left of its bounds."""

    def __init__(self, files: Wildcards, rng: random.Random, field: str, drawn: list[str]) -> None:
        self._files = files
        self._rng = rng
        self._field = field
        self._drawn = drawn
        self._left = MAX_DRAWS

    def text(self, parts: Parts, depth: int = 0) -> str:
        pieces = []
        for part in parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            self._left -= 1
            if self._left < 0 or depth > MAX_CHAIN:
                raise self._too_much()
            pieces.append(
                self._one(self._files.options(part.name) if isinstance(part, Named) else part, depth)
            )
        text = "".join(pieces)
        if len(text) > MAX_PROMPT:
            raise self._too_much()
        return text

    def _too_much(self) -> InvalidRequest:
        return InvalidRequest(
            "The wildcards of the {field} draw more than the {most:,} characters that fit; use "
            "fewer or shorter ones.",
            field=self._field,
            most=MAX_PROMPT,
        )

    def _one(self, choice: Choice, depth: int) -> str:
        texts = []
        for place in self._places(choice):
            texts.append(self.text(choice.options[place], depth + 1).strip())
            if depth == 0 and texts[-1]:
                self._drawn.append(texts[-1])
        return ", ".join(texts)

    def _places(self, choice: Choice) -> list[int]:
        """Which of the options, each at most once."""
        every = range(len(choice.options))
        if choice.most == 1 == choice.least:
            return self._rng.choices(every, cum_weights=choice.weights)
        weights = [now - before for before, now in itertools.pairwise((0.0, *choice.weights))]
        places = []
        for _ in range(self._rng.randint(choice.least, choice.most)):
            places += self._rng.choices(every, weights)
            weights[places[-1]] = 0.0
        return places


def _name(text: str) -> str:
    return text.strip().lower()


def _names(parts: Parts) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Named):
            yield part.name
        elif isinstance(part, Choice):
            for option in part.options:
                yield from _names(option)


def _file(name: str, lines: Iterable[str]) -> Choice:
    options: list[Parts] = []
    weights: list[float] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if len(options) == MAX_OPTIONS:
            raise ConfigError(f"The wildcard file {name}.txt has more than {MAX_OPTIONS:,} lines; split it.")
        try:
            parts = _parse(line.strip(), f"Line {number} of the wildcard file {name}.txt")
            weight, option = _weighed(parts)
        except InvalidRequest as error:
            raise ConfigError(str(error)) from None
        options.append(option)
        weights.append(weight)
    if not any(weights):
        raise ConfigError(f"The wildcard file {name}.txt has no option; write one on each line.")
    return Choice(tuple(options), tuple(itertools.accumulate(weights)))


def _weighed(parts: Parts) -> tuple[float, Parts]:
    """An option without the weight before it, which is 1 where there is none."""
    first = parts[0] if parts else ""
    if not isinstance(first, str) or not (weight := _WEIGHT.match(first)):
        return 1.0, parts
    return float(weight[1]), (first[weight.end() :], *parts[1:])


def _parse(text: str, where: str) -> Parts:
    """Read a text; raises InvalidRequest, beginning with ``where``, for a brace without its partner."""
    stack: list[list[list[str | Named | Choice]]] = [[[]]]
    start = 0
    for mark in _MARKS.finditer(text):
        stack[-1][-1].append(text[start : mark.start()])
        start = mark.end()
        match mark[0]:
            case "{":
                stack.append([[]])
                if len(stack) > MAX_DEPTH:
                    raise InvalidRequest(
                        "{where} has more than {max_depth} braces inside each other.",
                        where=where,
                        max_depth=MAX_DEPTH,
                    )
            case "}" if len(stack) == 1:
                raise InvalidRequest(
                    "{where} has a }} without its {{; {remedy}.", where=where, remedy=say(_REMEDY)
                )
            case "}":
                options = stack.pop()
                stack[-1][-1].append(_choice([_joined(option) for option in options], where))
            case "|" if len(stack) > 1:
                stack[-1].append([])
            case "\\{" | "\\}" | "\\|":
                stack[-1][-1].append(mark[0][1])
            case "|":
                stack[-1][-1].append("|")
            case _:
                stack[-1][-1].append(Named(mark[1]))
    if len(stack) > 1:
        raise InvalidRequest("{where} has a {{ without its }}; {remedy}.", where=where, remedy=say(_REMEDY))
    stack[0][0].append(text[start:])
    return _joined(stack[0][0])


def _joined(parts: list[str | Named | Choice]) -> Parts:
    """Neighbouring texts as one."""
    joined: list[str | Named | Choice] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)


def _choice(options: list[Parts], where: str) -> Choice:
    least = most = 1
    first = options[0][0] if options[0] else ""
    if isinstance(first, str) and (several := _SEVERAL.match(first)):
        options[0] = (first[several.end() :], *options[0][1:])
        least = int(several[1])
        most = int(several[2] or least)
        if not 0 <= least <= most <= len(options):
            raise InvalidRequest(
                "{where} draws {several} of {options} options; write for example {{2$$red|blue|green}}.",
                where=where,
                several=shown(several[0].strip(" $")),
                options=len(options),
            )
    weighed = [_weighed(option) for option in options]
    if sum(weight > 0 for weight, _ in weighed) < max(most, 1):
        raise InvalidRequest("{where} has too few options that weigh more than 0.", where=where)
    return Choice(
        tuple(option for _, option in weighed),
        tuple(itertools.accumulate(weight for weight, _ in weighed)),
        least,
        most,
    )


_REMEDY = later("{red|blue} draws one of several, and (smile:1.2) asks for more of a tag")
