"""What becomes of a job reaches the asker: in order, once, and never above the ceiling."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import math
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import StorageError
from bot.core.events import Began, Cancelled, Done, Failed, Progress
from bot.core.job import JobState, Verdict
from bot.core.rating import Rating
from bot.services import delivery
from bot.storage.database import Database
from bot.storage.pictures import PictureFiles
from tests.services.house import ABOVE, SAFE, House, asked, picture

SENSITIVE = Verdict(0.3, 0.6, 0.1, 0.0, "test")
UNRATED = Verdict.unknown("time-out", "test")


def hash_of(png: bytes) -> str:
    return hashlib.sha256(png).hexdigest()


async def test_a_result_is_kept_and_shown(house: House) -> None:
    house.delivery.handle(Began("jobjob01"))
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


@pytest.mark.parametrize("verdict", [ABOVE, UNRATED])
async def test_a_picture_above_the_ceiling_is_neither_shown_nor_kept(house: House, verdict: Verdict) -> None:
    house.delivery.handle(Done("jobjob01", (picture(verdict),), 2.0))
    await house.settle()
    assert [entry[0] for entry in house.messenger.shown] == ["word"]
    ((sentence, again),) = house.messenger.told
    assert again and ("rated" in sentence) is (verdict is UNRATED)
    record = await house.jobs.get("jobjob01")
    assert record is not None and record.job.state is JobState.WITHHELD and record.images == ()
    assert record.job.error == sentence
    assert await house.files.read(hash_of(b"png")) is None


@pytest.mark.parametrize("verdict", [ABOVE, UNRATED])
async def test_of_several_those_are_shown_that_may_be(house: House, verdict: Verdict) -> None:
    pictures = (picture(verdict, b"first", index=0), picture(png=b"second", index=1))
    house.delivery.handle(Done("jobjob01", pictures, 2.0))
    await house.settle()
    assert house.messenger.shown == [("result", 1, "chibi")]
    assert house.messenger.told == [("One picture of 2 may not be shown here and was withheld.", True)]
    record = await house.jobs.get("jobjob01")
    assert record is not None and record.job.state is JobState.DONE
    assert [image.index for image in record.images] == [1]
    assert await house.files.read(hash_of(b"first")) is None


@pytest.mark.parametrize(
    ("rating", "strict", "verdict", "shows"),
    [
        (Rating.GENERAL, False, SENSITIVE, True),
        (Rating.GENERAL, True, SENSITIVE, False),
        (Rating.SENSITIVE, True, SENSITIVE, True),
        (Rating.SENSITIVE, False, ABOVE, False),
        (Rating.QUESTIONABLE, False, ABOVE, True),
    ],
)
async def test_the_ceiling_counts_as_it_is_at_the_end(
    house: House, rating: Rating, strict: bool, verdict: Verdict, shows: bool
) -> None:
    house.ceilings.rating, house.ceilings.strict = rating, strict
    house.delivery.handle(Done("jobjob01", (picture(verdict),), 2.0))
    await house.settle()
    assert await house.state() is (JobState.DONE if shows else JobState.WITHHELD)


@pytest.mark.parametrize(("verdict", "shows"), [(SAFE, True), (SENSITIVE, False), (ABOVE, False)])
async def test_a_ceiling_that_cannot_be_read_is_general_and_strict(
    house: House, verdict: Verdict, shows: bool
) -> None:
    house.ceilings.rating, house.ceilings.error = Rating.EXPLICIT, OSError("the disk is gone")
    house.delivery.handle(Done("jobjob01", (picture(verdict),), 2.0))
    await house.settle()
    assert await house.state() is (JobState.DONE if shows else JobState.WITHHELD)


@pytest.mark.parametrize(
    ("verdict", "age_context", "kept"),
    [
        (ABOVE, False, True),
        (ABOVE, True, False),  # F3 by the prompt
        (dataclasses.replace(ABOVE, age=0.2), False, False),  # F3 by the tagger
        (dataclasses.replace(SENSITIVE, age=0.9), True, True),  # withheld by the strict threshold alone
        (UNRATED, False, False),
    ],
)
async def test_what_is_withheld_is_kept_for_review_but_for_what_the_floor_throws_away(
    database: Database, tmp_path: Path, verdict: Verdict, age_context: bool, kept: bool
) -> None:
    folder = tmp_path / "withheld"
    house = House(database, tmp_path, PictureFiles(folder))
    await house.jobs.add(dataclasses.replace(asked(), age_context=age_context))
    house.delivery.handle(Done("jobjob01", (picture(verdict),), 2.0))
    await house.settle()
    assert await house.state() is JobState.WITHHELD
    files = [path for path in tmp_path.rglob("*.png") if path.is_file()]
    assert files == ([folder / hash_of(b"png")[:2] / f"{hash_of(b'png')}.png"] if kept else [])
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)


async def test_a_review_folder_that_cannot_be_written_changes_nothing_for_the_asker(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "withheld").write_text("in the way")
    withheld = PictureFiles(tmp_path / "withheld")
    house = House(database, tmp_path, withheld)
    await house.jobs.add(asked())
    house.delivery.handle(Done("jobjob01", (picture(ABOVE),), 2.0))
    await house.settle()
    assert await house.state() is JobState.WITHHELD


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


class Jammed:
    """The store's own ``finish``, which fails for so many times first."""

    def __init__(self, house: House, times: float) -> None:
        self.house, self.times, self.tried = house, times, 0
        self.finish = house.jobs.finish

    async def __call__(self, *parts: Any, **more: Any) -> None:
        self.tried += 1
        if self.tried <= self.times:
            raise StorageError("locked")
        await self.finish(*parts, **more)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "PAUSES", (0.001,) * 3)


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(("times", "shown"), [(1, "result"), (2, "result"), (3, "word"), (9, "word")])
async def test_an_end_that_cannot_be_written_is_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch, times: int, shown: str
) -> None:
    jammed = Jammed(house, times)
    monkeypatch.setattr(house.jobs, "finish", jammed)
    house.delivery.handle(Done("jobjob01", (picture(),), 2.0))
    await house.settle()
    assert [entry[0] for entry in house.messenger.shown] == [shown] and jammed.tried == times + 1
    assert await house.state() is (JobState.DONE if shown == "result" else JobState.FAILED)


async def test_a_stop_does_not_wait_for_an_end_that_cannot_be_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    jammed = Jammed(house, math.inf)
    monkeypatch.setattr(house.jobs, "finish", jammed)
    house.delivery.handle(Done("jobjob01", (picture(),), 2.0))
    while not jammed.tried:
        await asyncio.sleep(0.01)
    async with asyncio.timeout(delivery.PAUSES[0] / 2):
        await house.delivery.close(0.1)
    assert await house.state() is JobState.QUEUED and house.messenger.shown == []


@pytest.mark.usefixtures("hurry")
async def test_a_picture_that_cannot_be_kept_ends_in_a_word(house: House, tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("in the way")
    house.delivery.handle(Done("jobjob01", (picture(),), 2.0))
    await house.settle()
    assert [entry[0] for entry in house.messenger.shown] == ["word"]
    record = await house.jobs.get("jobjob01")
    assert record is not None and record.job.state is JobState.FAILED and record.job.error
