"""Asking again for what was withheld: the owner alone, the same request, another seed."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.errors import InvalidRequest, NotFound
from bot.core.events import Done, Failed
from bot.core.request import Request
from bot.services.again import AgainService
from bot.services.imagine import Asker
from tests.services.house import ABOVE, ID, House, asked, picture

OWNER = Asker(7)


@pytest.fixture
def again(house: House) -> AgainService:
    return AgainService(house.jobs)


async def test_the_same_request_is_asked_with_another_seed(house: House, again: AgainService) -> None:
    request = Request("1girl", negative="hat", count=2, seed=5, steps=12)
    await house.jobs.add(dataclasses.replace(asked("withheld1"), request=request))
    house.delivery.handle(Done("withheld1", (picture(ABOVE), picture(ABOVE, b"other", index=1)), 2.0))
    await house.settle()
    assert await again.request("withheld1", OWNER) == dataclasses.replace(request, seed=None)


async def test_of_several_only_those_are_asked_again_that_were_withheld(
    house: House, again: AgainService
) -> None:
    await house.jobs.add(dataclasses.replace(asked("withheld1"), request=Request("1girl", count=3, seed=5)))
    pictures = [picture(ABOVE, bytes([index]), index) for index in range(2)] + [picture(index=2)]
    house.delivery.handle(Done("withheld1", tuple(pictures), 2.0))
    await house.settle()
    request = await again.request("withheld1", OWNER)
    assert (request.count, request.seed) == (2, None)


async def test_nobody_asks_again_for_another_person(house: House, again: AgainService) -> None:
    house.delivery.handle(Done(ID, (picture(ABOVE),), 2.0))
    await house.settle()
    with pytest.raises(InvalidRequest, match="Only the person who asked"):
        await again.request(ID, Asker(8))


@pytest.mark.parametrize("end", [Done(ID, (picture(),), 2.0), Failed(ID, "It did not work."), None])
async def test_only_what_was_withheld_is_asked_again(
    house: House, again: AgainService, end: Done | Failed | None
) -> None:
    if end is not None:
        house.delivery.handle(end)
        await house.settle()
    with pytest.raises(InvalidRequest, match="Nothing of this request was withheld"):
        await again.request(ID, OWNER)


async def test_a_job_that_nobody_knows_is_told(again: AgainService) -> None:
    with pytest.raises(NotFound, match="is gone"):
        await again.request("nothing1", OWNER)
