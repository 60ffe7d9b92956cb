"""A short storm over the whole bot: nothing accepted is lost, nothing is posted twice.

`STORM_JOBS` and `STORM_SEED` in the environment make it a longer or another one; CI's is short.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.bench import storm, storm_plan
from bot.bench.storm_report import FAULTS

JOBS = int(os.environ.get("STORM_JOBS", "12"))
SEED = int(os.environ.get("STORM_SEED", "1"))


@pytest.mark.timeout(300 + 15 * JOBS)  # a busy machine is slow, not wrong
async def test_a_storm_loses_and_doubles_nothing(tmp_path: Path) -> None:
    result = await storm.measure(storm_plan.make(JOBS, SEED), keep=tmp_path / "storm")
    assert result["accepted"] == JOBS
    assert result["delivered"] + result["failed_visibly"] == JOBS, result["why"]
    assert not {fault: result[fault] for fault in FAULTS if result[fault]}, result["why"]
    # Otherwise there was no storm.
    assert result["kills"] >= 1 and result["troubles"] >= JOBS
