"""Presets, defaults and the token meter fit into embeds, and a person's text stays text in them."""

from __future__ import annotations

import dataclasses

from bot.core.draft import Draft
from bot.core.lora import Lora
from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.core.size import SIZES
from bot.services.defaults import Merged, Origin
from bot.services.presets import MOST, MOST_NAME, Preset
from bot.services.privacy import Holdings
from bot.ui import drafts, embeds, presets, privacy, settings
from tests.services.house import asked

HOSTILE = "@everyone <@123> **b** `c` ||s|| [x](http://x) \u202e \\"
FULL = Draft(
    prompt=HOSTILE * 30,
    negative=HOSTILE * 30,
    rating=Rating.GENERAL,
    size=SIZES[0],
    cfg=5.5,
    sampler="Heun",
    private=True,
    style=HOSTILE,
    hires=False,
    loras=(Lora("ink", 0.5),),
    model="none",
)


def test_the_longest_list_of_presets_fits() -> None:
    several = [Preset((HOSTILE * 2)[:MOST_NAME], FULL)] * MOST
    for embed in (presets.listed(several), presets.saved(several[0]), presets.listed([])):
        assert len(embed) <= 6000 and len(embed.description or "") <= 4096
        assert all(len(field.value or "") <= 1024 and len(field.name or "") <= 256 for field in embed.fields)
        shown = str(embed.to_dict())
        assert "@everyone" not in shown and "<@123>" not in shown and "**b**" not in shown
    assert presets.listed(several).footer.text == "25 of 25"
    assert "@everyone" not in presets.deleted(HOSTILE[:MOST_NAME])


def test_a_draft_in_a_line() -> None:
    draft = Draft(prompt="1girl", steps=9, private=False, hires=True, loras=(), size=SIZES[0], cfg=5.0)
    assert drafts.summary(draft, 200) == (
        "1girl · size 1024x1024 · steps 9 · cfg 5 · private no · hires yes · loras no LoRA"
    )
    assert len(drafts.summary(FULL, 120)) <= 120


def test_every_default_says_where_it_comes_from() -> None:
    merged = Merged(
        Draft(prompt="1girl", steps=9, negative=HOSTILE * 30, private=True),
        {"prompt": Origin.TYPED, "steps": Origin.OWN, "negative": Origin.SERVER, "private": Origin.CHANNEL},
        (("model", Origin.SERVER),),
    )
    embed = settings.defaults_embed(merged)
    text = embed.description or ""
    for line in (
        "**size**: 832x1216 (the model card's)",
        "**steps**: 9 (yours)",
        "**cfg**: 7 (the model card's)",
        "**private**: yes (this channel's)",
        "**quality**: the model's recommended words (the model card's)",
        "**model**: the default here cannot be used now, so it gives way (this server's)",
    ):
        assert line in text
    assert "prompt" not in text and "@everyone" not in text and len(embed) <= 6000
    assert settings.own_embed(Draft(), "Yours").description == "None are set."


def test_presets_and_defaults_are_told_without_any_job() -> None:
    held = Holdings(0, 0, 0, 0, None, 0, 0, 0, favourites=0, presets=2, defaults=1)
    for embed in (privacy.holdings_embed(held), privacy.question_embed(held)):
        assert "2 presets of yours" in str(embed.to_dict()) and "Your own defaults" in str(embed.to_dict())
    assert not held.nothing


def test_the_meter_counts_the_longest_prompt() -> None:
    job = asked()
    assert embeds.token_meter(job) == "1 of 75 tokens"
    other = Prompt("1girl, smile", "nsfw", 61, 1, 75)
    several = dataclasses.replace(job, prompt=dataclasses.replace(job.prompt, others=(other,)))
    assert embeds.token_meter(several) == "61 of 75 tokens"


def test_what_fell_out_of_the_negative_is_told() -> None:
    job = asked()
    long = dataclasses.replace(job, prompt=dataclasses.replace(job.prompt, negative_dropped=("**hat**",)))
    shown = embeds.waiting(long, embeds.Forecast(0, None, True))
    assert shown.footer.text == "1 of 75 tokens"
    assert "in the negative, so left out: \\*\\*hat\\*\\*" in str(shown.fields[-1].value)
