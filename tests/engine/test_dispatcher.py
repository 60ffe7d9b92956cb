"""The dispatcher with a worker in virtual time: batches, the lane, caps, what it tells."""

from __future__ import annotations

import pytest

from bot.core.events import Began, Capped, Done, Failed, Loading, Peek, Progress, Undrawn
from bot.core.job import Verdict
from bot.core.size import SIZES
from bot.engine.state import QueuedJob
from tests.engine.desk import Desk
from tests.engine.simulated import READY
from tests.engine.tasks import drawn, pictures


@pytest.fixture
async def desk() -> Desk:
    return await Desk().open()


async def test_nothing_is_sent_before_the_model_is_ready() -> None:
    desk = Desk()
    await desk.start()
    desk.ask(1, "a")
    assert desk.worker.sent == []
    await desk.world.run()
    assert desk.worker.sent == ["a"]
    assert desk.heard[0] == READY
    assert desk.done() == ["a"]


async def test_a_job_is_told_step_by_step_and_ends_with_its_pictures_in_order(desk: Desk) -> None:
    desk.ask(1, "a", 3, steps=4)
    await desk.world.run()
    assert len(desk.all_heard(Began)) == 1
    told = desk.all_heard(Progress)
    assert [event.step for event in told] == list(range(1, 13))
    assert {event.steps for event in told} == {12}
    (done,) = desk.all_heard(Done)
    assert done.pictures == tuple(drawn("a", index) for index in range(3))
    assert done.seconds == pytest.approx(desk.world.now - 1.5)


async def test_two_pictures_run_together_and_four_when_the_queue_is_long(desk: Desk) -> None:
    desk.ask(1, "a", 4)
    assert len(desk.worker.sent) == 2
    for number in range(8):
        desk.ask(number, f"{number}")
    assert len(desk.worker.sent) == 4
    await desk.world.run()
    assert len(desk.done()) == 9


async def test_a_person_alone_has_only_one_job_in_the_batch_and_leaves_a_place(desk: Desk) -> None:
    desk.ask(1, "a")
    desk.ask(1, "b")
    desk.ask(1, "c")
    assert desk.worker.sent == ["a"]
    desk.ask(2, "x")
    assert desk.worker.sent == ["a", "x"]
    await desk.world.run()
    assert desk.worker.sent == ["a", "x", "b", "c"]


async def test_one_person_does_not_make_the_queue_long(desk: Desk) -> None:
    for number in range(30):
        desk.ask(1, f"hog-{number}")
    desk.ask(2, "a")
    assert desk.worker.sent == ["hog-0", "a"]


async def test_where_one_picture_fills_the_card_the_next_is_sent_ahead() -> None:
    desk = await Desk(batch=1, max_batch=1).open()
    desk.ask(1, "a", 3)
    desk.ask(2, "short", steps=4)
    assert len(desk.worker.sent) == 2


async def test_the_emptiest_worker_is_fed_first() -> None:
    desk = await Desk(workers=2).open()
    desk.ask(1, "a", 2)
    assert [worker.sent for worker in desk.workers] == [["a"], ["a"]]
    desk.ask(2, "b", 2)
    assert [worker.sent for worker in desk.workers] == [["a", "b"], ["a", "b"]]


async def test_one_short_picture_at_a_time_goes_by_the_lane(desk: Desk) -> None:
    desk.ask(1, "hog", 6)
    desk.ask(2, "quick", 3, steps=4)
    desk.ask(3, "fast", steps=4)
    assert desk.worker.sent == ["hog", "hog", "quick"]
    await desk.world.run()
    assert desk.done()[0] == "fast"
    assert desk.done()[-1] == "hog"


async def test_a_long_queue_leaves_the_lane_no_place_but_short_ones_go_first(desk: Desk) -> None:
    for owner in range(12):
        desk.ask(owner, f"{owner}")
    assert len(desk.worker.sent) == 4
    desk.ask(12, "quick", steps=4)
    assert len(desk.worker.sent) == 4
    await desk.world.run()
    assert "quick" in desk.worker.sent[4:7]


async def test_a_cap_holds_for_its_size_alone(desk: Desk) -> None:
    wide = SIZES[0]
    desk.worker.tell(Capped(wide, 1))
    desk.ask(1, "wide", 3, size=wide)
    assert desk.worker.sent == ["wide"]
    desk.ask(2, "tall")
    assert desk.worker.sent == ["wide", "tall"]
    await desk.world.run()
    assert len(desk.done()) == 2


async def test_a_cap_that_comes_late_lets_finish_what_is_there(desk: Desk) -> None:
    desk.ask(1, "a", 4)
    desk.worker.tell(Capped(SIZES[4], 1))
    assert len(desk.worker.sent) == 2
    await desk.world.run()
    assert desk.done() == ["a"]


async def test_a_size_that_no_longer_fits_at_all_is_sent_for_the_worker_to_refuse(
    desk: Desk,
) -> None:
    desk.worker.tell(Capped(SIZES[4], 0))
    desk.ask(1, "a", 2)
    assert desk.worker.sent == ["a"]
    desk.worker.tell(Undrawn("a", 0, "The card's memory does not hold this size.", "OOM"))
    assert desk.heard[-1] == Failed("a", "The card's memory does not hold this size.", "OOM")
    assert desk.worker.sent == ["a"]


async def test_a_cap_is_tried_again_after_a_while(desk: Desk) -> None:
    desk.worker.tell(Capped(SIZES[4], 1))
    await desk.world.run(301.0)
    desk.ask(1, "a", 4)
    assert desk.worker.sent == ["a", "a"]


async def test_a_picture_that_cannot_be_drawn_ends_its_job_and_makes_room(desk: Desk) -> None:
    desk.ask(1, "a", 4)
    desk.ask(2, "b")
    desk.worker.tell(Undrawn("a", 0, "No.", "because"))
    assert desk.all_heard(Failed) == [Failed("a", "No.", "because")]
    assert desk.worker.cancelled == ["a"]
    await desk.world.run()
    assert desk.done() == ["b"]
    assert desk.worker.sent == ["a", "a", "b"]


@pytest.mark.parametrize("steps", [1, 60])
async def test_the_fewest_and_the_most_steps(desk: Desk, steps: int) -> None:
    desk.ask(1, "a", steps=steps)
    desk.ask(1, "h", steps=steps, sampler="Heun")
    await desk.world.run()
    assert sorted(desk.done()) == ["a", "h"]
    assert [event.step for event in desk.all_heard(Progress) if event.job_id == "a"][-1] == steps


async def test_a_preview_is_passed_on_while_its_job_runs(desk: Desk) -> None:
    peek = Peek("a", 0, b"png", Verdict(1.0, 0.0, 0.0, 0.0, "x"))
    desk.worker.tell(peek)
    desk.ask(1, "a")
    desk.worker.tell(peek)
    desk.dispatcher.cancel("a")
    desk.worker.tell(peek)
    assert desk.all_heard(Peek) == [peek]


async def test_a_job_that_is_here_already_is_not_drawn_twice(desk: Desk) -> None:
    desk.ask(1, "a")
    desk.ask(1, "a")
    await desk.world.run()
    assert desk.worker.sent == ["a"]


@pytest.mark.parametrize(
    ("tasks", "weight"),
    [([], 1.0), ([*pictures("a"), *pictures("b")], 1.0), (pictures("a") * 2, 1.0), (pictures("a"), 0.0)],
)
async def test_what_is_no_job_is_refused(desk: Desk, tasks: list[object], weight: float) -> None:
    with pytest.raises(ValueError, match="job|weight"):
        desk.dispatcher.submit(tasks, 1, weight=weight)  # type: ignore[arg-type]  # the empty list too


async def test_the_seconds_of_a_worker_are_shared_by_those_who_draw_together(desk: Desk) -> None:
    desk.ask(1, "guided", steps=6, cfg=7.0)
    desk.ask(2, "plain", steps=6, cfg=1.0)
    before = desk.world.now
    await desk.world.run()
    took = {done.job_id: done.gpu_seconds for done in desk.all_heard(Done)}
    assert sum(took.values()) == pytest.approx(desk.world.now - before)
    # Two rows a step against one; what is beside the steps goes to whoever ends.
    assert took["guided"] > took["plain"] > 0.0


async def test_a_job_that_is_drawn_again_pays_for_the_last_time_alone(desk: Desk) -> None:
    desk.ask(1, "a", steps=20)
    await desk.world.run(0.3)
    desk.worker.die()
    await desk.world.run()
    desk.ask(1, "b", steps=20)
    await desk.world.run()
    first, second = desk.all_heard(Done)
    assert first.gpu_seconds == pytest.approx(second.gpu_seconds)


async def test_what_pictures_take_is_estimated_once_it_was_measured() -> None:
    desk = await Desk(batch=1).open()
    tasks = pictures("a", 2, steps=20)
    assert desk.dispatcher.estimate(tasks) == 0.0
    for name in ("warms up", "measured"):
        desk.ask(1, name, 2, steps=20)
        await desk.world.run()
    last = desk.all_heard(Done)[-1]
    assert desk.dispatcher.estimate(tasks) == pytest.approx(last.gpu_seconds, rel=0.2)


async def test_the_snapshot_tells_the_jobs_in_order_and_the_workers(desk: Desk) -> None:
    desk.dispatcher.submit(pictures("a", 2), 1, guild=7)
    desk.ask(1, "b")
    desk.ask(2, "c")
    await desk.world.run(0.3)
    snapshot = desk.dispatcher.snapshot()
    assert [job.job_id for job in snapshot.jobs] == ["a", "c", "b"]
    first = snapshot.jobs[0]
    assert (first.owner, first.guild, first.running, first.steps) == (1, 7, True, 40)
    assert 0 < first.step < 40
    assert isinstance(snapshot.jobs[2], QueuedJob) and not snapshot.jobs[2].running
    seconds = [job.seconds for job in snapshot.jobs]
    assert None not in seconds and seconds[1] < seconds[2]  # type: ignore[operator]
    (worker,) = snapshot.workers
    assert (worker.name, worker.state, worker.restarts, worker.note) == ("worker 1 (cpu)", "ready", 0, "")


async def test_loading_is_told() -> None:
    desk = Desk()
    await desk.start()
    assert desk.dispatcher.snapshot().workers[0].state == "loading"
    desk.worker.tell(Loading("loading tiny"))
    assert desk.heard == [Loading("loading tiny")]


async def test_stop_stops_the_workers_and_sends_nothing_more(desk: Desk) -> None:
    await desk.dispatcher.stop()
    desk.ask(1, "a")
    assert desk.worker.stops == 1
    assert desk.worker.sent == []
