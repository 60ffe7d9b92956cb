"""Whether a picture may be shown: the classifier's shares against a place's ceiling, failing closed."""

from __future__ import annotations

import math

from bot.core.job import Verdict
from bot.core.rating import Rating

TOO_MUCH = {
    Rating.GENERAL: 0.20,
    Rating.SENSITIVE: 0.35,
    Rating.QUESTIONABLE: 0.30,
}
"""Withheld from this share on: of questionable and explicit together, but of explicit alone at the last.

The shares are cumulative because the likeliest rating alone hides a real risk; pictures that a classifier
calls sensitive still show in a general place, since "general" covers only 22 % of drawings on Danbooru.
"""


def may_show(verdict: Verdict, ceiling: Rating) -> bool:
    """True only for a sound verdict whose risk is below the ceiling's threshold; no answer means no."""
    shares = (verdict.general, verdict.sensitive, verdict.questionable, verdict.explicit)
    if verdict.fault is not None or not all(map(math.isfinite, shares)) or not 0.98 <= sum(shares) <= 1.02:
        return False
    if ceiling is Rating.EXPLICIT:
        return True
    risk = verdict.explicit
    if ceiling < Rating.QUESTIONABLE:
        risk += verdict.questionable
    return risk < TOO_MUCH[ceiling]
