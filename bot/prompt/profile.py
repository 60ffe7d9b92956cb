"""Which words a model of the family was taught: one frozen profile per named model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from bot.core.errors import ConfigError, InvalidRequest
from bot.core.rating import Rating
from bot.prompt import vocabulary
from bot.prompt.styles import PRESETS, STANDARD


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The words of one model; empty where its card names none. ``negative`` is a canonical string.

    Each is only equal to itself, so that what was worked out for it can be remembered.

    ``extra`` holds words that stand with the quality words without being one that a person can choose.
    """

    name: str
    quality: tuple[str, ...]
    extra: tuple[str, ...]
    prefix: tuple[str, ...]
    negative: str
    ratings: Mapping[Rating, tuple[str, ...]]
    years: tuple[str, ...]

    @property
    def qualities(self) -> tuple[str, ...]:
        """What a request's quality may be: a word, a preset of several, or none."""
        return (*self.quality, *((STANDARD, *PRESETS) if self.quality else ()), "none")

    def quality_words(self, choice: str | None) -> tuple[str, ...]:
        """Return the words for a request's quality: the prefix for None, nothing for ``"none"``.

        Raises InvalidRequest, naming the choices, for any other word that this model was not taught.
        """
        if choice is None:
            return self.prefix
        word = " ".join(choice.lower().replace("_", " ").split())
        if word in self.quality:
            return (word,)
        if word == "none":
            return ()
        if not self.quality:
            raise InvalidRequest("{name} knows no quality words; leave the quality out.", name=self.name)
        raise InvalidRequest(
            "{choice!r} is no quality of {name}; use {listed}.",
            choice=choice,
            name=self.name,
            listed=_listed(self.qualities),
        )

    def year_words(self, choice: str | None) -> tuple[str, ...]:
        """Return the year word, if one was chosen; raises InvalidRequest, naming the choices."""
        if choice is None:
            return ()
        word = choice.lower().strip()
        if word in self.years:
            return (word,)
        if not self.years:
            raise InvalidRequest("{name} knows no year words; leave the year out.", name=self.name)
        raise InvalidRequest(
            "{choice!r} is no year of {name}; use {listed}.",
            choice=choice,
            name=self.name,
            listed=_listed(self.years),
        )

    def guard(self, shown: Rating) -> tuple[str, ...]:
        """Return the words of every rating above ``shown``, each once, in order."""
        words = [word for rating in Rating if rating > shown for word in self.ratings[rating]]
        return tuple(dict.fromkeys(words))


def _listed(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _animagine_3(name: str) -> Profile:
    return Profile(
        name=name,
        quality=vocabulary.QUALITY,
        extra=(),
        prefix=vocabulary.PREFIX,
        negative=vocabulary.NEGATIVE,
        ratings=vocabulary.RATINGS,
        years=vocabulary.YEARS,
    )


def _plain(name: str) -> Profile:
    return Profile(
        name=name, quality=(), extra=(), prefix=(), negative="", ratings=vocabulary.RATINGS_PLAIN, years=()
    )


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        _animagine_3("animagine-xl-3.0"),
        _animagine_3("chibi"),
        Profile(
            name="animagine-xl-3.1",
            quality=vocabulary.QUALITY_31,
            extra=(*vocabulary.AESTHETIC_31, "absurdres"),
            prefix=vocabulary.PREFIX_31,
            negative=vocabulary.NEGATIVE_31,
            ratings=vocabulary.RATINGS_31,
            years=vocabulary.YEARS_31,
        ),
        _plain("animagine-xl-2.0"),
        _plain("sdxl-base"),
        _plain("plain"),
    )
}
"""``plain`` serves any other SDXL checkpoint; ``chibi`` follows 3.0's rules."""


def profile(name: str) -> Profile:
    """Return the profile of that name; raises ConfigError, naming those there are."""
    if name not in PROFILES:
        raise ConfigError(f"{name!r} is not a prompt profile; use {_listed(tuple(PROFILES))}.")
    return PROFILES[name]
