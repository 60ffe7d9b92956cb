"""Showing pictures elsewhere: once, by whoever asked, and never above what is shown there."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from bot.core.errors import Barred, InvalidRequest, NotFound
from bot.core.job import JobState, Place
from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.core.request import Request
from bot.models import builtin
from bot.policy.verdicts import Thresholds
from bot.services.answers import PlaceShut
from bot.services.catalogue import Catalogue
from bot.services.conduct import ConductService
from bot.services.gate import Gate
from bot.services.imagine import Asker
from bot.services.outbox import LOST_FILES
from bot.services.prompts import PromptService
from bot.services.sharing import SharingService
from bot.storage.secret import SecretKey
from bot.storage.strikes import StrikeStore
from tests.services.house import ABOVE, House, asked, picture

ID, PLACE, ME = "private1", Place(1, 2), Asker(7)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(PromptService.for_model("chibi", builtin()["chibi"]))


@pytest.fixture
def sharing(house: House, catalogue: Catalogue, tmp_path: Any) -> SharingService:
    conduct = ConductService(StrikeStore(house.database), SecretKey(tmp_path / "key"), blocked_people=[66])
    gate = Gate(house.ceilings, Thresholds())
    ceilings: Any = house.ceilings
    return SharingService(house.jobs, house.files, conduct, gate, house.outbox, catalogue, ceilings)


async def drawn(
    house: House, *, user_id: int = 7, verdict: Any = None, guild: int | None = 1, **more: Any
) -> None:
    request = Request("1girl", private=more.pop("private", True))
    job = dataclasses.replace(asked(ID, user_id=user_id, guild_id=guild), request=request, **more)
    await house.jobs.add(job)
    made = picture() if verdict is None else picture(verdict)
    await house.files.add(made.png)
    await house.jobs.finish(ID, JobState.DONE, model="chibi", images=[made.image])


async def private(house: House) -> bool:
    record = await house.jobs.get(ID)
    assert record is not None
    return record.job.request.private


async def test_a_private_picture_is_posted_in_its_channel_once(house: House, sharing: SharingService) -> None:
    await drawn(house)
    answers = await asyncio.gather(*(sharing.post(ID, ME, PLACE) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in answers] in ([type(None), InvalidRequest], [InvalidRequest, type(None)])
    await house.settle()
    assert house.messenger.tried == ["post"] and house.messenger.shown == [("result", 1, "chibi")]
    assert not await private(house)
    with pytest.raises(InvalidRequest, match="posted already"):
        await sharing.post(ID, ME, PLACE)


async def test_a_post_that_a_stop_came_before_is_made_at_the_next_start(
    house: House, sharing: SharingService
) -> None:
    await drawn(house)
    assert await house.jobs.publish(ID)
    house.start()
    assert await house.outbox.resume() == 1
    await house.settle()
    assert house.messenger.tried == ["post"] and await house.deliveries.owed() == []


async def test_what_cannot_be_posted_is_kept_for_its_asker(house: House, sharing: SharingService) -> None:
    await drawn(house)
    house.messenger.faults = [PlaceShut("no rights")]
    await sharing.post(ID, ME, PLACE)
    await house.settle()
    assert [each.job_id for each in await house.outbox.kept(7)] == [ID]


@pytest.mark.parametrize(
    ("asker", "place", "more", "said"),
    [
        (Asker(8), PLACE, {}, "gone"),
        (Asker(7), Place(1, 3), {}, "asked for in <#2>"),
        (Asker(7), Place(None, 9), {}, "asked for in <#2>"),
        (Asker(7), Place(None, 2), {"guild": None}, "no channel for it"),
        (Asker(8), PLACE, {"private": False}, "Only the person who asked"),
        (Asker(7), PLACE, {"private": False}, "posted already"),
        (Asker(7), PLACE, {"verdict": ABOVE}, "above what the channel may show"),
        (Asker(7), PLACE, {"prompt": Prompt("1girl, nsfw", "", 1, 1, 75)}, "above what the channel may show"),
        (Asker(66), PLACE, {"user_id": 66}, "blocked you"),
    ],
)
async def test_what_may_not_be_posted(
    house: House, sharing: SharingService, asker: Asker, place: Place, more: dict[str, Any], said: str
) -> None:
    await drawn(house, **more)
    before = await private(house)
    with pytest.raises((InvalidRequest, NotFound, Barred), match=said):
        await sharing.post(ID, asker, place)
    await house.settle()
    assert await private(house) == before and house.messenger.tried == []


async def test_nothing_is_posted_while_it_is_still_brought_to_its_asker(
    house: House, sharing: SharingService
) -> None:
    await drawn(house)
    await house.database.change(
        "INSERT INTO deliveries (job_id, owed_at, seconds, note, again) VALUES (?, 1.0, 0.0, '', 0)", (ID,)
    )
    with pytest.raises(InvalidRequest):
        await sharing.post(ID, ME, PLACE)
    assert await private(house)


async def test_a_direct_message_shows_what_one_may(house: House, sharing: SharingService) -> None:
    await drawn(house, private=False)
    for asker in (ME, Asker(8)):
        job, answer = await sharing.direct(ID, asker, PLACE)
        assert job.id == ID and len(answer.pictures) == 1 and answer.model == "chibi"
    with pytest.raises(NotFound, match="gone"):
        await sharing.direct(ID, Asker(8), Place(3, 2))
    with pytest.raises(Barred):
        await sharing.direct(ID, Asker(66), PLACE)
    house.ceilings.rating = Rating.GENERAL
    await house.files.remove(answer.pictures[0].image.sha256)
    with pytest.raises(NotFound, match=LOST_FILES[:20]):
        await sharing.direct(ID, ME, PLACE)


async def test_a_direct_message_shows_nothing_above_its_ceiling(
    house: House, sharing: SharingService
) -> None:
    await drawn(house, verdict=ABOVE)
    with pytest.raises(InvalidRequest, match="Direct messages show less"):
        await sharing.direct(ID, ME, PLACE)
