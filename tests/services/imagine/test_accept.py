"""Accepting and starting: what is written, submitted and said when it cannot be."""

from __future__ import annotations

import pytest

from bot.core.errors import Busy, InvalidRequest, StorageError
from bot.core.job import JobState
from bot.services.imagine import ImagineService, weight_of
from bot.storage.database import Database
from tests.services.house import ID, House
from tests.services.imagine.desk import (
    Desk,
    accept,
)


async def test_every_picture_of_a_job_is_submitted_with_its_owner_and_weight(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    accepted = await accept(imagine, count=3, seed=2**32 - 1)
    assert desk.submitted == [] and accepted.job.weight == 2.0
    await imagine.start(accepted, 99)
    ((tasks, owner, guild, weight),) = desk.submitted
    assert [(task.index, task.seed) for task in tasks] == [(0, 2**32 - 1), (1, 0), (2, 1)]
    assert (owner, guild, weight) == (7, 1, 2.0)
    record = await house.jobs.get(accepted.job.id)
    assert record is not None and record.job.message_id == 99


async def test_a_picture_is_enlarged_as_far_as_discord_takes_it(imagine: ImagineService, desk: Desk) -> None:
    accepted = await accept(imagine, count=2, upscale=2)
    await imagine.start(accepted, 5)
    ((tasks, *_),) = desk.submitted
    assert [task.upscale for task in tasks] == [2, 2]
    for options in ({"upscale": 4}, {"upscale": 2, "hires": True}, {"upscale": 2, "count": 3}):
        with pytest.raises(InvalidRequest, match=r"more than (Discord|one message) takes"):
            await accept(imagine, **options)


async def test_a_quota_that_is_used_up_refuses_and_nothing_is_written(
    imagine: ImagineService, database: Database, house: House
) -> None:
    accepted = [(await accept(imagine, count=3)).job.id for _ in range(8)]
    with pytest.raises(Busy, match="8 of your 8 jobs"):
        await accept(imagine)
    assert [job.id for job in await house.jobs.unfinished()] == [ID, *accepted]
    rows = await database.fetch_all("SELECT job_id, pictures, gpu_seconds FROM leases ORDER BY taken_at")
    assert [tuple(row) for row in rows] == [(job_id, 3, 6.0) for job_id in accepted]


async def test_a_job_that_is_abandoned_gives_its_quota_back(imagine: ImagineService) -> None:
    for _ in range(9):
        await imagine.abandon((await accept(imagine)).job, "Too late.")


async def test_a_job_that_nobody_was_told_of_is_not_submitted(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    accepted = await accept(imagine)
    await imagine.abandon(accepted.job, "Too late.")
    assert await house.state(accepted.job.id) is JobState.CANCELLED and desk.submitted == []


async def test_an_answer_that_cannot_be_written_down_holds_up_no_job(
    imagine: ImagineService, desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(*_: object) -> None:
        raise StorageError("locked")

    accepted = await accept(imagine)
    monkeypatch.setattr(house.jobs, "answered", locked)
    await imagine.start(accepted, 99)
    assert len(desk.submitted) == 1
    await imagine.cancel(accepted.job.id, 7)
    await house.settle()
    assert await house.state(accepted.job.id) is JobState.CANCELLED


def test_the_best_role_counts() -> None:
    weights = {"Artist": 2.0, "55": 3.0, "Muted": 0.5}
    assert weight_of((), weights) == 1.0
    assert weight_of({"Nobody"}, weights) == 1.0
    assert weight_of({"Muted"}, weights) == 0.5
    assert weight_of({"Muted", "Artist", "55"}, weights) == 3.0
