"""The dispatcher against a worker made of plain lists: turns, forecasts, cancelling, a worker's death."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.errors import EngineError
from bot.core.events import (
    Broken,
    Cancelled,
    Done,
    Failed,
    ModelInfo,
    Progress,
    Ready,
    WorkerEvent,
)
from bot.core.job import Task
from bot.core.size import DEFAULT_SIZE, SIZES, Size
from bot.engine.client import Listener
from bot.engine.dispatcher import Dispatcher, Forecast, work

READY = Ready(ModelInfo("tiny", "00", 0.125, "cpu"))
BROKEN = Broken("The engine stopped.", "signal 9")


class Lists:
    """A worker whose every word the test speaks."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.cancelled: list[str] = []
        self.starts = 0
        self.stops = 0
        self.gone = False
        self.tell: Listener = lambda event: None

    async def start(self, listener: Listener) -> None:
        self.starts += 1
        self.tell = listener

    def send(self, task: Task) -> None:
        if self.gone:
            raise EngineError("gone")
        self.sent.append(task.job_id)

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    async def stop(self) -> None:
        self.stops += 1


class Bench:
    """A started dispatcher, its worker, what it told, and a clock that the test moves."""

    def __init__(self) -> None:
        self.worker = Lists()
        self.heard: list[WorkerEvent] = []
        self.now = 100.0
        self.dispatcher = Dispatcher(self.worker, self.heard.append, clock=lambda: self.now)

    def submit(self, *wishes: tuple[int, str]) -> None:
        for owner, name in wishes:
            self.dispatcher.submit(task(name), owner)

    def finish(self, job_id: str, seconds: float = 10.0) -> None:
        self.worker.tell(Done(job_id, (), seconds))


def task(name: str, steps: int = 10, size: Size = DEFAULT_SIZE) -> Task:
    return Task(name, "1girl", None, size, steps, 7.0, "Euler a", (1,))


@pytest.fixture
async def bench() -> Bench:
    bench = Bench()
    await bench.dispatcher.start()
    return bench


async def test_nothing_is_sent_before_the_model_is_ready(bench: Bench) -> None:
    bench.submit((1, "a"))
    assert bench.worker.sent == []
    assert bench.dispatcher.forecast(task("b"), 2) == Forecast(1, None, False)
    bench.worker.tell(READY)
    assert bench.worker.sent == ["a"]
    assert bench.heard == [READY]


async def test_people_take_turns_one_job_at_a_time(bench: Bench) -> None:
    bench.worker.tell(READY)
    bench.submit((1, "a"), (1, "b"), (1, "c"), (2, "d"))
    assert bench.worker.sent == ["a"]
    for name in "abd":
        bench.finish(name)
    assert bench.worker.sent == ["a", "b", "d", "c"]


async def test_a_failed_job_makes_room_for_the_next(bench: Bench) -> None:
    bench.worker.tell(READY)
    bench.submit((1, "a"), (1, "b"))
    bench.worker.tell(Failed("a", "No."))
    assert bench.worker.sent == ["a", "b"]
    assert Failed("a", "No.") in bench.heard


async def test_the_forecast_counts_what_runs_what_goes_first_and_itself(bench: Bench) -> None:
    bench.worker.tell(READY)
    bench.submit((1, "a"))
    assert bench.dispatcher.forecast(task("x"), 2) == Forecast(1, None, True)
    bench.finish("a", 10.0)
    assert bench.dispatcher.forecast(task("x"), 2) == Forecast(0, pytest.approx(10.0), True)
    bench.submit((1, "b"), (1, "c"), (1, "d"))
    bench.worker.tell(Progress("b", 5, 10))
    # The second person waits for half of b, one more job of the first, c, and their own.
    assert bench.dispatcher.forecast(task("x"), 2) == Forecast(2, pytest.approx(25.0), True)
    assert bench.dispatcher.forecast(task("x", steps=20), 1) == Forecast(3, pytest.approx(45.0), True)


async def test_the_first_job_ever_is_guessed_from_its_own_steps(bench: Bench) -> None:
    bench.worker.tell(READY)
    bench.submit((1, "a"))
    bench.now += 2.0
    bench.worker.tell(Progress("a", 2, 10))
    assert bench.dispatcher.forecast(task("x"), 2).seconds == pytest.approx(8.0 + 10.0)


async def test_a_size_costs_by_its_area() -> None:
    assert work(task("a", size=DEFAULT_SIZE)) == 20
    assert all(19 < work(task("a", size=size)) < 21.5 for size in SIZES)


async def test_a_waiting_job_is_cancelled_here_and_a_running_one_at_the_worker(bench: Bench) -> None:
    bench.worker.tell(READY)
    bench.submit((1, "a"), (1, "b"))
    bench.dispatcher.cancel("b")
    assert bench.heard[-1] == Cancelled("b")
    assert bench.worker.cancelled == []
    bench.dispatcher.cancel("a")
    assert bench.worker.cancelled == ["a"]
    heard = len(bench.heard)
    bench.dispatcher.cancel("b")
    bench.dispatcher.cancel("nobody's")
    assert len(bench.heard) == heard
    bench.submit((1, "c"))
    bench.worker.tell(Cancelled("a"))
    assert bench.worker.sent == ["a", "c"]


async def test_a_worker_that_dies_is_started_again_and_its_job_with_it(bench: Bench) -> None:
    bench.worker.tell(READY)
    bench.submit((1, "a"), (1, "b"))
    bench.worker.tell(BROKEN)
    await asyncio.sleep(0)
    assert bench.worker.starts == 2
    assert bench.worker.sent == ["a"]
    bench.worker.tell(READY)
    assert bench.worker.sent == ["a", "a"]
    bench.worker.tell(BROKEN)
    assert bench.heard[-1] == Failed("a", BROKEN.sentence, BROKEN.detail)
    await asyncio.sleep(0)
    bench.worker.tell(READY)
    assert bench.worker.sent == ["a", "a", "b"]


async def test_a_worker_that_cannot_load_is_not_tried_again_and_every_job_is_told(bench: Bench) -> None:
    bench.submit((1, "a"), (2, "b"))
    bench.worker.tell(BROKEN)
    await asyncio.sleep(0)
    bench.submit((3, "c"))
    assert bench.worker.starts == 1
    assert bench.heard == [BROKEN, *(Failed(name, BROKEN.sentence, BROKEN.detail) for name in "abc")]


async def test_a_job_that_met_a_closed_pipe_goes_to_the_next_worker(bench: Bench) -> None:
    bench.worker.tell(READY)
    bench.worker.gone = True
    bench.submit((1, "a"))
    bench.worker.gone = False
    bench.worker.tell(BROKEN)
    await asyncio.sleep(0)
    bench.worker.tell(READY)
    assert bench.worker.sent == ["a"]


async def test_stop_stops_the_worker_and_sends_nothing_more(bench: Bench) -> None:
    bench.worker.tell(READY)
    await bench.dispatcher.stop()
    bench.submit((1, "a"))
    assert bench.worker.stops == 1
    assert bench.worker.sent == []
