"""The bench of the running batch: both sides draw the same, and the numbers have their names."""

from __future__ import annotations

import dataclasses
import math

import pytest

from bot.bench import engine
from bot.core.request import SAMPLERS


def test_the_requests_are_mixed_and_the_last_is_short() -> None:
    tasks = engine.requests()
    assert len({task.positive for task in tasks}) == len({task.seed for task in tasks}) == 16
    assert {task.sampler for task in tasks} == set(SAMPLERS)
    assert len({task.cfg for task in tasks}) > 2
    assert [task.steps <= engine.SHORT for task in tasks] == [False] * 15 + [True]
    assert {task.size for task in tasks} == {tasks[0].size}


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
def test_a_small_run_gives_every_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = [dataclasses.replace(task, steps=3) for task in engine.requests()[:3]]
    few[-1] = dataclasses.replace(few[-1], steps=2)
    monkeypatch.setattr(engine, "requests", lambda: few)
    monkeypatch.setattr(engine, "SHORT", 2)
    result = engine.run(rounds=1, singles=1, seats=2)
    assert result.keys() >= engine.TARGETS.keys()
    assert all(math.isfinite(result[name]) for name in engine.TARGETS)
    assert result["throughput_ratio"] > 0
    assert result["max_level_difference"] <= 1
    assert "at least 1.5" in engine.table(result)
