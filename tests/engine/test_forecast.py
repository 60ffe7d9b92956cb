"""What people are told beforehand, against what then happens in virtual time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.size import SIZES
from bot.engine.costs import Costs
from bot.engine.state import Forecast
from tests.engine.desk import Desk

FACTOR = 1.25
"""A forecast with nobody coming after it is right within this factor, and half a second."""


async def measured(**settings: int) -> Desk:
    """A desk that has drawn a few pictures of several shapes, and rests."""
    desk = await Desk(**settings).open()
    for number in range(3):
        desk.ask(1, f"one-{number}")
        await desk.world.run()
        desk.ask(1, f"two-{number}", 2, cfg=1.0)
        await desk.world.run()
        desk.ask(1, f"four-{number}", 2)
        await desk.world.run()
    desk.heard.clear()
    return desk


async def test_nothing_is_promised_before_anything_was_measured() -> None:
    desk = Desk()
    await desk.start()
    desk.ask(1, "a")
    assert desk.forecast(2) == Forecast(1, None, False)
    await desk.world.run(1.0)
    assert desk.forecast(2) == Forecast(1, None, True)
    assert desk.dispatcher.place("a") == Forecast(0, None, True)


async def test_kept_costs_speak_at_once_but_not_before_the_worker_is_ready() -> None:
    before = await measured()
    desk = Desk(costs=Costs.from_dict(before.dispatcher.costs.to_dict()))
    await desk.start()
    assert desk.forecast(1).seconds is None
    await desk.world.run()
    assert desk.forecast(1).seconds == pytest.approx(before.forecast(1).seconds)


async def test_those_who_start_first_are_counted() -> None:
    desk = await measured()
    assert desk.forecast(1).ahead == 0
    for name in "abcd":
        desk.ask(1, name)
    # The first one runs, and a newcomer goes before the others.
    assert desk.forecast(2).ahead == 1
    assert desk.forecast(1).ahead == 4
    assert [desk.dispatcher.place(name).ahead for name in "abcd"] == [0, 1, 2, 3]  # type: ignore[union-attr]
    assert desk.dispatcher.place("e") is None
    desk.ask(3, "x")
    assert desk.forecast(2).ahead == 2


async def test_weight_is_part_of_the_forecast() -> None:
    desk = await measured()
    for number in range(6):
        desk.ask(1, f"{number}")
    tasks = [desk.ask(2, f"mine-{number}") for number in range(4)]
    light, heavy = (desk.dispatcher.forecast(tasks[0], 3, weight=weight) for weight in (1.0, 4.0))
    assert heavy.ahead <= light.ahead


async def test_time_that_passes_is_time_less_to_wait() -> None:
    desk = await measured()
    desk.ask(1, "a", steps=60)
    first = desk.dispatcher.place("a")
    await desk.world.run(0.5)
    then = desk.dispatcher.place("a")
    assert first is not None and then is not None and first.seconds is not None
    assert then.seconds == pytest.approx(first.seconds - 0.5, abs=0.1)


async def test_progress_says_how_long_it_still_takes() -> None:
    desk = await measured()
    desk.ask(1, "a", 4)
    began = desk.world.now
    told: list[tuple[float, float]] = []
    hear = desk.dispatcher._listener

    def note(event: object) -> None:
        hear(event)  # type: ignore[arg-type]  # whatever it hears
        left = getattr(event, "seconds_left", None)
        if left is not None:
            told.append((desk.world.now, left))

    desk.dispatcher._listener = note
    await desk.world.run()
    took = desk.world.now - began
    assert len(told) == 80
    assert all(desk.world.now - at == pytest.approx(left, abs=0.15 * took) for at, left in told)


people = st.integers(0, 5)
wishes = st.lists(
    st.tuples(
        people,
        st.integers(1, 4),
        st.sampled_from([1, 4, 10, 28, 60]),
        st.sampled_from([SIZES[0], SIZES[4]]),
        st.sampled_from([1.0, 7.0]),
        st.sampled_from(["Euler a", "Heun"]),
        st.sampled_from([1.0, 2.0]),
    ),
    min_size=1,
    max_size=16,
)


@settings(deadline=None, max_examples=25)
@given(wishes, st.integers(1, 3))
async def test_a_forecast_is_right_within_its_factor(
    wishes: list[tuple[int, int, int, object, float, str, float]], workers: int
) -> None:
    desk = await measured(workers=workers)
    began = desk.world.now
    for number, (owner, count, steps, size, cfg, sampler, weight) in enumerate(wishes):
        desk.ask(owner, f"{number}", count, weight, steps=steps, size=size, cfg=cfg, sampler=sampler)
    promised = {f"{number}": desk.dispatcher.place(f"{number}") for number in range(len(wishes))}
    await desk.world.run()
    for job, forecast in promised.items():
        assert forecast is not None and forecast.seconds is not None
        took = desk.done_at[job] - began
        assert took / FACTOR - 0.5 <= forecast.seconds <= took * FACTOR + 0.5, (job, forecast, took)
