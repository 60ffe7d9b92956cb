"""What is learnt of costs: the true figures, through noise, pauses and changes; kept and read again."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from bot.core.events import ModelInfo
from bot.core.job import Start
from bot.core.size import DEFAULT_SIZE, Size
from bot.engine.costs import Costs, area, calls
from tests.engine.tasks import picture

MODEL = ModelInfo("tiny", "00", 0.125, "cuda:0")


def learn(costs: Costs, call: float, row: float, *counts: int, noise: float = 0.0, times: int = 60) -> None:
    rng = random.Random(3)
    for count in counts:  # the first of each shape is not counted
        costs.took(DEFAULT_SIZE, count, 60.0)
    for _ in range(times):
        for count in counts:
            costs.took(DEFAULT_SIZE, count, (call + row * count) * rng.uniform(1 - noise, 1 + noise))


def expected(costs: Costs, count: int) -> float:
    seconds = costs.call(count)
    assert seconds is not None
    return seconds


def test_nothing_is_known_before_anything_was_measured() -> None:
    costs = Costs()
    assert costs.call(2.0) is None
    assert costs.extra is None
    costs.took(DEFAULT_SIZE, 2, 60.0)
    assert costs.call(2.0) is None, "the first call of a shape warms up"
    assert costs.share(picture("a", steps=28), 2) == 1.0


def test_the_true_costs_are_found_through_noise() -> None:
    costs = Costs()
    learn(costs, 0.0134, 0.0048, 2, 4, 8, noise=0.2)
    for count in (1, 2, 4, 8):
        assert expected(costs, count) == pytest.approx(0.0134 + 0.0048 * count, rel=0.1)


def test_one_shape_alone_tells_its_own_cost() -> None:
    costs = Costs()
    learn(costs, 0.02, 0.01, 2)
    assert expected(costs, 2) == pytest.approx(0.04, rel=0.02)
    assert 0.04 < expected(costs, 4) < 0.08, "more rows cost more, but less than in proportion"


@pytest.mark.parametrize(("call", "row"), [(0.05, 0.0), (0.0, 0.02)])
def test_neither_cost_is_ever_below_zero(call: float, row: float) -> None:
    costs = Costs()
    learn(costs, call, row, 2, 8, noise=0.3)
    assert expected(costs, 0) >= 0
    assert expected(costs, 8) >= expected(costs, 2)


def test_a_pause_is_not_taken_for_speed_but_a_slower_machine_is() -> None:
    costs = Costs()
    learn(costs, 0.01, 0.005, 2, 4)
    costs.took(DEFAULT_SIZE, 2, 30.0)
    assert expected(costs, 2) == pytest.approx(0.02, rel=0.1)
    learn(costs, 0.1, 0.05, 2, 4, times=1000)
    assert expected(costs, 2) == pytest.approx(0.2, rel=0.1)


def test_a_pictures_extra_is_learnt_and_guessed_before() -> None:
    costs = Costs()
    learn(costs, 0.0, 0.0184, 2)
    assert costs.extra is not None and 0 < costs.extra < 0.122
    for _ in range(40):
        costs.drawn(0.5)
    costs.drawn(-0.1)  # work that ran beside the calls cost nothing of its own
    assert costs.extra == pytest.approx(0.45)


def test_a_share_counts_steps_rows_and_the_extra() -> None:
    costs = Costs()
    learn(costs, 0.01, 0.01, 2, 4)
    for _ in range(3):
        costs.drawn(0.5)
    standard = 28 * (0.01 / 2 + 0.02) + 0.5
    assert costs.share(picture("a", steps=14), 2) == pytest.approx((standard + 0.5) / 2 / standard, rel=0.05)
    assert costs.share(picture("a", steps=28, cfg=1.0), 2) < costs.share(picture("a", steps=28), 2)
    assert costs.share(picture("a", sampler="Heun"), 2) > 1.3 * costs.share(picture("a"), 2)
    assert costs.share(picture("a", steps=1), 2) > 0.3, "a picture of one step is decoded like any other"


def test_heun_calls_twice_but_for_its_last_step() -> None:
    assert calls(picture("a", steps=1, sampler="Heun"), 1) == 1
    assert calls(picture("a", steps=20, sampler="Heun"), 20) == 39
    assert calls(picture("a", steps=20, sampler="Heun"), 5) == 10
    assert calls(picture("a", steps=20), 20) == 20


def test_a_size_costs_by_its_area() -> None:
    assert area(DEFAULT_SIZE) == 1.0
    assert area(Size(1024, 1024)) == pytest.approx(1.036, abs=0.001)


def test_enlarging_costs_as_much_as_two_rows() -> None:
    costs = Costs()
    learn(costs, 0.01, 0.02, 2, 4)
    plain, large = (costs.seconds(picture("a", upscale=factor), 2) for factor in (1, 2))
    assert large - plain == pytest.approx(0.04, rel=0.05)
    both = costs.seconds(picture("a", hires=True, upscale=2), 2) - costs.seconds(picture("a", hires=True), 2)
    assert both == pytest.approx(2.25 * (large - plain))


def test_what_was_learnt_is_kept() -> None:
    costs = Costs()
    costs.begin(MODEL)
    learn(costs, 0.01, 0.005, 2, 4)
    costs.drawn(0.4)
    again = Costs.from_dict(json.loads(json.dumps(costs.to_dict())))
    assert again.call(4.0) == pytest.approx(expected(costs, 4))
    assert again.extra == costs.extra
    again.begin(ModelInfo("tiny", "00", 0.125, "cuda:1"))
    assert again.call(4.0) is not None, "another card of the same kind"
    again.begin(ModelInfo("tiny", "00", 0.125, "cpu"))
    assert again.call(4.0) is None
    assert Costs.from_dict(Costs().to_dict()).call(1.0) is None


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"model": "a", "calls": None, "extra": None},
        {"model": "a", "calls": {"one": "x"}, "extra": None},
        {"model": "a", "calls": {"one": float("nan")}, "extra": None},
        {"model": "a", "calls": {"two": 1.0}, "extra": None},
        {"model": "a", "calls": {"one": 1.0}, "extra": -1.0},
        {"model": "a", "calls": [], "extra": None},
    ],
)
def test_what_cannot_be_read_is_learnt_anew(kept: dict[str, Any]) -> None:
    assert Costs.from_dict(kept).call(1.0) is None


def test_a_picture_from_a_picture_costs_its_share_and_a_second_pass_what_it_adds() -> None:
    plain = picture("a", steps=20)
    begun = picture("a", steps=20, start=Start(b"", 0.4))
    twice = picture("a", steps=20, hires=True)
    assert [task.all_steps for task in (plain, begun, twice)] == [20, 8, 31]
    assert [calls(task, task.all_steps) for task in (plain, begun, twice)] == [20, 8, 20 + round(11 * 2.25)]
    assert calls(twice, 20) == 20 and calls(twice, 21) == 22
    heun = picture("a", steps=20, hires=True, sampler="Heun")
    assert calls(heun, 20) == 39 and calls(heun, 31) == 39 + round(21 * 2.25)
    costs = Costs()
    assert costs.seconds(begun, 1) < costs.seconds(plain, 1) < costs.seconds(twice, 1) / 2
