"""What the floor refuses, whoever asks and wherever, and what follows from it."""

from __future__ import annotations

import dataclasses
import logging

import pytest

from bot.core.errors import Barred, InvalidRequest, Refused
from bot.core.job import Place, Reply
from bot.core.lora import Lora
from bot.core.rating import Rating
from bot.core.request import Request
from bot.policy.case import Typed
from bot.policy.floor.floor import Floor
from bot.policy.policy import Policy
from bot.prompt import memory
from bot.services.ceilings import CeilingService
from bot.services.conduct import ConductService
from bot.services.imagine import Asker, ImagineService
from bot.services.prompts import PromptService
from bot.services.quota import QuotaService
from bot.storage.database import Database
from bot.storage.settings import SettingsStore
from tests.services.house import Eyes, House
from tests.services.imagine.desk import (
    CHILD,
    TERM,
    Desk,
    ask,
    rows,
    service,
)


@pytest.mark.parametrize(
    "options",
    [{"model": TERM}, {"profile": TERM}, {"loras": (Lora(TERM),)}],
    ids=["model", "profile", "lora"],
)
async def test_a_name_that_is_not_here_is_never_repeated_when_the_floor_forbids_it(
    imagine: ImagineService, database: Database, options: dict[str, object]
) -> None:
    with pytest.raises(Refused, match=r"rule F1\)") as caught:
        await ask(imagine, "1girl, smile", **options)
    assert TERM not in str(caught.value)
    assert await rows(database) == [(7, "F1")]
    with pytest.raises(InvalidRequest, match="'nowhere'"):
        await ask(imagine, "1girl, smile", user_id=8, model="nowhere")


async def test_a_refusal_by_the_floor_is_a_strike_and_the_third_bars(
    imagine: ImagineService, database: Database, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for prompt in (f"1girl, {TERM}", f"{CHILD}, nude", "1girl, masterpiece"):
        options = {"series": TERM} if prompt.endswith("masterpiece") else {}
        with pytest.raises(Refused, match=r"rule F[12]\)") as caught:
            await ask(imagine, prompt, **options)
        assert TERM not in str(caught.value) and CHILD not in str(caught.value)
    assert await rows(database) == [(7, "F1"), (7, "F2"), (7, "F1")]
    with pytest.raises(Barred, match="refused until"):
        await ask(imagine, "1girl, smile")
    assert memory.held() == 0
    await ask(imagine, "1girl, smile", user_id=8)
    assert TERM not in caplog.text and CHILD not in caplog.text
    assert len(await house.jobs.unfinished()) == 2  # the house's own, and the other person's


async def test_what_is_only_above_the_ceiling_is_no_strike(
    imagine: ImagineService, database: Database
) -> None:
    with pytest.raises(Refused, match="'nude'"):
        await ask(imagine, "1girl, nude")
    assert await rows(database) == []


async def test_who_wants_something_kept_out_is_refused_without_a_strike(
    imagine: ImagineService, database: Database
) -> None:
    with pytest.raises(Refused, match="rule F1"):
        await ask(imagine, "1girl", negative=f"lowres, {TERM}")
    assert await rows(database) == []
    with pytest.raises(Refused, match="rule F1"):
        await ask(imagine, f"1girl, {TERM}", negative=TERM)
    assert await rows(database) == [(7, "F1")]


@pytest.mark.parametrize("mistake", ["(smile:7)", "(smile:1,5)", "\x07"])
async def test_a_message_about_a_mistake_repeats_nothing_that_the_floor_refuses(
    imagine: ImagineService, database: Database, mistake: str
) -> None:
    with pytest.raises(InvalidRequest):
        await ask(imagine, f"1girl, {mistake}")
    with pytest.raises(Refused, match="rule F1"):
        await ask(imagine, f"1girl, {TERM}, {mistake}")
    with pytest.raises(Refused, match="rule F1"):
        await ask(imagine, "1girl", quality=TERM)
    assert await rows(database) == [(7, "F1")] * 2


async def test_blocked_people_and_servers_are_turned_away(imagine: ImagineService) -> None:
    with pytest.raises(Barred, match="blocked you"):
        await ask(imagine, "1girl", user_id=66)
    with pytest.raises(Barred, match="blocked this server"):
        await imagine.accept(Asker(7), Place(67, 2), Request("1girl"), Reply("token", 1e12))


async def test_an_age_makes_a_job_general_wherever_it_is_asked(
    imagine: ImagineService, database: Database, house: House
) -> None:
    await SettingsStore(database).set_ceiling(1, 0, Rating.EXPLICIT, 1)
    place = Place(1, 2, age_restricted=True)
    for prompt, negative in ((f"{CHILD}, park, kite", ""), ("15 years old, kite", ""), ("1girl", "mature")):
        request = Request(prompt, negative=negative)
        accepted = await imagine.accept(Asker(7), place, request, Reply("token", 1e12))
        assert accepted.job.age_context
        assert "rating: general" in accepted.job.prompt.positive
        record = await house.jobs.get(accepted.job.id)
        assert record is not None and record.job.age_context
    bikini = Request("1girl, bikini", rating=Rating.EXPLICIT)
    grown = await imagine.accept(Asker(7), place, bikini, Reply("token", 1e12))
    assert not grown.job.age_context
    with pytest.raises(Refused, match="general"):
        await imagine.accept(Asker(7), place, Request("15 years old, bikini"), Reply("token", 1e12))


async def test_the_floor_holds_where_the_ceilings_are_taken_away(
    house: House,
    desk: Desk,
    prompts: PromptService,
    ceilings: CeilingService,
    conduct: ConductService,
    quota: QuotaService,
) -> None:
    open_prompts = dataclasses.replace(prompts, policy=Policy(prompts.dictionary, rules=()))
    imagine = service(house, desk, open_prompts, ceilings, conduct, quota, Eyes())
    await ask(imagine, "1girl, nude")
    with pytest.raises(Refused, match="rule F1"):
        await ask(imagine, f"1girl, {TERM}")
    with pytest.raises(Refused, match="rule F2"):
        await ask(imagine, f"{CHILD}, nude")


def test_the_floor_that_is_used_is_the_floor(prompts: PromptService) -> None:
    assert Floor().screen([[TERM]]) is not None
    reason = prompts.policy.screen(Typed((TERM,)))
    assert reason is not None and reason.rule == "F1"
