"""What becomes of a job reaches the asker: in order, once, and never above the ceiling."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from bot.core.events import Cancelled, Done, Failed, Progress
from bot.core.job import JobState, Verdict
from tests.services.house import ABOVE, House, picture


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
