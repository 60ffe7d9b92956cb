"""Which pictures show under which ceiling, and that doubt withholds."""

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
        ((0.2, 0.65, 0.1, 0.05), Rating.GENERAL),
        ((0.2, 0.6, 0.1, 0.1), Rating.SENSITIVE),
        ((0.2, 0.45, 0.25, 0.1), Rating.QUESTIONABLE),
        ((0.0, 0.1, 0.6, 0.3), Rating.EXPLICIT),
        ((0.0, 0.0, 0.0, 1.0), Rating.EXPLICIT),
    ],
)
def test_a_picture_shows_from_its_lowest_ceiling_on(
    shares: tuple[float, float, float, float], lowest: Rating
) -> None:
    assert [may_show(verdict(*shares), ceiling) for ceiling in Rating] == [each >= lowest for each in Rating]


@pytest.mark.parametrize(
    "doubtful",
    [
        Verdict.unknown("no model", "test"),
        Verdict(1.0, 0.0, 0.0, 0.0, "test", fault="a black picture"),
        verdict(math.nan, 0.0, 0.0, 0.0),
        verdict(math.inf, 0.0, 0.0, 0.0),
        verdict(0.0, 0.0, 0.0, 0.0),
        verdict(1.5, -0.5, 0.0, 0.0),
    ],
)
def test_doubt_withholds_under_every_ceiling(doubtful: Verdict) -> None:
    assert not any(may_show(doubtful, ceiling) for ceiling in Rating)
