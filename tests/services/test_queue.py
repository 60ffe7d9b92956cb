"""What one person sees of the queue: their own jobs, everyone's numbers, the engine's condition."""

from __future__ import annotations

import pytest

from bot.engine.state import Condition, Forecast, QueuedJob, Snapshot, WorkerState
from bot.services.queue import QueueService, condition
from tests.services.house import ID, House, asked


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


async def test_a_person_sees_their_own_jobs_and_everyones_numbers(house: House) -> None:
    await house.jobs.add(asked("direct01", guild_id=None))
    service = QueueService(house.jobs, Desk())  # type: ignore[arg-type]  # the two methods that it calls
    view = await service.view(7, 1)
    assert [job.queued.job_id for job in view.mine] == [ID, "direct01"]
    assert view.mine[0].prompt == "1girl" and view.mine[0].forecast == Forecast(1, 30.0, True)
    assert (view.here, view.everywhere) == ((1, 1), (1, 4))
    assert view.engine == "ready"


async def test_in_direct_messages_here_is_ones_own(house: House) -> None:
    service = QueueService(house.jobs, Desk())  # type: ignore[arg-type]
    assert (await service.view(7, None)).here == (0, 1)
    assert (await service.view(9, None)).here == (0, 0)
    assert (await service.view(9, None)).mine == ()


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
