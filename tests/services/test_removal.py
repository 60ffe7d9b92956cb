"""Taking pictures away: what goes for whom, and what stays."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import JobState, Place
from bot.services.conduct import ConductService
from bot.services.favourites import FavouriteService
from bot.services.imagine import Asker
from bot.services.removal import RemovalService, Removed
from bot.storage.favourites import FavouriteStore
from bot.storage.secret import SecretKey
from bot.storage.strikes import StrikeStore
from bot.storage.sweep import SweepStore
from tests.services.house import ID, House, asked, picture

PLACE, ME, OTHER = Place(1, 2), Asker(7), Asker(8)


@pytest.fixture
def removal(house: House) -> RemovalService:
    return RemovalService(house.jobs, SweepStore(house.database), house.files)


@pytest.fixture
def favourites(house: House, tmp_path: object) -> FavouriteService:
    conduct = ConductService(StrikeStore(house.database), SecretKey(house.files.path("0").parent / "key"))
    return FavouriteService(house.jobs, FavouriteStore(house.database), conduct, lambda: 5.0)


async def drawn(house: House, job_id: str, png: bytes) -> str:
    await house.jobs.add(dataclasses.replace(asked(job_id)))
    made = picture(png=png)
    await house.files.add(png)
    await house.jobs.finish(job_id, JobState.DONE, images=[made.image])
    return made.image.sha256


async def test_ones_own_goes_with_its_files_unless_others_have_them(
    house: House, removal: RemovalService, favourites: FavouriteService
) -> None:
    own, shared = await drawn(house, "drawn001", b"own"), await drawn(house, "drawn002", b"shared")
    await drawn(house, "drawn003", b"shared")
    await favourites.toggle("drawn001", OTHER, PLACE)
    for job_id in ("drawn001", "drawn002"):
        assert await removal.remove(job_id, ME, moderator=False) is Removed.EVERYTHING
        assert await house.jobs.get(job_id) is None
    assert await house.files.read(own) is None and await house.files.read(shared) == b"shared"
    assert await house.database.fetch_all("SELECT * FROM favourites") == []
    with pytest.raises(NotFound, match="is gone"):
        await removal.remove("drawn001", ME, moderator=False)


async def test_a_moderator_takes_the_message_and_leaves_the_history(
    house: House, removal: RemovalService
) -> None:
    sha256 = await drawn(house, "drawn001", b"own")
    with pytest.raises(InvalidRequest, match="Manage Messages"):
        await removal.remove("drawn001", OTHER, moderator=False, asked_by=8)
    assert await removal.remove("drawn001", OTHER, moderator=True) is Removed.MESSAGE
    assert await house.jobs.get("drawn001") is not None and await house.files.read(sha256) == b"own"


async def test_a_message_that_outlives_its_request_still_goes(removal: RemovalService) -> None:
    assert await removal.remove("nothing1", ME, moderator=False, asked_by=7) is Removed.MESSAGE
    assert await removal.remove("nothing1", ME, moderator=True) is Removed.MESSAGE
    with pytest.raises(NotFound):
        await removal.remove("nothing1", ME, moderator=False, asked_by=8)


async def test_what_has_not_ended_is_not_deleted(house: House, removal: RemovalService) -> None:
    with pytest.raises(InvalidRequest, match="cancel it first"):
        await removal.remove(ID, ME, moderator=False)
    assert await house.jobs.get(ID) is not None


async def test_a_favourite_is_a_persons_own_and_only_of_what_they_see(
    house: House, favourites: FavouriteService
) -> None:
    assert await favourites.toggle(ID, ME, PLACE)
    assert await favourites.toggle(ID, OTHER, PLACE)
    assert not await favourites.toggle(ID, ME, PLACE)
    rows = await house.database.fetch_all("SELECT * FROM favourites")
    assert [tuple(row) for row in rows] == [(8, ID, 5.0)]
    for job_id, place in ((ID, Place(3, 2)), ("nothing1", PLACE)):
        with pytest.raises(NotFound, match="gone"):
            await favourites.toggle(job_id, OTHER, place)
    assert await FavouriteStore(house.database).toggle(8, "nothing1", 1.0) is None
