"""Accepting, starting and cancelling: who may, when it works, and what is said when it does not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.core.errors import Busy, InvalidRequest, NotFound, UserError
from bot.core.events import Cancelled, Done, Failed
from bot.core.job import JobState, Place, Reply, Task
from bot.core.request import Request
from bot.engine.state import Forecast
from bot.models import builtin
from bot.services.imagine import Accepted, Asker, ImagineService, weight_of
from bot.services.prompts import PromptService
from tests.services.house import ID, House, picture

PLACE = Place(1, 2)


class Desk:
    """A dispatcher that holds what it is given, and cancels at once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.submitted: list[tuple[Sequence[Task], int, int | None, float]] = []
        self.cancelled: list[str] = []
        self.full = False

    def room(self, owner: int, guild: int | None) -> None:
        if self.full:
            raise Busy("You have 20 jobs waiting; ask again when one has ended.")

    def submit(self, tasks: Sequence[Task], owner: int, *, guild: int | None, weight: float) -> None:
        self.submitted.append((tasks, owner, guild, weight))

    def forecast(self, tasks: Sequence[Task], owner: int, *, weight: float) -> Forecast:
        return Forecast(len(self.submitted), None, True)

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)
        if any(tasks[0].job_id == job_id for tasks, *_ in self.submitted):
            self.house.delivery.handle(Cancelled(job_id))


@pytest.fixture(scope="module")
def prompts() -> PromptService:
    return PromptService.for_model("chibi", builtin()["chibi"])


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


@pytest.fixture
def imagine(house: House, desk: Desk, prompts: PromptService) -> ImagineService:
    return ImagineService(
        house.jobs,
        desk,  # type: ignore[arg-type]  # the few methods that the service calls
        prompts,
        house.board,
        enlarge=4,
        weights={"Artist": 2.0, "55": 3.0},
    )


async def accept(imagine: ImagineService, **options: object) -> Accepted:
    asker = Asker(7, {"Artist", "12"})
    return await imagine.accept(asker, PLACE, Request("1girl", **options), Reply("token", 1e12))  # type: ignore[arg-type]


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


async def test_a_full_queue_refuses_before_anything_is_written(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    desk.full = True
    with pytest.raises(Busy, match="20 jobs"):
        await accept(imagine)
    assert [job.id for job in await house.jobs.unfinished()] == [ID]


async def test_a_restart_keeps_the_weight(imagine: ImagineService, desk: Desk, house: House) -> None:
    accepted = await accept(imagine)
    assert [job.id for job in await imagine.resume()] == [ID, accepted.job.id]
    assert [weight for *_, weight in desk.submitted] == [1.0, 2.0]


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


async def test_a_job_that_nobody_was_told_of_is_not_submitted(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    accepted = await accept(imagine)
    await imagine.abandon(accepted.job, "Too late.")
    assert await house.state(accepted.job.id) is JobState.CANCELLED and desk.submitted == []


def test_the_best_role_counts() -> None:
    weights = {"Artist": 2.0, "55": 3.0, "Muted": 0.5}
    assert weight_of((), weights) == 1.0
    assert weight_of({"Nobody"}, weights) == 1.0
    assert weight_of({"Muted"}, weights) == 0.5
    assert weight_of({"Muted", "Artist", "55"}, weights) == 3.0
