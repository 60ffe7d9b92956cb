"""Jobs that are cancelled, at every moment there is: each ends once, and pays for what was drawn alone."""

from __future__ import annotations

import pytest

from bot.core.events import Cancelled, Progress
from tests.engine.desk import Desk


@pytest.fixture
async def desk() -> Desk:
    return await Desk().open()


async def test_a_waiting_job_is_cancelled_at_once(desk: Desk) -> None:
    desk.ask(1, "a", 2)
    desk.ask(1, "b", 2)
    desk.dispatcher.cancel("b")
    assert desk.heard[-1] == Cancelled("b")
    assert desk.worker.cancelled == []
    assert desk.dispatcher.place("b") is None
    await desk.world.run()
    assert desk.done() == ["a"]


async def test_a_running_job_is_cancelled_at_its_next_step(desk: Desk) -> None:
    desk.ask(1, "a", 4)
    desk.ask(2, "b")
    await desk.world.run(0.1)
    desk.dispatcher.cancel("a")
    assert Cancelled("a") not in desk.heard
    told = len(desk.all_heard(Progress))
    await desk.world.run(0.1)
    assert desk.heard.count(Cancelled("a")) == 1
    assert all(event.job_id == "b" for event in desk.all_heard(Progress)[told:])
    assert desk.worker.sent == ["a", "a", "b"]


async def test_cancelling_twice_after_the_end_and_what_never_was(desk: Desk) -> None:
    desk.ask(1, "a")
    desk.ask(2, "b")
    await desk.world.run(0.1)
    desk.dispatcher.cancel("a")
    desk.dispatcher.cancel("a")
    desk.dispatcher.cancel("nobody's")
    await desk.world.run()
    desk.dispatcher.cancel("a")
    desk.dispatcher.cancel("b")
    assert desk.worker.cancelled == ["a"]
    assert desk.all_heard(Cancelled) == [Cancelled("a")]
    assert desk.done() == ["b"]


async def test_a_cancel_that_meets_the_finished_picture_is_still_a_cancel(desk: Desk) -> None:
    desk.ask(1, "a", steps=1)
    desk.dispatcher.cancel("a")
    desk.worker.cancelled.clear()  # it came during the VAE, too late for the worker
    await desk.world.run()
    assert desk.all_heard(Cancelled) == [Cancelled("a")]
    assert desk.done() == []


async def test_a_half_drawn_job_can_be_cancelled(desk: Desk) -> None:
    desk.ask(1, "a", 3, steps=4)
    await desk.world.run(0.35)
    assert len(desk.worker.sent) == 3
    desk.dispatcher.cancel("a")
    await desk.world.run()
    assert desk.all_heard(Cancelled) == [Cancelled("a")]


async def test_what_a_cancelled_picture_did_not_use_is_its_owners_again(desk: Desk) -> None:
    desk.ask(1, "a", steps=60)
    desk.ask(2, "x")
    desk.ask(2, "y")
    desk.ask(1, "b")
    desk.dispatcher.cancel("a")
    await desk.world.run()
    assert desk.worker.sent == ["a", "x", "b", "y"]


async def test_what_a_cancelled_picture_did_not_use_is_given_back_when_its_worker_dies(desk: Desk) -> None:
    desk.ask(1, "a", steps=60)
    desk.ask(2, "x")
    desk.ask(2, "y")
    desk.ask(1, "b")
    desk.dispatcher.cancel("a")
    desk.worker.die()
    await desk.world.run()
    assert desk.worker.sent == ["a", "x", "x", "b", "y"]
