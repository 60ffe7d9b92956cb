"""Deleting what is kept: jobs are stopped first, files go, and twice at once is once."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json

import pytest

from bot.core.errors import Busy, InvalidRequest, NotFound
from bot.core.events import Cancelled, Done
from bot.core.job import JobState
from bot.core.request import Request, Source
from bot.services import privacy
from bot.services.privacy import PrivacyService
from bot.storage.database import Database
from tests.services.house import ID, House, asked, picture

ME, OTHER = 7, 8


class Desk:
    """Cancels as the imagine service does, and remembers what."""

    def __init__(self, house: House) -> None:
        self.house, self.cancelled = house, list[str]()
        self.deaf = False

    async def cancel(self, job_id: str, user_id: int) -> None:
        assert user_id == ME
        self.cancelled.append(job_id)
        if (await self.house.state(job_id)).final:
            raise InvalidRequest("This job has ended, so there is nothing left to cancel.")
        if not self.deaf:
            self.house.delivery.handle(Cancelled(job_id))


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


@pytest.fixture
def service(database: Database, house: House, desk: Desk) -> PrivacyService:
    return PrivacyService(database, house.files, house.sources, desk.cancel)


async def draw(house: House, job_id: str, png: bytes, user_id: int = ME) -> str:
    await house.jobs.add(asked(job_id, user_id=user_id))
    house.delivery.handle(Done(job_id, (picture(png=png),), 2.0))
    await house.settle()
    return hashlib.sha256(png).hexdigest()


async def test_jobs_are_stopped_and_then_everything_goes(
    service: PrivacyService, house: House, desk: Desk
) -> None:
    mine = await draw(house, "drawn001", b"mine")
    shared = await draw(house, "drawn002", b"shared")
    await draw(house, "drawn003", b"shared", OTHER)
    deleted = await service.delete(ME)
    assert (deleted.jobs, deleted.cancelled, deleted.pictures) == (3, 1, 1)
    assert desk.cancelled == [ID] and ("word", "This job was cancelled.") in house.messenger.shown
    assert await house.files.read(mine) is None and await house.files.read(shared) == b"shared"
    assert (await service.show(ME)).nothing and (await service.show(OTHER)).jobs == 1


async def test_a_job_that_ends_by_itself_meanwhile_is_no_fault(
    service: PrivacyService, house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel = desk.cancel

    async def late(job_id: str, user_id: int) -> None:
        house.delivery.handle(Done(job_id, (picture(),), 2.0))
        while not (await house.state(job_id)).final:
            await asyncio.sleep(0.01)
        await cancel(job_id, user_id)

    monkeypatch.setattr(service, "_cancel", late)
    deleted = await service.delete(ME)
    assert (deleted.jobs, deleted.pictures) == (1, 1)


async def test_a_job_that_does_not_stop_keeps_everything_as_it_is(
    service: PrivacyService, house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await draw(house, "drawn001", b"mine")
    monkeypatch.setattr(privacy, "PATIENCE", 0.3)
    desk.deaf = True
    with pytest.raises(Busy, match="Nothing was deleted, since 1 of your jobs did not stop within"):
        await service.delete(ME)
    assert (await service.show(ME)).jobs == 2
    desk.deaf = False
    assert (await service.delete(ME)).jobs == 2


async def test_two_deletions_at_once_are_one(service: PrivacyService) -> None:
    first, second = await asyncio.gather(service.delete(ME), service.delete(ME), return_exceptions=True)
    assert not isinstance(first, BaseException) and first.jobs == 1
    assert isinstance(second, Busy) and "already" in str(second)
    with pytest.raises(NotFound, match="Nothing is kept about you"):
        await service.delete(ME)


async def test_what_is_asked_while_it_goes_on_is_kept(
    service: PrivacyService, house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel = desk.cancel

    async def ask_again(job_id: str, user_id: int) -> None:
        await house.jobs.add(dataclasses.replace(asked("another1"), state=JobState.QUEUED))
        await cancel(job_id, user_id)

    monkeypatch.setattr(service, "_cancel", ask_again)
    assert (await service.delete(ME)).jobs == 1
    assert await house.state("another1") is JobState.QUEUED


async def test_the_export_is_json_and_nothing_is_no_export(service: PrivacyService, house: House) -> None:
    exported = json.loads(await service.export(ME))
    assert [each["id"] for each in exported["requests"]] == [ID]
    with pytest.raises(NotFound, match="Nothing is kept about you"):
        await service.export(999)


async def test_text_that_is_no_unicode_is_exported_all_the_same(
    service: PrivacyService, database: Database
) -> None:
    await database.change("UPDATE jobs SET error = ? WHERE id = ?", ("a\u0000b\u2028", ID))
    assert json.loads(await service.export(ME))["requests"][0]["error"] == "a\u0000b\u2028"


async def test_what_a_request_began_from_is_told_handed_out_and_deleted(
    service: PrivacyService, house: House
) -> None:
    mine, shared = await house.sources.add(b"mine"), await house.sources.add(b"shared")
    for job_id, user_id, source in (
        ("begins01", ME, Source(mine, 0.5, shared)),
        ("begins02", OTHER, Source(shared, 0.5)),
    ):
        request = Request("1girl", source=source)
        await house.jobs.add(dataclasses.replace(asked(job_id, user_id=user_id), request=request))
    assert (await service.show(ME)).begun_from == 1
    exported = json.loads(await service.export(ME))
    assert {"sha256": mine, "strength": 0.5, "mask": shared} in [
        each["asked"]["source"] for each in exported["requests"]
    ]
    await service.delete(ME)
    assert set(await house.sources.names()) == {shared}
