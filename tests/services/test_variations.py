"""Going on from a picture: what is asked for, from which pixels, and by whom."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import JobState, Place, Reply
from bot.core.request import Request
from bot.services.imagine import Asker
from bot.services.variations import Kind, VariationService
from tests.services.house import House, asked, picture
from tests.services.test_again import Desk

PLACE, REPLY = Place(1, 2), Reply("token", 1e12)


async def drawn(house: House, **options: Any) -> None:
    request = Request("1girl", count=2, seed=5, steps=12, **options)
    await house.jobs.add(dataclasses.replace(asked("drawn001"), request=request))
    pictures = [picture(png=bytes([index]), index=index) for index in range(2)]
    for each in pictures:
        await house.files.add(each.png)
    images = [dataclasses.replace(each.image, seed=5 + each.image.index) for each in pictures]
    await house.jobs.finish("drawn001", JobState.DONE, images=images)


async def go_on(house: House, kind: Kind, asker: int = 8, place: Place = PLACE) -> tuple[Request, Any]:
    desk = Desk()
    service = VariationService(house.jobs, house.files, desk)  # type: ignore[arg-type]  # the one method
    await service.accept(kind, "drawn001", 1, Asker(asker), place, REPLY)
    ((_, _, request, _, given),) = desk.accepted
    return request, given


async def test_each_kind_asks_for_one_picture_of_the_chosen_one(house: House) -> None:
    await drawn(house)
    subtle, nothing = await go_on(house, Kind.SUBTLE)
    assert (subtle.count, subtle.seed, nothing) == (1, 6, None)
    assert subtle.vary is not None and 0 < subtle.vary.share < 0.5
    strong, given = await go_on(house, Kind.STRONG)
    assert (strong.count, strong.seed, strong.vary) == (1, None, None)
    assert await given.picture.read() == b"\x01" and not given.fit
    hires, nothing = await go_on(house, Kind.HIRES)
    assert (hires.count, hires.seed, hires.hires, nothing) == (1, 6, True, None)


async def test_what_is_large_does_not_grow_again(house: House) -> None:
    await drawn(house, hires=True)
    with pytest.raises(InvalidRequest, match="hires already"):
        await go_on(house, Kind.HIRES)


async def test_only_where_it_was_shown(house: House) -> None:
    await drawn(house)
    for place in (Place(3, 2), Place(None, 2)):
        with pytest.raises(NotFound, match="gone"):
            await go_on(house, Kind.SUBTLE, place=place)
        await go_on(house, Kind.SUBTLE, asker=7, place=place)


async def test_nobody_goes_on_from_another_persons_private_picture(house: House) -> None:
    await drawn(house, private=True)
    with pytest.raises(NotFound, match="gone"):
        await go_on(house, Kind.STRONG)
