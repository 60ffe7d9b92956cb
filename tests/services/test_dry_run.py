"""Lines of a batch are answered one by one, whatever they hold."""

from __future__ import annotations

import json

import pytest

from bot.core.rating import Rating
from bot.policy.floor.lists import ALONE, floor_terms
from bot.policy.policy import Policy
from bot.prompt.dictionary import Dictionary
from bot.prompt.profile import profile
from bot.services.dry_run import BadLine, DryRun
from bot.services.prompts import PromptService

DICTIONARY = Dictionary.load_core()
SERVICE = PromptService(profile("chibi"), DICTIONARY, Policy(DICTIONARY), lambda text: len(text.split()))
DRY_RUN = DryRun(SERVICE, Rating.GENERAL)


def ask(**fields: object) -> dict[str, object]:
    return dict(DRY_RUN.line(json.dumps(fields)))


def rules(answer: dict[str, object]) -> list[tuple[str, str]]:
    reasons = answer["reasons"]
    assert isinstance(reasons, list)
    return [(reason["rule"], reason["tag"]) for reason in reasons]


def test_a_line_is_answered_as_a_prompt_is() -> None:
    answer = ask(prompt="1girl, red hair", negative="hat")
    assert answer["decision"] == "allow" and answer["reasons"] == []
    assert answer["positive"] == "masterpiece, best quality, 1girl, red hair, rating: general"
    assert "hat" in str(answer["negative"])


def test_the_lines_own_ceiling_and_rating_count() -> None:
    assert ask(prompt="1girl, lingerie")["decision"] == "deny"
    assert ask(prompt="1girl, lingerie", ceiling="sensitive")["decision"] == "allow"
    assert (
        DryRun(SERVICE, Rating.EXPLICIT).line('{"prompt": "nude", "ceiling": "general"}')["decision"]
        == "deny"
    )
    assert rules(ask(prompt="1girl", rating="explicit")) == [("rating", "rating: explicit")]


def test_a_denial_says_what_would_pass() -> None:
    told = str(ask(prompt="1girl", rating="explicit")["explanation"])
    assert "above this place's ceiling, general: choose a rating up to that" in told
    assert ask(prompt="1girl")["explanation"] == ""


@pytest.mark.parametrize("prompt", ["{}", "{}, (hat:3)"])
def test_nothing_of_what_the_floor_refused_is_repeated(prompt: str) -> None:
    term = next(term.text for term in floor_terms() if term.mark.part == ALONE and term.text.isalpha())
    answer = ask(prompt=prompt.format(f"zyxwv, {term}"), negative="hat")
    assert answer["decision"] == "deny" and not answer["positive"] and not answer["negative"]
    assert term not in json.dumps(answer) and "zyxwv" not in json.dumps(answer)


@pytest.mark.parametrize("field", ["subject", "character", "series"])
def test_every_field_is_judged(field: str) -> None:
    assert rules(ask(prompt="1girl", **{field: "l1ngerie"})) == [("disguise", "lingerie")]


def test_what_cannot_be_used_is_denied_as_invalid_and_by_what_it_holds() -> None:
    assert rules(ask(prompt="(hat:3)")) == [("invalid", "")]
    assert "outside 0 to 2" in str(ask(prompt="(hat:3)")["notes"])
    assert rules(ask(prompt="(nude:3)")) == [("disguise", "nude"), ("invalid", "")]
    assert rules(ask(prompt="n\x07ude")) == [("disguise", "nude"), ("invalid", "")]
    assert rules(ask(prompt="hat " * 1000)) == [("invalid", "")]
    assert rules(ask(prompt="\ud800")) == [("invalid", "")]
    assert rules(ask(prompt="")) == [("invalid", "")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", 'a text "prompt"'),
        ("{}", 'a text "prompt"'),
        ('{"prompt": 5}', 'a text "prompt"'),
        ('{"prompt": "x", "negative": []}', '"negative" is not a text'),
        ('{"prompt": "x", "ceiling": "high"}', '"ceiling" is not general'),
        ('{"prompt": "x", "ceiling": 2}', '"ceiling" is not general'),
    ],
)
def test_what_is_no_request_is_told(line: str, why: str) -> None:
    with pytest.raises(BadLine, match=why):
        DRY_RUN.line(line)
