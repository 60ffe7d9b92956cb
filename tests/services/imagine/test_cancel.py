"""Cancelling: who may, at which moment, and what becomes of the lease."""

from __future__ import annotations

import pytest

from bot.core.errors import InvalidRequest, NotFound, UserError
from bot.core.events import Began, Cancelled, Done, Failed
from bot.core.job import JobState
from bot.services.imagine import ImagineService
from bot.storage.database import Database
from tests.services.house import ID, House, picture
from tests.services.imagine.desk import (
    Desk,
    accept,
)


async def test_a_waiting_job_is_cancelled_by_its_owner(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    await imagine.resume()
    await imagine.cancel(ID, 7)
    await house.settle()
    assert await house.state() is JobState.CANCELLED
    assert house.messenger.shown == [("word", "This job was cancelled.")]


async def test_cancelled_before_the_dispatcher_has_it(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    accepted = await accept(imagine)
    await imagine.cancel(accepted.job.id, 7)
    assert desk.cancelled == []
    await imagine.start(accepted, 99)
    await house.settle()
    assert await house.state(accepted.job.id) is JobState.CANCELLED
    assert house.messenger.shown == [("word", "This job was cancelled.")]


@pytest.mark.parametrize("moment", ["accepted", "waiting", "running", "drawn"])
async def test_a_cancel_at_any_moment_leaves_no_lease_held(
    imagine: ImagineService, house: House, database: Database, moment: str
) -> None:
    accepted = await accept(imagine)
    job_id = accepted.job.id
    if moment != "accepted":
        await imagine.start(accepted, 99)
    if moment == "running":
        house.delivery.handle(Began(job_id))
        await house.settle()
    if moment == "drawn":  # and not written down yet
        house.delivery.handle(Done(job_id, (picture(),), 2.0))
    await imagine.cancel(job_id, 7)
    if moment == "accepted":
        await imagine.start(accepted, 99)
    await house.settle()
    (lease,) = await database.fetch_all("SELECT state, pictures FROM leases WHERE job_id = ?", (job_id,))
    state = await house.state(job_id)
    # Whichever end of one that is drawn and cancelled at once is written first counts.
    assert state is JobState.CANCELLED or (moment == "drawn" and state is JobState.DONE)
    assert tuple(lease) == (("spent", 1) if state is JobState.DONE else ("refunded", 0))


async def test_nobody_cancels_another_persons_job(imagine: ImagineService, desk: Desk, house: House) -> None:
    await imagine.resume()
    with pytest.raises(InvalidRequest, match="Only the person who asked"):
        await imagine.cancel(ID, 8)
    assert desk.cancelled == [] and await house.state() is JobState.QUEUED


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (Cancelled(ID), "cancelled already"),
        (Done(ID, (picture(),), 2.0), "has ended"),
        (Failed(ID, "It did not work."), "has ended"),
    ],
)
async def test_a_job_that_has_ended_cannot_be_cancelled(
    imagine: ImagineService, desk: Desk, house: House, end: Cancelled | Done | Failed, said: str
) -> None:
    house.delivery.handle(end)
    await house.settle()
    with pytest.raises(UserError, match=said):
        await imagine.cancel(ID, 7)
    assert desk.cancelled == []


@pytest.mark.parametrize("job_id", ["nothing1", "", "'; DROP TABLE jobs"])
async def test_an_unknown_job_cannot_be_cancelled(imagine: ImagineService, job_id: str) -> None:
    with pytest.raises(NotFound, match="There is no job"):
        await imagine.cancel(job_id, 7)
