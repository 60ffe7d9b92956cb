"""What the worker tells reaches the asker: in order, not too often, once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.core.events import Cancelled, Done, Failed, ModelInfo, Progress, Ready
from bot.core.job import Image, Job, JobState, Place, Rendered, Reply, Verdict
from bot.core.prompt import Prompt
from bot.core.request import Request
from bot.services.delivery import BETWEEN_EDITS, DeliveryService
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles

SAFE = Verdict(0.97, 0.01, 0.01, 0.01, "test")
ABOVE = Verdict(0.1, 0.1, 0.7, 0.1, "test")


class Recorder:
    """A messenger that writes down what it was asked to show."""

    def __init__(self) -> None:
        self.shown: list[tuple[object, ...]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    async def progress(self, job: Job, step: int, steps: int, seconds_left: float | None) -> None:
        self.shown.append(("progress", step, seconds_left))
        await self.gate.wait()

    async def result(self, job: Job, pictures: Sequence[Rendered], model: str, seconds: float) -> None:
        self.shown.append(("result", len(pictures), model))
        if self.broken:
            raise ConnectionError("no Discord today")

    async def word(self, job: Job, sentence: str) -> None:
        self.shown.append(("word", sentence))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class House:
    def __init__(self, jobs: JobStore, files: PictureFiles) -> None:
        self.jobs, self.files = jobs, files
        self.messenger, self.clock = Recorder(), Clock()
        self.delivery = DeliveryService(jobs, files, self.messenger, clock=self.clock)

    async def settle(self) -> None:
        """Wait until every task of the delivery has ended."""
        while others := [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]:
            await asyncio.wait(others)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with await Database.open(tmp_path / "bot.sqlite3") as database:
        built = House(JobStore(database), PictureFiles(tmp_path / "pictures"))
        job = Job(
            id="jobjob01",
            user_id=7,
            place=Place(1, 2),
            request=Request("1girl"),
            prompt=Prompt("1girl", "nsfw", 1, 1, 75),
            seed=5,
            state=JobState.QUEUED,
            created_at=1.0,
            reply=Reply("token", 1000.0),
        )
        await built.jobs.add(job)
        built.delivery.handle(Ready(ModelInfo("chibi", "ab", 0.125, "cpu")))
        yield built


def picture(verdict: Verdict = SAFE, png: bytes = b"png") -> Rendered:
    return Rendered(Image(0, 5, 416, 608, hashlib.sha256(png).hexdigest(), verdict), png)


async def test_a_result_is_kept_and_shown(house: House) -> None:
    house.delivery.handle(Progress("jobjob01", 1, 28))
    await house.settle()
    running = await house.jobs.get("jobjob01")
    assert running is not None and running.job.state is JobState.RUNNING
    house.delivery.handle(Done("jobjob01", (picture(),), 2.0))
    await house.settle()
    assert house.messenger.shown == [("progress", 1, None), ("result", 1, "chibi")]
    record = await house.jobs.get("jobjob01")
    assert record is not None and record.job.state is JobState.DONE and record.model == "chibi"
    assert await house.files.read(record.images[0].sha256) == b"png"


async def test_progress_is_shown_at_most_every_three_seconds(house: House) -> None:
    for step in range(1, 29):
        house.delivery.handle(Progress("jobjob01", step, 28))
        await house.settle()
        house.clock.now += BETWEEN_EDITS / 8
    steps = [entry[1] for entry in house.messenger.shown]
    assert steps == [1, 9, 17, 25]


async def test_progress_is_not_shown_just_before_the_end(house: House) -> None:
    house.delivery.handle(Progress("jobjob01", 1, 28))
    house.clock.now += 26 * 0.5
    house.delivery.handle(Progress("jobjob01", 27, 28))
    await house.settle()
    assert [entry[1] for entry in house.messenger.shown] == [1]


async def test_one_edit_is_in_flight_and_the_result_waits_for_it(house: House) -> None:
    house.messenger.gate.clear()
    house.delivery.handle(Progress("jobjob01", 1, 28))
    await asyncio.sleep(0.05)
    house.clock.now += 60
    house.delivery.handle(Progress("jobjob01", 2, 28))
    house.delivery.handle(Done("jobjob01", (picture(),), 2.0))
    await asyncio.sleep(0.05)
    assert [entry[0] for entry in house.messenger.shown] == ["progress"]
    house.messenger.gate.set()
    await house.settle()
    assert [entry[0] for entry in house.messenger.shown] == ["progress", "result"]


@pytest.mark.parametrize("verdict", [ABOVE, Verdict.unknown("time-out", "test")])
async def test_a_picture_above_the_ceiling_is_neither_shown_nor_kept(house: House, verdict: Verdict) -> None:
    house.delivery.handle(Done("jobjob01", (picture(), picture(verdict, b"other")), 2.0))
    await house.settle()
    assert [entry[0] for entry in house.messenger.shown] == ["word"]
    record = await house.jobs.get("jobjob01")
    assert record is not None and record.job.state is JobState.WITHHELD and record.images == ()
    assert await house.files.read(hashlib.sha256(b"png").hexdigest()) is None


@pytest.mark.parametrize(
    ("event", "state"),
    [(Failed("jobjob01", "It did not work."), JobState.FAILED), (Cancelled("jobjob01"), JobState.CANCELLED)],
)
async def test_an_end_without_pictures_is_told(
    house: House, event: Failed | Cancelled, state: JobState
) -> None:
    house.delivery.handle(event)
    await house.settle()
    record = await house.jobs.get("jobjob01")
    assert record is not None and record.job.state is state
    assert house.messenger.shown == [("word", record.job.error)]


async def test_a_second_end_changes_nothing(house: House) -> None:
    house.delivery.handle(Done("jobjob01", (picture(),), 2.0))
    house.delivery.handle(Done("jobjob01", (picture(),), 2.0))
    await house.settle()
    assert [entry[0] for entry in house.messenger.shown] == ["result"]


async def test_what_cannot_be_shown_stays_in_the_history(house: House) -> None:
    house.messenger.broken = True
    house.delivery.handle(Done("jobjob01", (picture(),), 2.0))
    await house.settle()
    assert len((await house.jobs.page(7)).records) == 1


async def test_a_picture_that_cannot_be_kept_ends_in_a_word(house: House, tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("in the way")
    house.delivery.handle(Done("jobjob01", (picture(),), 2.0))
    await house.settle()
    assert [entry[0] for entry in house.messenger.shown] == ["word"]
    record = await house.jobs.get("jobjob01")
    assert record is not None and record.job.state is JobState.FAILED and record.job.error
