"""Workers that die, hang and will not load, in virtual time: what becomes of their pictures and of them."""

from __future__ import annotations

import pytest

from bot.core.events import Broken, Cancelled, Capped, Done, Drawn, Failed, Loading, Stepped
from bot.core.size import SIZES
from bot.engine.dispatcher import FIRST_SILENCE
from bot.engine.supervisor import GIVE_UP
from tests.engine.desk import Desk
from tests.engine.tasks import drawn

BROKEN = Broken("The engine stopped.", "signal 9")


@pytest.fixture
async def desk() -> Desk:
    return await Desk().open()


def state(desk: Desk, number: int = 0) -> str:
    return desk.dispatcher.snapshot().workers[number].state


async def test_a_worker_that_dies_is_started_again_and_its_pictures_with_it(desk: Desk) -> None:
    desk.ask(1, "a", 3)
    desk.ask(2, "b")
    await desk.world.run(0.2)
    desk.worker.die()
    assert desk.all_heard(Broken) == [BROKEN]
    assert state(desk) == "loading"
    assert desk.forecast(3).ready is False
    await desk.world.run()
    assert (desk.worker.starts, desk.worker.kills) == (2, 1)
    assert desk.worker.sent == ["a", "a", "a", "a", "b", "a"]
    assert sorted(desk.done()) == ["a", "b"]
    (worker,) = desk.dispatcher.snapshot().workers
    assert (worker.state, worker.restarts, worker.note) == ("ready", 1, BROKEN.sentence)


async def test_finished_pictures_are_not_drawn_again(desk: Desk) -> None:
    desk.ask(1, "a", 2)
    desk.worker.tell(Drawn("a", 1, drawn("a", 1), 1.0))
    desk.worker.die()
    await desk.world.run()
    assert desk.worker.sent == ["a", "a", "a"]
    assert desk.all_heard(Done)[0].pictures == (drawn("a", 0), drawn("a", 1))


async def test_a_picture_that_kills_its_worker_fails_after_two_retries_and_takes_nobody_with_it(
    desk: Desk,
) -> None:
    desk.worker.deadly = {"poison"}
    desk.ask(1, "poison")
    desk.ask(2, "b")
    desk.ask(3, "c")
    await desk.watch(120)
    (failed,) = desk.all_heard(Failed)
    assert failed.job_id == "poison"
    assert failed.sentence.startswith("The engine stopped 3 times while it drew this, so it was given up;")
    assert sorted(desk.done()) == ["b", "c"]
    assert desk.worker.sent.count("poison") == 3
    assert state(desk) == "ready"


async def test_a_picture_on_its_last_try_has_the_worker_to_itself(desk: Desk) -> None:
    desk.worker.deadly = {"poison"}
    desk.ask(1, "poison", steps=30)
    desk.ask(2, "b", steps=30)
    while desk.worker.starts < 3:
        await desk.watch(1)
    desk.worker.sent.clear()
    desk.ask(3, "c")
    await desk.watch(1)
    assert desk.worker.sent == ["poison"]


async def test_a_picture_that_met_a_closed_pipe_goes_to_the_next_worker(desk: Desk) -> None:
    desk.worker.gone = True
    desk.ask(1, "a")
    desk.worker.die()
    await desk.world.run()
    assert desk.worker.sent == ["a"]
    assert desk.done() == ["a"]


async def test_late_words_of_a_dead_worker_are_ignored(desk: Desk) -> None:
    desk.ask(1, "a")
    old = desk.worker._tell
    desk.worker.die()
    await desk.world.run(2.0)
    heard = len(desk.heard)
    for event in (Stepped("a", 0, 9, 20), Drawn("a", 0, drawn("a"), 1.0), BROKEN):
        old(event)
    assert len(desk.heard) == heard
    assert desk.worker.starts == 2


async def test_a_worker_that_hangs_is_ended_and_replaced(desk: Desk) -> None:
    desk.ask(1, "a", steps=60)
    await desk.world.run(0.5)
    desk.worker.hanging = True
    await desk.watch(9)
    assert desk.worker.starts == 1
    desk.worker.hanging = False
    await desk.watch(3)
    assert (desk.worker.starts, desk.worker.kills) == (2, 1)
    assert desk.all_heard(Broken)[0].sentence == "The engine stopped answering."
    await desk.watch(5)
    assert desk.done() == ["a"]


async def test_a_slow_worker_has_twenty_steps_time() -> None:
    desk = Desk()
    desk.worker.call = 2.0
    await desk.open()
    desk.ask(1, "a", steps=10)
    await desk.watch(15)
    desk.worker.hanging = True
    await desk.watch(35)
    assert desk.worker.starts == 1
    await desk.watch(20)
    assert desk.worker.starts == 2


async def test_a_worker_that_loads_or_warms_up_or_rests_is_left_in_peace(desk: Desk) -> None:
    await desk.watch(FIRST_SILENCE * 1.5)
    desk.worker.hanging = True
    desk.ask(1, "a")
    await desk.watch(FIRST_SILENCE * 0.9)
    desk.worker.tell(Loading("compiling"))
    await desk.watch(FIRST_SILENCE * 1.5)
    assert desk.worker.starts == 1
    desk.worker.tell(Stepped("a", 0, 1, 20))
    await desk.watch(FIRST_SILENCE * 1.1)
    assert desk.worker.starts == 2


async def test_when_the_bot_itself_stood_still_its_workers_are_not_to_blame(desk: Desk) -> None:
    desk.ask(1, "a", steps=60)
    await desk.world.run(0.5)
    desk.worker.hanging = True
    desk.dispatcher.look()
    desk.world.now += 60
    desk.dispatcher.look()
    assert desk.worker.starts == 1


async def test_a_worker_that_cannot_load_is_not_tried_again_and_every_job_is_told() -> None:
    desk = Desk()
    desk.worker.loads = False
    await desk.start()
    desk.ask(1, "a")
    desk.ask(2, "b")
    await desk.watch(60)
    desk.ask(3, "c")
    assert desk.worker.starts == 1
    assert desk.heard[0] == Broken(BROKEN.sentence, "no model")
    assert [(event.job_id, event.sentence) for event in desk.all_heard(Failed)] == [
        (name, BROKEN.sentence) for name in "abc"
    ]
    assert state(desk) == "dead"


async def test_one_of_two_that_cannot_load_is_done_without() -> None:
    desk = Desk(workers=2)
    desk.workers[1].loads = False
    await desk.open()
    desk.ask(1, "a", 4)
    await desk.world.run()
    assert desk.done() == ["a"]
    assert desk.all_heard(Broken) == []
    assert (state(desk, 0), state(desk, 1)) == ("ready", "dead")


async def test_another_worker_takes_the_pictures_of_one_that_died() -> None:
    desk = await Desk(workers=2).open()
    desk.ask(1, "a", 2)
    await desk.world.run(0.1)
    desk.workers[0].die()
    assert desk.workers[1].sent == ["a", "a"]
    await desk.world.run()
    assert desk.done() == ["a"]


async def test_a_worker_that_keeps_failing_is_degraded_and_recovers_with_a_picture(desk: Desk) -> None:
    for _ in range(3):
        assert state(desk) != "degraded"
        desk.worker.die()
        await desk.world.run(2.0)
    assert state(desk) == "degraded"
    starts = desk.worker.starts
    await desk.watch(25)
    assert desk.worker.starts == starts, "there is a pause before the next start"
    await desk.watch(10)
    assert desk.worker.starts == starts + 1
    assert state(desk) == "degraded", "until it has shown that it draws"
    desk.ask(1, "a")
    await desk.world.run()
    assert state(desk) == "ready"


async def test_pauses_grow_and_a_worker_that_never_loads_again_is_given_up(desk: Desk) -> None:
    desk.ask(1, "a")
    desk.worker.loads = False
    desk.worker.die()
    began = desk.world.now
    while state(desk) != "dead":
        await desk.watch(10)
        assert desk.world.now - began < 3600
    assert desk.worker.starts == 1 + GIVE_UP
    assert desk.world.now - began > 30 + 60 + 120
    (failed,) = desk.all_heard(Failed)
    assert (failed.job_id, failed.sentence) == ("a", BROKEN.sentence)


async def test_a_death_between_pictures_does_not_count_for_ever(desk: Desk) -> None:
    for number in range(5):
        desk.worker.die()
        await desk.world.run(2.0)
        desk.ask(1, f"{number}")
        await desk.world.run()
    assert state(desk) == "ready"
    assert len(desk.done()) == 5


async def test_a_cancelled_job_ends_with_its_worker(desk: Desk) -> None:
    desk.ask(1, "a", 2)
    desk.dispatcher.cancel("a")
    desk.worker.die()
    assert desk.all_heard(Cancelled) == [Cancelled("a")]
    await desk.world.run()
    assert desk.worker.sent == ["a", "a"]


async def test_a_job_can_be_cancelled_while_its_worker_is_replaced(desk: Desk) -> None:
    desk.ask(1, "a", 2)
    desk.worker.die()
    desk.dispatcher.cancel("a")
    assert desk.all_heard(Cancelled) == [Cancelled("a")]
    await desk.world.run()
    assert desk.worker.sent == ["a", "a"]


async def test_a_new_process_has_learnt_no_caps(desk: Desk) -> None:
    desk.worker.tell(Capped(SIZES[4], 1))
    desk.worker.die()
    await desk.world.run(2.0)
    desk.ask(1, "a", 2)
    assert desk.worker.sent == ["a", "a"]


async def test_stop_ends_a_worker_that_waits_for_its_next_start(desk: Desk) -> None:
    for _ in range(3):
        desk.worker.die()
        await desk.world.run(2.0)
    starts = desk.worker.starts
    await desk.dispatcher.stop()
    await desk.watch(60)
    assert desk.worker.starts == starts
