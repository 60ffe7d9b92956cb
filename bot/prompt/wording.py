"""From what was typed to what is composed: wildcards drawn, sentences read, a style's words around them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.core.errors import InvalidRequest
from bot.core.prompt import Reading
from bot.core.request import MAX_PROMPT, Request
from bot.prompt.dictionary import Dictionary
from bot.prompt.profile import Profile
from bot.prompt.sentences import foreign, understand
from bot.prompt.styles import PRESETS, STANDARD, STYLES, Style, chosen, spelled
from bot.prompt.wildcards import Wildcards, has_wildcards

NO_READING = Reading()
"""Of a prompt of plain tags."""
_FIELDS = ("prompt", "negative", "subject", "character", "series")


@dataclasses.dataclass(frozen=True, slots=True)
class Worded:
    """A request whose words are final, as they stood after the draw (``drawn``) and in the end."""

    drawn: Request
    final: Request
    profile: Profile
    reading: Reading
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Wording:
    """The owner's wildcards and all styles by name."""

    wildcards: Wildcards = dataclasses.field(default_factory=Wildcards)
    styles: Mapping[str, Style] = dataclasses.field(default_factory=lambda: MappingProxyType(STYLES))

    def of(self, request: Request, seed: int, profile: Profile, dictionary: Dictionary) -> Worded:
        """Return the request's words for the picture of a seed.

        Raises InvalidRequest for wildcards that cannot be drawn, an unknown style, and what grows too long.
        """
        drawn: list[str] = []
        notes: list[str] = []
        texts = request
        if draws(request):
            texts = self._drawn(request, seed, drawn)
        understood, final = understand(texts.prompt, dictionary), texts
        if understood is not None:
            final = dataclasses.replace(
                texts,
                prompt=", ".join(understood.tags),
                negative=", ".join(part for part in (texts.negative, *understood.absent) if part),
            )
        elif note := foreign(texts.prompt, dictionary):
            notes.append(note)
        final, profile = self._styled(final, profile)
        reading = NO_READING
        if understood is not None:
            reading = Reading(understood.tags, understood.absent, understood.unknown)
        if drawn:
            reading = dataclasses.replace(reading, drawn=tuple(drawn))
        return Worded(texts, final, profile, reading, tuple(notes))

    def _drawn(self, request: Request, seed: int, drawn: list[str]) -> Request:
        texts: dict[str, Any] = {
            name: self.wildcards.expand(text, name, seed, drawn)
            for name in _FIELDS
            if (text := getattr(request, name))
        }
        return dataclasses.replace(request, **texts)

    def _styled(self, request: Request, profile: Profile) -> tuple[Request, Profile]:
        preset = spelled(request.quality) if request.quality else None
        if preset == STANDARD and profile.quality:
            request = dataclasses.replace(request, quality=None)
        elif preset in PRESETS and profile.quality:
            profile = with_preset(profile, preset)
            words = dataclasses.replace(PRESETS[preset], negative="")
            request = _with(words, dataclasses.replace(request, quality="none"), preset)
        style = chosen(request.style, self.styles)
        return (request if style is None else _with(style, request, request.style or "")), profile


def draws(request: Request) -> bool:
    """Whether anything in a request is drawn by its seed, so that each picture has words of its own."""
    texts = (request.prompt, request.negative, request.subject, request.character, request.series)
    return any(text and has_wildcards(text) for text in texts)


@functools.lru_cache
def with_preset(profile: Profile, preset: str) -> Profile:
    """A model's words with a preset's negative in place of its card's; each is made once."""
    return dataclasses.replace(profile, negative=PRESETS[preset].negative)


def _with(style: Style, request: Request, name: str) -> Request:
    prompt, negative = style.around(request.prompt), style.without(request.negative)
    try:
        return dataclasses.replace(request, prompt=prompt, negative=negative)
    except InvalidRequest:
        raise InvalidRequest(
            "With the words of {name!r} the prompt is longer than the {most:,} characters that "
            "fit; shorten it, or leave that out.",
            name=name,
            most=MAX_PROMPT,
        ) from None
