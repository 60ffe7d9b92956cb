"""What one person who asks for much costs the others, in virtual time, at the costs of two machines."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence

import pytest

from tests.engine.desk import Desk

COSTS = {"demo model on a CPU": (0.0134, 0.0048, 0.1), "SDXL on a large card": (0.0066, 0.0092, 0.122)}
"""Seconds per call, per row, per picture beside them."""


async def waits(
    costs: tuple[float, float, float],
    steps: Sequence[int],
    spread: float,
    *,
    hog: int = 0,
    count: int = 1,
    short_steps: int = 10,
) -> list[float]:
    """What people who come at random within ``spread`` seconds wait, each for a picture of so many steps.

    ``hog`` pictures of one person are there before them, ``count`` a job.
    """
    desk = Desk(short_steps=short_steps)
    desk.worker.call, desk.worker.row, desk.worker.extra = costs
    await desk.open()
    for number in range(hog // count):
        desk.ask(0, f"hog-{number}", count)
    await desk.world.run(0.7)
    begun: dict[str, float] = {}
    rng = random.Random(2)

    def come(owner: int) -> None:
        begun[f"{owner}"] = desk.world.now
        desk.ask(owner, f"{owner}", steps=steps[owner - 1])

    for owner in range(1, len(steps) + 1):
        desk.world.after(rng.uniform(0.0, spread), functools.partial(come, owner))
    while not all(f"{owner}" in desk.done_at for owner in range(1, len(steps) + 1)):
        await desk.world.run(5.0)
    return [desk.done_at[f"{owner}"] - begun[f"{owner}"] for owner in range(1, len(steps) + 1)]


def p95(times: Sequence[float]) -> float:
    return sorted(times)[-1 - len(times) // 20]


def alone(costs: tuple[float, float, float]) -> float:
    """Seconds of one picture that nobody disturbs."""
    call, row, extra = costs
    return 28 * (call + 2 * row) + extra


@pytest.mark.parametrize("machine", COSTS)
@pytest.mark.parametrize("count", [1, 4])
async def test_a_crowd_waits_little_longer_for_a_hog(machine: str, count: int) -> None:
    costs = COSTS[machine]
    without, beside = [p95(await waits(costs, [28] * 20, 0.0, hog=hog, count=count)) for hog in (0, 100)]
    assert beside < 1.3 * without


@pytest.mark.parametrize("machine", COSTS)
@pytest.mark.parametrize("count", [1, 4])
async def test_those_who_come_one_by_one_wait_at_most_twice_as_long(machine: str, count: int) -> None:
    costs = COSTS[machine]
    spread = 40 * alone(costs)
    without, beside = [p95(await waits(costs, [28] * 20, spread, hog=hog, count=count)) for hog in (0, 100)]
    assert beside < 2.0 * without


@pytest.mark.parametrize("machine", COSTS)
async def test_those_who_ask_for_little_are_served_sooner_for_the_lane(machine: str) -> None:
    costs = COSTS[machine]
    steps = [28, 28, 28, 8] * 10
    short = {
        lane: p95((await waits(costs, steps, 30 * alone(costs), short_steps=lane))[3::4]) for lane in (0, 10)
    }
    assert short[10] < 0.8 * short[0]
