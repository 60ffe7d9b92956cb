"""What requests may name: what is there, where it is allowed, and what trigger words do."""

from __future__ import annotations

import dataclasses
from typing import cast

import pytest

from bot.core.errors import InvalidRequest
from bot.core.fast import Fast
from bot.core.lora import Lora
from bot.core.request import Request
from bot.services.catalogue import EVERYWHERE, Catalogue, LoraEntry, ModelEntry
from bot.services.prompts import PromptService

FIRST, OTHER = cast(PromptService, object()), cast(PromptService, object())
HERE, THERE = 5, 6
CATALOGUE = Catalogue(
    FIRST,
    4,
    models={"other": ModelEntry(OTHER), "theirs": ModelEntry(OTHER, guilds=(THERE,))},
    loras={"ink": LoraEntry("in ink"), "glow": LoraEntry(), "secret": LoraEntry(guilds=(THERE,))},
    profiles={"few": Fast("few", 8, 2.0, "Euler", loras=(Lora("glow", 0.5),))},
)


def test_trigger_words_join_what_is_judged_and_not_what_is_kept() -> None:
    ordered = CATALOGUE.order(Request("1girl", loras=(Lora("ink", 0.5), Lora("glow"))), HERE)
    assert ordered.request.prompt == "1girl" and ordered.worded.prompt == "1girl, in ink"
    assert ordered.notes == ("The LoRA ink adds its words to the prompt: in ink.",)
    assert CATALOGUE.order(Request("1girl", loras=(Lora("ink", 0.0),)), HERE).notes == ()


def test_models_bring_their_own_way_with_prompts() -> None:
    assert CATALOGUE.order(Request("1girl", model="other"), HERE).prompts is OTHER
    assert CATALOGUE.order(Request("1girl"), HERE).prompts is FIRST
    assert CATALOGUE.enlarge(Request("1girl", model="other")) == 1
    assert CATALOGUE.enlarge(Request("1girl")) == 4


def test_a_profile_is_filled_in_with_its_loras() -> None:
    made = CATALOGUE.order(Request("1girl", profile="few"), HERE).request
    assert (made.steps, made.cfg, made.loras) == (8, 2.0, (Lora("glow", 0.5),))


def test_what_a_profile_sets_otherwise_is_noted_and_what_is_said_again_is_not() -> None:
    asked = Request("x", steps=40, cfg=5.0, sampler="UniPC", loras=(Lora("glow"), Lora("ink", 0.0)))
    ordered = CATALOGUE.order(dataclasses.replace(asked, profile="few"), HERE)
    assert ordered.notes == (
        "The profile few draws in 8 steps, so 40 are not used.",
        "The profile few has a CFG of 2, so 5 is not used.",
        "The profile few has the sampler Euler, so UniPC is not used.",
        "The profile few has the LoRA glow at 0.5, so 1 is not used.",
    )
    assert CATALOGUE.order(Request("x", profile="few"), HERE).notes == ()
    assert CATALOGUE.order(ordered.request, HERE).notes == ()
    assert CATALOGUE.order(asked, HERE).notes == ()


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Request("x", loras=(Lora("no"),)), "There is no LoRA 'no' here; use ink, glow."),
        (Request("x", loras=(Lora("secret"),)), "'secret' is not allowed in this server; use ink, glow."),
        (Request("x", model="no"), "There is no model 'no' here; use other."),
        (Request("x", model="theirs"), "'theirs' is not allowed in this server; use other."),
        (Request("x", profile="no"), "There is no profile 'no' here; use few."),
    ],
)
def test_what_is_not_there_or_not_allowed_is_refused(request_: Request, said: str) -> None:
    for place in (HERE, None):
        with pytest.raises(InvalidRequest) as caught:
            CATALOGUE.order(request_, place)
        assert said in str(caught.value)


def test_servers_and_owners_are_offered_what_they_may_use() -> None:
    assert CATALOGUE.names("loras", HERE) == ["ink", "glow"]
    assert (
        CATALOGUE.names("loras", THERE) == CATALOGUE.names("loras", EVERYWHERE) == ["ink", "glow", "secret"]
    )
    assert CATALOGUE.names("models", None) == ["other"]
    with pytest.raises(InvalidRequest, match="leave it out"):
        Catalogue(FIRST).order(Request("x", model="any"), HERE)
