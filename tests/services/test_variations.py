"""Going on from a job: what is asked for, from which pixels, and by whom."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import JobState, Place
from bot.core.request import Request, Vary
from bot.services.imagine import Asker
from bot.services.variations import Kind, VariationService
from tests.services.house import House, asked, picture

PLACE = Place(1, 2)
ID = "drawn001"


async def drawn(house: House, **options: Any) -> None:
    request = Request("1girl", count=2, seed=5, steps=12, **options)
    await house.jobs.add(dataclasses.replace(asked(ID), request=request))
    pictures = [picture(png=bytes([index]), index=index) for index in range(2)]
    for each in pictures:
        await house.files.add(each.png)
    images = [dataclasses.replace(each.image, seed=5 + each.image.index) for each in pictures]
    await house.jobs.finish(ID, JobState.DONE, images=images)


async def go_on(
    house: House, kind: Kind, asker: int = 8, place: Place = PLACE, *, private: bool = False
) -> tuple[Request, Any]:
    service = VariationService(house.jobs, house.files)
    return await service.of(kind, ID, 1, Asker(asker), place, private=private)


async def test_each_kind_asks_for_one_picture_of_the_chosen_one(house: House) -> None:
    await drawn(house)
    subtle, nothing = await go_on(house, Kind.SUBTLE)
    assert (subtle.count, subtle.seed, nothing) == (1, 6, None)
    assert subtle.vary is not None and 0 < subtle.vary.share < 0.5
    strong, given = await go_on(house, Kind.STRONG)
    assert (strong.count, strong.seed, strong.vary) == (1, None, None)
    assert await given.picture.read() == b"\x01" and not given.fit
    for kind, grown in ((Kind.HIRES, (True, 1)), (Kind.UPSCALE, (False, 2))):
        large, nothing = await go_on(house, kind)
        assert (large.count, large.seed, (large.hires, large.upscale), nothing) == (1, 6, grown, None)


@pytest.mark.parametrize("options", [{"hires": True}, {"upscale": 2}])
@pytest.mark.parametrize("kind", [Kind.HIRES, Kind.UPSCALE])
async def test_what_is_large_does_not_grow_again(house: House, options: dict[str, Any], kind: Kind) -> None:
    await drawn(house, **options)
    with pytest.raises(InvalidRequest, match="as large as it gets"):
        await go_on(house, kind)


async def test_a_reroll_is_the_same_with_another_seed(house: House) -> None:
    await drawn(house, negative="hat", vary=Vary(3, 0.1))
    service = VariationService(house.jobs, house.files)
    request = await service.reroll(ID, Asker(8), PLACE, private=False)
    assert request == Request("1girl", "hat", count=2, steps=12, vary=Vary(3, 0.1))


async def test_what_follows_under_an_answer_for_one_person_is_for_them_alone(house: House) -> None:
    await drawn(house)
    service = VariationService(house.jobs, house.files)
    assert (await go_on(house, Kind.SUBTLE, private=True))[0].private
    assert (await service.reroll(ID, Asker(7), PLACE, private=True)).private
    assert not (await service.reroll(ID, Asker(7), PLACE, private=False)).private


async def test_only_where_it_was_shown(house: House) -> None:
    await drawn(house)
    for place in (Place(3, 2), Place(None, 2)):
        with pytest.raises(NotFound, match="gone"):
            await go_on(house, Kind.SUBTLE, place=place)
        await go_on(house, Kind.SUBTLE, asker=7, place=place)


async def test_nobody_goes_on_from_another_persons_private_picture(house: House) -> None:
    await drawn(house, private=True)
    service = VariationService(house.jobs, house.files)
    with pytest.raises(NotFound, match="gone"):
        await go_on(house, Kind.STRONG)
    with pytest.raises(NotFound, match="gone"):
        await service.job(ID, Asker(8), PLACE)
    assert (await service.reroll(ID, Asker(7), PLACE, private=False)).private


async def test_of_a_picture_that_is_gone_nothing_follows(house: House) -> None:
    await drawn(house)
    service = VariationService(house.jobs, house.files)
    with pytest.raises(NotFound, match="gone"):
        await service.of(Kind.SUBTLE, ID, 3, Asker(7), PLACE, private=False)
    with pytest.raises(NotFound, match="gone"):
        await service.reroll("nothing1", Asker(7), PLACE, private=False)
    _, given = await go_on(house, Kind.STRONG)
    await house.files.remove(given.picture.sha256)
    with pytest.raises(NotFound, match="attach it to /imagine"):
        await given.picture.read()
