"""What one person sees of the queue: their own jobs, everyone's numbers, the engine's condition."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import JobState, Place
from bot.core.request import Request
from bot.engine.state import Condition, Forecast, QueuedJob, Snapshot, WorkerState
from bot.policy.verdicts import Thresholds
from bot.services.imagine import Asker
from bot.services.queue import STOPPED, Moderator, QueueService, condition
from bot.services.sight import SightService, Viewer
from bot.storage.audit import AuditStore
from tests.services.house import ID, House, asked
from tests.services.sights import Words


def worker(state: Condition, note: str = "") -> WorkerState:
    return WorkerState("cpu", state, 1.0, 0, note)


class Desk:
    """A dispatcher with a fixed queue."""

    def __init__(self) -> None:
        self.jobs = (
            QueuedJob("other001", 8, 1, True, 3, 28, 9.0),
            QueuedJob(ID, 7, 1, False, 0, 28, 30.0),
            QueuedJob("direct01", 7, None, False, 0, 28, 40.0),
            QueuedJob("other002", 8, None, False, 0, 28, 50.0),
            QueuedJob("other003", 9, 2, False, 0, 28, 60.0),
        )

    def snapshot(self) -> Snapshot:
        return Snapshot(self.jobs, (worker("ready"),))

    def place(self, job_id: str) -> Forecast | None:
        return Forecast(1, 30.0, True) if job_id == ID else None


class Service(QueueService):
    """On a fixed queue; what it stops is written down."""

    def __init__(self, house: House) -> None:
        self.ended: list[tuple[str, str]] = []
        sight = SightService(house.ceilings, Thresholds(), Words())  # type: ignore[arg-type]
        super().__init__(
            house.jobs,
            Desk(),  # type: ignore[arg-type]  # the two methods that it calls
            sight,
            AuditStore(house.database),
            lambda job_id, why: self.ended.append((job_id, why)),
        )


def somebody(user_id: int, guild_id: int | None, *moderated: int) -> Moderator:
    viewer = Viewer(Asker(user_id), Place(guild_id, 2), lambda place: True)
    return Moderator(viewer, lambda place: place.channel_id in moderated)


async def test_a_person_sees_their_own_jobs_and_everyones_numbers(house: House) -> None:
    await house.jobs.add(asked("direct01", guild_id=None))
    view = await Service(house).view(somebody(7, 1))
    assert [job.queued.job_id for job in view.mine] == [ID, "direct01"]
    assert view.mine[0].prompt == "1girl" and view.mine[0].forecast == Forecast(1, 30.0, True)
    assert (view.here, view.everywhere) == ((1, 1), (1, 4))
    assert view.engine == "ready" and view.others == ()


async def test_in_direct_messages_here_is_ones_own(house: House) -> None:
    service = Service(house)
    assert (await service.view(somebody(7, None))).here == (0, 1)
    assert (await service.view(somebody(9, None))).here == (0, 0)
    assert (await service.view(somebody(9, None))).mine == ()


async def test_a_moderator_sees_others_jobs_where_they_moderate(house: House) -> None:
    service = Service(house)
    await house.jobs.add(asked("other001", user_id=8))
    private = asked("other002", user_id=8)
    private = dataclasses.replace(private, place=Place(1, 3), request=Request("1girl", private=True))
    await house.jobs.add(private)
    view = await service.view(somebody(9, 1, 2))
    assert [(job.queued.job_id, job.prompt) for job in view.others] == [("other001", "1girl"), (ID, "1girl")]
    view = await service.view(somebody(8, 1, 2, 3))
    assert [job.queued.job_id for job in view.others] == [ID]  # of one's own there is a list already


async def test_words_that_are_not_for_a_moderators_eyes_are_left_out(house: House) -> None:
    await house.jobs.add(
        dataclasses.replace(asked("other001", user_id=8), request=Request("x", private=True))
    )
    (job,) = [each for each in (await Service(house).view(somebody(9, 1, 2))).others if each.prompt is None]
    assert job.queued.job_id == "other001"


async def test_a_moderator_stops_a_job_and_that_is_written_down(house: House) -> None:
    service = Service(house)
    await service.stop(ID, somebody(9, 1, 2))
    assert service.ended == [(ID, STOPPED)]
    (row,) = await house.database.fetch_all("SELECT guild_id, channel_id, user_id, action, before FROM audit")
    assert tuple(row) == (1, 2, 9, "stop", ID)


@pytest.mark.parametrize(
    ("job_id", "who"),
    [
        (ID, somebody(9, 1)),
        (ID, somebody(9, 1, 3)),
        (ID, somebody(9, 2, 2)),
        (ID, somebody(9, None, 2)),
        ("nothing1", somebody(9, 1, 2)),
    ],
    ids=["no moderator", "of another channel", "of another server", "in a direct message", "no job"],
)
async def test_others_jobs_are_not_stopped_by_anybody_else(house: House, job_id: str, who: Moderator) -> None:
    service = Service(house)
    with pytest.raises(NotFound):
        await service.stop(job_id, who)
    assert service.ended == [] and await house.database.fetch_all("SELECT * FROM audit") == []


async def test_a_job_that_has_ended_is_not_stopped(house: House) -> None:
    await house.jobs.finish(ID, JobState.CANCELLED)
    with pytest.raises(InvalidRequest, match="has ended"):
        await Service(house).stop(ID, somebody(9, 1, 2))


@pytest.mark.parametrize(
    ("workers", "expected"),
    [
        ((), ("loading", "")),
        ((worker("ready", "an old fault"),), ("ready", "")),
        ((worker("loading"),), ("loading", "")),
        ((worker("dead", "No model."), worker("ready")), ("ready", "No model.")),
        ((worker("degraded", "It hung."), worker("loading")), ("degraded", "It hung.")),
        ((worker("dead", "No model."),), ("dead", "No model.")),
    ],
)
def test_the_engine_is_as_its_best_worker(
    workers: tuple[WorkerState, ...], expected: tuple[Condition, str]
) -> None:
    assert condition(workers) == expected
