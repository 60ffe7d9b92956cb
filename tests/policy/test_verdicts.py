"""Which pictures show under which ceiling, and that doubt withholds."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest

from bot.core.job import Verdict
from bot.core.rating import Rating
from bot.policy.verdicts import Thresholds, discarded, may_show

Shares = tuple[float, float, float, float]


def verdict(general: float, sensitive: float, questionable: float, explicit: float) -> Verdict:
    return Verdict(general, sensitive, questionable, explicit, "test")


def lowest(shares: Shares, thresholds: Thresholds | None = None, strict: bool = False) -> list[bool]:
    """Whether it shows under each ceiling, from general on."""
    return [
        may_show(verdict(*shares), ceiling, thresholds or Thresholds(), strict=strict) for ceiling in Rating
    ]


@pytest.mark.parametrize(
    ("shares", "from_on"),
    [
        ((1.0, 0.0, 0.0, 0.0), Rating.GENERAL),
        ((0.2, 0.65, 0.1, 0.05), Rating.GENERAL),
        ((0.2, 0.6, 0.1, 0.1), Rating.SENSITIVE),
        ((0.2, 0.45, 0.25, 0.1), Rating.QUESTIONABLE),
        ((0.6, 0.08, 0.0, 0.32), Rating.EXPLICIT),  # too explicit for questionable, so for all below it
        ((0.0, 0.1, 0.6, 0.3), Rating.EXPLICIT),
        ((0.0, 0.0, 0.0, 1.0), Rating.EXPLICIT),
    ],
)
def test_a_picture_shows_from_its_lowest_ceiling_on(shares: Shares, from_on: Rating) -> None:
    assert lowest(shares) == [each >= from_on for each in Rating]


@pytest.mark.parametrize(
    ("shares", "from_on"),
    [
        ((0.6, 0.4, 0.0, 0.0), Rating.GENERAL),
        ((0.5, 0.5, 0.0, 0.0), Rating.SENSITIVE),
        ((0.1, 0.8, 0.1, 0.0), Rating.SENSITIVE),
    ],
)
def test_a_strict_place_keeps_back_at_general_what_is_sensitive(shares: Shares, from_on: Rating) -> None:
    assert lowest(shares, strict=True) == [each >= from_on for each in Rating]


def test_thresholds_are_the_owners() -> None:
    own = Thresholds(general=0.5, sensitive=0.6, questionable=0.9)
    assert lowest((0.4, 0.15, 0.2, 0.25), own) == [True] * 4
    assert lowest((0.4, 0.05, 0.3, 0.25), own) == [False, True, True, True]


def test_a_higher_ceiling_never_shows_less() -> None:
    rng = np.random.default_rng(5)
    for shares in rng.dirichlet([0.6] * 4, size=500).tolist():
        thresholds = Thresholds(*rng.uniform(0.05, 1, 3).tolist())
        for strict in (False, True):
            shows = lowest(tuple(shares), thresholds, strict)
            assert shows == sorted(shows)


def doubtful() -> list[Verdict]:
    return [
        Verdict.unknown("no model", "test"),
        Verdict(1.0, 0.0, 0.0, 0.0, "test", fault="a black picture"),
        verdict(math.nan, 0.0, 0.0, 0.0),
        verdict(math.inf, 0.0, 0.0, 0.0),
        verdict(0.0, 0.0, 0.0, 0.0),
        verdict(1.5, -0.5, 0.0, 0.0),
        Verdict(1.0, 0.0, 0.0, 0.0, "test", age=math.nan),
    ]


@pytest.mark.parametrize("doubt", doubtful(), ids=str)
def test_doubt_withholds_under_every_ceiling_and_keeps_nothing(doubt: Verdict) -> None:
    assert not any(may_show(doubt, ceiling) for ceiling in Rating)
    assert discarded(doubt, age_context=False)


@pytest.mark.parametrize(
    ("beyond", "age", "age_context", "thrown_away"),
    [
        (0.15, 0.0, True, True),
        (0.14, 0.0, True, False),
        (0.15, 0.2, False, True),
        (0.9, 0.19, False, False),
        (0.14, 0.9, False, False),
        (0.0, 0.9, True, False),
        (0.9, 0.0, False, False),
    ],
)
def test_f3_takes_an_age_hit_and_a_leaning_together(
    beyond: float, age: float, age_context: bool, thrown_away: bool
) -> None:
    for explicit in (0.0, beyond):
        judged = dataclasses.replace(verdict(1 - beyond, 0.0, beyond - explicit, explicit), age=age)
        assert discarded(judged, age_context) is thrown_away
        if thrown_away:
            assert not any(
                may_show(judged, ceiling, Thresholds(1, 1, 1), strict=strict, age_context=age_context)
                for ceiling, strict in itertools.product(Rating, (False, True))
            )


@pytest.mark.parametrize(
    ("shares", "shows"),
    [
        ((0.9, 0.1, 0.0, 0.0), True),
        ((0.51, 0.49, 0.0, 0.0), True),
        ((0.5, 0.5, 0.0, 0.0), False),
        ((0.6, 0.26, 0.14, 0.0), True),
    ],
)
def test_an_age_context_makes_every_place_general_and_strict(shares: Shares, shows: bool) -> None:
    for ceiling in Rating:
        assert may_show(verdict(*shares), ceiling, age_context=True) is shows
