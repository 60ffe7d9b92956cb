"""Pictures above a ceiling are withheld, and so is every picture without a sound verdict."""

from __future__ import annotations

import math

import pytest

from bot.core.job import Verdict
from bot.core.rating import Rating
from bot.policy.verdicts import may_show


def verdict(general: float, sensitive: float, questionable: float, explicit: float) -> Verdict:
    return Verdict(general, sensitive, questionable, explicit, "test")


@pytest.mark.parametrize(
    ("shares", "lowest"),
    [
        ((1.0, 0.0, 0.0, 0.0), Rating.GENERAL),
        ((0.1, 0.9, 0.0, 0.0), Rating.GENERAL),
        ((0.81, 0.0, 0.10, 0.09), Rating.GENERAL),
        ((0.79, 0.0, 0.11, 0.10), Rating.SENSITIVE),
        ((0.64, 0.0, 0.26, 0.10), Rating.QUESTIONABLE),
        ((0.0, 0.0, 0.71, 0.29), Rating.QUESTIONABLE),
        ((0.0, 0.0, 0.69, 0.31), Rating.EXPLICIT),
        ((0.0, 0.0, 0.0, 1.0), Rating.EXPLICIT),
    ],
)
def test_risk_is_cumulative(shares: tuple[float, float, float, float], lowest: Rating) -> None:
    for ceiling in Rating:
        assert may_show(verdict(*shares), ceiling) is (ceiling >= lowest)


@pytest.mark.parametrize("ceiling", list(Rating))
def test_no_answer_is_never_shown(ceiling: Rating) -> None:
    assert not may_show(Verdict.unknown("time-out", "test"), ceiling)
    assert not may_show(verdict(math.nan, 0.0, 0.0, 0.0), ceiling)
    assert not may_show(verdict(0.0, 0.0, 0.0, 0.0), ceiling)
    assert not may_show(verdict(3.0, 0.0, 0.0, 0.0), ceiling)
