"""Every catalogue says all that the source says, with the same values, and nothing too long for Discord."""

from __future__ import annotations

import asyncio
import functools
import string
from typing import Any

import pytest
from babel.messages.catalog import Message

from bot.core.language import count, say
from bot.languages import LANGUAGES, catalogue, language_of, speaking
from bot.ui.translator import NAMES
from tests.languages import collect

DESCRIPTION, NAME = 100, 32

Key = tuple[Any, str | None]


def forms(message: Message) -> list[str]:
    """What is said, in each form of a message."""
    return list(message.string) if isinstance(message.id, tuple) else [str(message.string)]


def english(message: Message) -> list[str]:
    """The English that it stands for: of one and of many, or the only one."""
    return list(message.id) if isinstance(message.id, tuple) else [str(message.id)]


def values_of(text: str) -> set[str] | None:
    """The names in braces; None for a text that is not filled in and has braces of its own."""
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return None
    return names if all(name.isidentifier() for name in names) else None


@functools.cache
def messages(language: str) -> tuple[Message, ...]:
    return tuple(message for message in collect.read(language) if message.id)


@functools.cache
def wanted() -> frozenset[Key]:
    return frozenset(key(message) for message in asyncio.run(collect.template()) if message.id)


@functools.cache
def commands() -> tuple[frozenset[Key], list[dict[str, Any]]]:
    found, payloads = asyncio.run(collect.commands())
    return frozenset(key(message) for message in found if message.id), payloads


def key(message: Message) -> Key:
    return message.id, message.context


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_missing_and_nothing_is_left_over(language: str) -> None:
    there = {key(message) for message in messages(language) if all(forms(message))}
    assert wanted() == there


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_values_are_filled_in(language: str) -> None:
    for message in messages(language):
        one, *_, many = [*map(values_of, english(message))] * 2
        if one is None or many is None:
            continue
        for said in forms(message):
            filled = values_of(said)
            # A form for one thing need not say the number; one for any number must.
            least = many if len(forms(message)) == 1 else one
            assert filled is not None and least <= filled <= many, (said, message.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_and_descriptions_fit_discord(language: str) -> None:
    for message in messages(language):
        if key(message) not in commands()[0]:
            continue
        said = str(message.string)
        if message.context == NAMES:
            assert 0 < len(said) <= NAME and said == said.lower(), said
            assert all(letter.isalnum() or letter in "-_" for letter in said), said
        else:
            assert 0 < len(said) <= DESCRIPTION, said


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_options_of_a_command_have_one_name(language: str) -> None:
    _, payloads = commands()
    found = catalogue(language)

    def check(node: dict[str, Any]) -> None:
        options = node.get("options") or []
        names = [found.pgettext(NAMES, option["name"]) for option in options]
        assert len(set(names)) == len(names), names
        for option in options:
            check(option)

    for payload in payloads:
        check(payload)
    names = [found.pgettext(NAMES, payload["name"]) for payload in payloads if payload.get("type", 1) == 1]
    assert len(set(names)) == len(names)


def test_a_locale_without_a_catalogue_reads_english() -> None:
    assert language_of("pt-BR") is None and language_of("en-GB") is None
    with speaking("pt-BR"):
        assert say("Draw {this}", this="a cat") == "Draw a cat"
        assert count("{n} picture", "{n} pictures", 2) == "2 pictures"
