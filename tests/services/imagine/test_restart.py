"""What an earlier run accepted, under the rules of the day."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.errors import Busy
from bot.core.job import JobState
from bot.core.prompt import Prompt
from bot.core.request import Request
from bot.services.imagine import ATTEMPTS, ImagineService
from bot.services.sources import GONE, Given
from bot.storage.database import Database
from tests.services.house import ID, House, Sent
from tests.services.imagine.desk import (
    TERM,
    Desk,
    accept,
    begin,
    rows,
)


async def test_a_restart_keeps_the_weight(imagine: ImagineService, desk: Desk, house: House) -> None:
    accepted = await accept(imagine)
    assert [job.id for job in await imagine.resume()] == [ID, accepted.job.id]
    assert [weight for *_, weight in desk.submitted] == [1.0, 2.0]


async def test_a_job_that_todays_rules_refuse_ends_at_the_next_start(
    imagine: ImagineService, desk: Desk, house: House, database: Database
) -> None:
    kept = await accept(imagine)
    for number, (prompt, user_id) in enumerate(((TERM, 7), ("nude", 7), ("15 years old", 7), ("smile", 66))):
        job = dataclasses.replace(
            kept.job,
            id=f"earlier{number}",
            user_id=user_id,
            request=Request(f"1girl, {prompt}"),
            prompt=Prompt(f"1girl, {prompt}", "nsfw", 1, 1, 75),
        )
        await house.jobs.add(job)
    assert [job.id for job in await imagine.resume()] == [ID, kept.job.id]
    await house.settle()
    assert {tasks[0].job_id for tasks, *_ in desk.submitted} == {ID, kept.job.id}
    words = [sentence for kind, sentence in house.messenger.shown if kind == "word"]  # type: ignore[misc]
    assert len(words) == 4 and sum("has changed since" in str(word) for word in words) == 3
    assert not any(TERM in str(word) for word in words)
    for number in range(4):
        assert await house.state(f"earlier{number}") is JobState.FAILED
    forgotten = await house.jobs.get("earlier0")
    assert forgotten is not None and forgotten.job.request.prompt == forgotten.job.prompt.positive == ""
    stored = await database.fetch_all("SELECT request || prompt AS text FROM jobs")
    assert not any(TERM in row["text"] for row in stored)
    assert await rows(database) == []


async def test_a_job_that_many_runs_began_in_vain_is_given_up(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    for _ in range(ATTEMPTS - 1):
        await house.jobs.move(ID, JobState.RUNNING)
        assert [job.id for job in await imagine.resume()] == [ID]
    await house.jobs.move(ID, JobState.RUNNING)
    assert await imagine.resume() == []
    await house.settle()
    assert await house.state() is JobState.FAILED
    assert "it was given up" in str(house.messenger.shown)


async def test_a_bot_that_stops_takes_nothing_more_and_keeps_what_it_took(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    accepted = await accept(imagine)
    imagine.close()
    with pytest.raises(Busy, match="about to restart"):
        await accept(imagine)
    await imagine.start(accepted, 99)
    assert desk.submitted == [] and await house.state(accepted.job.id) is JobState.QUEUED


async def test_a_picture_that_is_gone_at_the_restart_ends_its_job(
    imagine: ImagineService, house: House
) -> None:
    accepted = await begin(imagine, Given(Sent()))
    for sha256 in await house.sources.names():
        await house.sources.remove(sha256)
    assert accepted.job.id not in {job.id for job in await imagine.resume()}
    await house.settle()
    assert ("word", GONE) in house.messenger.shown
