"""Answers of waiting and running jobs are brought up to date: not too often, and with what is news."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.events import Began, Cancelled, Done, Peek, Progress
from bot.core.job import JobState, Verdict
from bot.engine.state import Forecast
from bot.services.answers import AnswerGone, NotNow, TokenOver
from bot.services.progress import BETWEEN_EDITS, WAITING_EDITS, _is_news
from tests.services.house import ABOVE, ID, SAFE, House, asked, picture


async def test_progress_is_shown_at_most_every_three_seconds(house: House) -> None:
    house.delivery.handle(Began(ID))
    for step in range(1, 29):
        house.delivery.handle(Progress(ID, step, 28, 60.0))
        await house.settle()
        house.clock.now += BETWEEN_EDITS / 8
    assert [entry[1] for entry in house.messenger.shown] == [1, 9, 17, 25]
    assert await house.state() is JobState.RUNNING


async def test_a_job_that_begins_is_written_down_without_an_edit(house: House) -> None:
    house.delivery.handle(Began(ID))
    await house.settle()
    assert house.messenger.shown == []
    assert await house.state() is JobState.RUNNING


async def test_progress_is_not_shown_just_before_the_end(house: House) -> None:
    house.delivery.handle(Progress(ID, 27, 28, 0.5))
    await house.settle()
    assert house.messenger.shown == []


async def test_a_preview_comes_with_the_next_edit_and_once(house: House) -> None:
    house.delivery.handle(Progress(ID, 1, 28))
    await house.settle()
    house.delivery.handle(Peek(ID, 1, b"second", SAFE))
    house.delivery.handle(Peek(ID, 0, b"old", SAFE))
    house.delivery.handle(Peek(ID, 0, b"first", SAFE))
    for step in (8, 9):
        house.clock.now += BETWEEN_EDITS
        house.delivery.handle(Progress(ID, step, 28))
        await house.settle()
    assert [entry[2] for entry in house.messenger.shown] == [None, [b"first", b"second"], None]


@pytest.mark.parametrize("verdict", [ABOVE, Verdict.unknown("time-out", "test")])
async def test_a_preview_above_the_ceiling_is_not_shown(house: House, verdict: Verdict) -> None:
    house.delivery.handle(Progress(ID, 1, 28))
    await house.settle()
    house.delivery.handle(Peek(ID, 0, b"hidden", verdict))
    house.delivery.handle(Peek(ID, 1, b"shown", SAFE))
    house.clock.now += BETWEEN_EDITS
    house.delivery.handle(Progress(ID, 8, 28))
    await house.settle()
    assert house.messenger.shown[-1] == ("progress", 8, [b"shown"])


async def test_a_preview_is_judged_as_in_a_strict_place(house: House) -> None:
    house.delivery.handle(Progress(ID, 1, 28))
    await house.settle()
    house.delivery.handle(Peek(ID, 0, b"unsure", Verdict(0.4, 0.6, 0.0, 0.0, "test")))
    house.clock.now += BETWEEN_EDITS
    house.delivery.handle(Progress(ID, 8, 28))
    await house.settle()
    assert house.messenger.shown[-1] == ("progress", 8, [])


async def test_a_preview_of_a_job_that_is_not_on_the_board_is_dropped(house: House) -> None:
    house.delivery.handle(Done(ID, (picture(),), 2.0))
    await house.settle()
    house.delivery.handle(Peek(ID, 0, b"late", SAFE))
    house.delivery.handle(Progress(ID, 28, 28))
    await house.settle()
    assert [entry[0] for entry in house.messenger.shown] == ["result"]


async def test_a_waiting_job_hears_of_its_new_place_and_not_of_the_same(house: House) -> None:
    places = {ID: Forecast(8, 80.0, True)}
    house.board.waits(ID, places[ID])
    for ahead in (8, 7, 6, 5, 3, 2, 1):
        house.clock.now += BETWEEN_EDITS
        places[ID] = Forecast(ahead, ahead * 10.0, True)
        house.board.refresh(places.get)
        await house.settle()
    # Far back a quarter of the way is news, close to the front every step.
    assert [entry[2] for entry in house.messenger.shown] == [6, 3, 2, 1]


async def test_one_answer_is_not_edited_more_often_than_every_three_seconds(house: House) -> None:
    house.board.waits(ID, Forecast(3, None, True))
    for ahead in (2, 1, 0):
        house.clock.now += BETWEEN_EDITS / 2
        house.board.refresh({ID: Forecast(ahead, None, True)}.get)
        await house.settle()
    assert [entry[2] for entry in house.messenger.shown] == [1]


async def test_a_crowd_of_waiting_jobs_takes_turns(house: House) -> None:
    ids = [f"job{number:05}" for number in range(40)]
    for job_id in ids:
        await house.jobs.add(asked(job_id))
        house.board.waits(job_id, None)
    told: set[object] = set()
    for _ in range(len(ids)):
        house.clock.now += 1.0
        house.board.refresh(lambda _: Forecast(1, 5.0, True))
        await house.settle()
        now = {entry[1] for entry in house.messenger.shown}
        assert len(now - told) <= WAITING_EDITS
        told = now
    assert told == set(ids)
    assert len(house.messenger.shown) == len(ids)


async def test_a_job_that_ended_is_no_longer_told_its_place(house: House) -> None:
    house.board.waits(ID, None)
    house.delivery.handle(Cancelled(ID))
    await house.settle()
    house.clock.now += BETWEEN_EDITS
    house.board.refresh(lambda _: Forecast(0, None, True))
    await house.settle()
    assert [entry[0] for entry in house.messenger.shown] == ["word"]


async def test_a_running_job_is_told_its_progress_and_not_its_place(house: House) -> None:
    house.board.waits(ID, None)
    house.clock.now += BETWEEN_EDITS
    house.delivery.handle(Progress(ID, 1, 28))
    await house.settle()
    house.clock.now += BETWEEN_EDITS
    house.board.refresh(lambda _: Forecast(0, None, True))
    await house.settle()
    assert [entry[0] for entry in house.messenger.shown] == ["progress"]


@pytest.mark.parametrize(
    ("now", "news"),
    [
        (Forecast(10, 100.0, True), False),
        (Forecast(9, 90.0, True), False),
        (Forecast(7, 70.0, True), True),
        (Forecast(11, 105.0, True), False),
        (Forecast(10, 160.0, True), True),
        (Forecast(10, 60.0, True), True),
        (Forecast(10, 70.0, True), False),
        (Forecast(10, None, True), True),
        (Forecast(10, 100.0, False), True),
    ],
)
def test_what_is_news(now: Forecast, news: bool) -> None:
    assert _is_news(Forecast(10, 100.0, True), now) is news
    assert _is_news(None, now)
    assert not _is_news(now, dataclasses.replace(now))


async def test_a_job_of_an_earlier_run_is_told_that_its_place_is_kept(house: House) -> None:
    house.board.waits(ID, None)
    await house.jobs.add(asked("another1"))
    house.board.waits("another1", Forecast(3, 60.0, True))
    house.clock.now += BETWEEN_EDITS
    house.board.refresh(lambda _: Forecast(1, 10.0, True))
    await house.settle()
    assert [entry[1] for entry in house.messenger.shown] == [ID, "another1"]
    assert house.messenger.restarted == [True, False]


async def test_a_stop_is_told_to_all_who_wait_or_run_and_nothing_after_it(house: House) -> None:
    await house.jobs.add(asked("another1"))
    for job_id in (ID, "another1"):
        house.board.waits(job_id, None)
    house.delivery.handle(Progress(ID, 1, 28))
    await house.settle()
    await house.board.tell_stop()
    house.clock.now += BETWEEN_EDITS
    house.delivery.handle(Progress(ID, 9, 28))
    house.board.refresh(lambda _: Forecast(1, 10.0, True))
    await house.settle()
    told = [entry[1] for entry in house.messenger.shown if entry[0] == "stopping"]
    assert sorted(told) == ["another1", ID] and house.messenger.shown[-1][0] == "stopping"


@pytest.mark.parametrize("fault", [AnswerGone("deleted"), TokenOver("over"), NotNow("500", uncertain=True)])
async def test_what_an_edit_tells_of_the_answer(house: House, fault: Exception) -> None:
    house.messenger.faults = [fault]
    house.delivery.handle(Progress(ID, 1, 28))
    await house.settle()
    assert house.deleted == ([ID] if isinstance(fault, AnswerGone) else [])
    record = await house.jobs.get(ID)
    assert record is not None and (record.job.reply is None) is isinstance(fault, TokenOver)
