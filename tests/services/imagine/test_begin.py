"""Requests that begin from a picture: what is looked at, kept and refused."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.errors import Busy, InvalidRequest, Refused
from bot.core.rating import Rating
from bot.services.imagine import ImagineService
from bot.services.sources import Given
from bot.storage.database import Database
from bot.storage.settings import SettingsStore
from tests.services.house import ABOVE, AGED, ID, Eyes, House, Sent
from tests.services.imagine.desk import (
    PLACE,
    Desk,
    accept,
    begin,
)


async def test_a_job_begins_from_a_picture_that_is_kept_through_a_restart(
    imagine: ImagineService, desk: Desk, house: House, eyes: Eyes
) -> None:
    accepted = await begin(imagine, Given(Sent(b"wide"), 0.5, Sent(b"mask")))
    source = accepted.job.request.source
    assert source is not None and source.strength == 0.5
    assert str(accepted.job.request.size) == "1536x640"  # as wide as the picture, not as usual
    assert sorted(await house.sources.names()) == sorted(source.files)
    assert [job.id for job in await imagine.resume()] == [ID, accepted.job.id]
    (task,) = desk.submitted[1][0]
    assert task.start is not None
    assert (task.start.picture, task.start.strength, task.start.mask) == (b"PNG wide", 0.5, b"PNG mask")
    assert len(eyes.seen) == 2  # by the rules of the day, too


async def test_a_picture_above_the_ceiling_is_refused_and_kept_nowhere(
    imagine: ImagineService, house: House, eyes: Eyes
) -> None:
    eyes.verdict = ABOVE
    with pytest.raises(InvalidRequest, match="above general, the most that is drawn here"):
        await begin(imagine, Given(Sent()))
    assert await house.sources.names() == {}
    assert [job.id for job in await house.jobs.unfinished()] == [ID]


async def test_nothing_is_fetched_for_words_that_are_refused(imagine: ImagineService, eyes: Eyes) -> None:
    with pytest.raises(Refused):
        await begin(imagine, Given(Sent()), "nude")
    assert eyes.seen == []


async def test_nothing_is_fetched_for_somebody_whose_quota_is_used_up(
    imagine: ImagineService, eyes: Eyes
) -> None:
    for _ in range(8):
        await accept(imagine)
    with pytest.raises(Busy, match="8 of your 8 jobs are waiting or running"):
        await begin(imagine, Given(Sent()))
    assert eyes.seen == []


async def test_what_is_drawn_from_somebody_young_is_judged_more_strictly(
    imagine: ImagineService, eyes: Eyes, database: Database
) -> None:
    await SettingsStore(database).set_ceiling(PLACE.guild_id or 0, PLACE.channel_id, Rating.EXPLICIT, 1)
    eyes.verdict = AGED
    accepted = await begin(imagine, Given(Sent()))
    assert accepted.job.age_context
    assert accepted.job.id in {job.id for job in await imagine.resume()}
    eyes.verdict = dataclasses.replace(ABOVE, age=0.5)
    with pytest.raises(InvalidRequest, match="not drawn from"):
        await begin(imagine, Given(Sent()))


@pytest.mark.parametrize("strength", [0.0, 0.01, 1.5, float("nan")])
async def test_a_strength_that_leaves_nothing_is_told_before_anything_is_fetched(
    imagine: ImagineService, eyes: Eyes, strength: float
) -> None:
    with pytest.raises(InvalidRequest, match="trength"):
        await begin(imagine, Given(Sent(), strength))
    assert eyes.seen == []


async def test_a_strength_of_one_is_drawn_and_advised_against(imagine: ImagineService) -> None:
    accepted = await begin(imagine, Given(Sent(), 1.0))
    assert (
        "A strength of 1 keeps nothing of the picture that it begins from." in accepted.job.request.advice()
    )


async def test_a_file_of_more_than_twenty_megabytes_is_not_looked_at(
    imagine: ImagineService, eyes: Eyes
) -> None:
    with pytest.raises(InvalidRequest, match=r"20\.0 MB, and at most 20 MB"):
        await begin(imagine, Given(Sent(bytes(20_000_001))))
    assert eyes.seen == []
