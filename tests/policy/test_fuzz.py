"""Disguises that nobody wrote down are refused by name; innocent tags pass however they are put together.

The same examples each time; ``FUZZ=20000 pytest tests/policy/test_fuzz.py`` draws that many new ones.
"""

from __future__ import annotations

import csv
import os
from importlib import resources

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.core.rating import Rating
from bot.prompt.dictionary import Entry
from bot.prompt.normalise import key
from tests.policy.disguises import INVISIBLE, MARKS, SEPARATORS, SPACES, disguised, lookalikes
from tests.policy.judge import DICTIONARY, judge, names

EXAMPLES = int(os.environ.get("FUZZ", "0"))


def many(usual: int) -> settings:
    return settings(max_examples=EXAMPLES or usual, derandomize=not EXAMPLES, deadline=None, database=None)


BLOCKED = sorted(
    {
        spelling
        for entry in DICTIONARY.entries
        if entry.rating > Rating.GENERAL
        for spelling in (entry.name, *entry.aliases)
    }
)
LATIN = [text for text in BLOCKED if text.isascii() and text.replace(" ", "").isalpha()]
SHORT = [tag for tag in LATIN if 4 <= len(tag) <= 9 and tag.isalpha()]
LETTERS_OF_SHORT = sorted(set("".join(SHORT)))
OTHERS = [text for text in BLOCKED if not text.isascii()]


def _innocent() -> list[Entry]:
    file = resources.files("bot.prompt") / "data" / "general.csv"
    return [Entry.read(row) for row in csv.DictReader(file.read_text("utf-8").splitlines())]


INNOCENT = [entry.name for entry in _innocent()]
WORDS = sorted({word for name in INNOCENT for word in name.split() if word.isalpha() and len(word) > 1})
AROUND = [name for name in INNOCENT if name.replace(" ", "").isalpha() and len(name) > 3]


def right(prompt: str, tag: str) -> bool:
    """Refused by the tag's name, or by the rated words in it: ``bra`` is true of a disguised ``no bra``.

    The floor, which names nothing, is right as well: it reads the tags around too.
    """
    reasons = judge(prompt).reasons
    return any(
        names(reason, tag) or reason.floor or letters(reason.tag) in letters(tag) for reason in reasons
    )


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, key(text)))


def within(text: str, before: list[str], after: list[str]) -> str:
    return ", ".join([*before, text, *after])


some = st.lists(st.sampled_from(AROUND), max_size=4)


def test_every_character_that_reads_as_a_letter_is_read_as_it() -> None:
    """One by one, each in a word that has the letter."""
    words = {letter: next(tag for tag in SHORT if letter in tag) for letter in LETTERS_OF_SHORT}
    passed = [
        f"{character!a} for {letter} in {words[letter]}"
        for letter, characters in lookalikes().items()
        if letter in words
        for character in characters
        if judge(f"1girl, {words[letter].replace(letter, character)}").allowed
    ]
    assert not passed, passed


@pytest.mark.parametrize(
    "character", [*INVISIBLE, *MARKS, *SPACES, *SEPARATORS, ";", "&", "#", "%", "=", "?"]
)
def test_every_filler_between_all_letters_is_seen_through(character: str) -> None:
    assert right(f"1girl, {character.join('nude')}", "nude")
    assert right(f"1girl, {character.join('lingerie')}, hat", "lingerie")


@many(1000)
@given(st.data(), st.sampled_from(LATIN), some, some)
def test_any_blocked_tag_is_found_in_any_disguise(
    data: st.DataObject, tag: str, before: list[str], after: list[str]
) -> None:
    prompt = within(data.draw(disguised(tag)), before, after)
    assert right(prompt, tag), f"{prompt!a} is not refused as {tag!r}: {judge(prompt).reasons}"


@many(300)
@given(st.data(), st.sampled_from(OTHERS), some)
def test_translations_are_found_in_disguise_too(data: st.DataObject, tag: str, before: list[str]) -> None:
    prompt = within(data.draw(disguised(tag, 2)), before, [])
    assert right(prompt, tag), f"{prompt!a} is not refused as {tag!r}: {judge(prompt).reasons}"


@many(200)
@given(st.data(), st.sampled_from(LATIN), st.sampled_from(["subject", "character", "series"]))
def test_every_field_is_looked_through(data: st.DataObject, tag: str, field: str) -> None:
    text = data.draw(disguised(tag, 2))
    decision = judge("smile", **{field: text})  # type: ignore[arg-type]
    assert not decision.allowed, f"{field}={text!a} passes for {tag!r}"


@many(400)
@given(
    st.lists(st.sampled_from(INNOCENT), min_size=1, max_size=20),
    st.sampled_from([", ", ",", "\n", " BREAK "]),
)
@example(["v", ":d", ":3", "..."], ", ")
def test_innocent_tags_pass_in_any_company(tags: list[str], separator: str) -> None:
    decision = judge(separator.join(tags))
    assert decision.allowed, decision.reasons


@many(400)
@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), min_size=1, max_size=6), st.booleans()
)
def test_innocent_words_pass_in_any_order(phrases: list[list[str]], shout: bool) -> None:
    prompt = ", ".join(" ".join(words) for words in phrases)
    assume(not any(f" {tag} " in f" {prompt.replace(',', '')} " for tag in BLOCKED))
    decision = judge(prompt.upper() if shout else prompt)
    assert decision.allowed, decision.reasons
