"""Innocent prompts pass and disguises are refused by name: the corpora, which `prompt --batch` reads too."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bot.core.errors import InvalidRequest
from bot.core.prompt import Decision
from bot.core.rating import Rating
from tests.policy.judge import judge, named_right

CORPORA = Path(__file__).parent / "corpora"
FIELDS = ("prompt", "subject", "character", "series")


def lines(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (CORPORA / name).read_text("utf-8").splitlines()]


MUST_PASS = lines("must_pass.jsonl")
MUST_BLOCK = lines("must_block.jsonl")


def decide(line: dict[str, str]) -> Decision:
    return judge(line["prompt"], line["negative"], Rating.parse(line["ceiling"]))


def report(misses: list[str]) -> str:
    return f"{len(misses)} lines:\n" + "\n".join(misses)


def test_the_corpora_are_large_and_say_everything_once() -> None:
    assert len(MUST_PASS) >= 700 and len(MUST_BLOCK) >= 800
    for corpus in (MUST_PASS, MUST_BLOCK):
        seen = Counter((line["prompt"], line["negative"], line["ceiling"]) for line in corpus)
        assert max(seen.values()) == 1


def test_every_innocent_prompt_passes_at_general() -> None:
    misses = []
    for line in MUST_PASS:
        try:
            decision = decide(line)
        except InvalidRequest as error:
            misses.append(f"{line['prompt']!r}: {error}")
            continue
        if not decision.allowed:
            said = [(reason.rule, reason.tag) for reason in decision.reasons]
            misses.append(f"{line['prompt']!r} / {line['negative']!r}: {said}")
    assert not misses, report(misses)


def test_every_disguise_is_refused_by_the_right_name() -> None:
    misses = []
    for line in MUST_BLOCK:
        decision = decide(line)
        said = [(reason.rule, reason.tag) for reason in decision.reasons]
        if line["family"] == "removal":
            right = any((reason.rule, reason.tag) == ("negative", line["tag"]) for reason in decision.reasons)
        else:
            right = named_right(decision, line["tag"])
        if not right:
            passed = "passes" if decision.allowed else f"names {said}"
            misses.append(
                f"{line['family']}: {line['prompt']!a} / {line['negative']!a} {passed}, not {line['tag']!a}"
            )
    assert not misses, report(misses)


@pytest.mark.parametrize("field", FIELDS)
def test_a_disguise_is_refused_in_every_field_of_the_request(field: str) -> None:
    misses = []
    for line in MUST_BLOCK[::7]:
        if line["negative"]:
            continue
        fields = {"prompt": "smile", "subject": "1girl"} | {field: line["prompt"]}
        decision = judge(ceiling=Rating.parse(line["ceiling"]), **fields)  # type: ignore[arg-type]
        if not named_right(decision, line["tag"]):
            misses.append(f"{line['prompt']!a}: {decision.reasons}")
    assert not misses, report(misses)


def test_what_is_refused_below_its_rating_passes_as_a_removal() -> None:
    """The same disguises in the negative ask for less of it."""
    misses = [
        line["tag"]
        for line in MUST_BLOCK
        if line["family"] in ("plain", "spacing", "homoglyph")
        and not judge("1girl, garden", line["tag"]).allowed
    ]
    assert not misses, report(misses)
