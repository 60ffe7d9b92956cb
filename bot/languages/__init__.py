"""The catalogues: one PO file for each language beside English, which is that of the source."""

from __future__ import annotations

import contextlib
import functools
import gettext
import importlib.resources
import io
from collections.abc import Iterator

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.core.language import CATALOGUE, ENGLISH

LANGUAGES = ("ja", "zh_CN", "ko", "es", "de", "fr")

_LOCALES = {
    "ja": "ja",
    "zh-CN": "zh_CN",
    "ko": "ko",
    "es-ES": "es",
    "es-419": "es",
    "de": "de",
    "fr": "fr",
}
"""Discord's locales for which there is a catalogue; all others read English."""


def language_of(locale: str) -> str | None:
    """The catalogue's language for one of Discord's locales; None for English."""
    return _LOCALES.get(locale)


@functools.cache
def catalogue(language: str | None) -> gettext.NullTranslations:
    """A language's sentences; English has none."""
    if language is None:
        return ENGLISH
    compiled = io.BytesIO()
    with (importlib.resources.files(__name__) / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def speak(locale: str) -> None:
    """Answer in the language of one of Discord's locales, from here to the end of the task."""
    CATALOGUE.set(catalogue(language_of(locale)))


@contextlib.contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Answer in the language of one of Discord's locales for the length of a ``with``."""
    token = CATALOGUE.set(catalogue(language_of(locale)))
    try:
        yield
    finally:
        CATALOGUE.reset(token)
