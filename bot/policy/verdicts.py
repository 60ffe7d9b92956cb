"""Whether a picture may be shown under a ceiling, by its verdict; in doubt it may not."""

from __future__ import annotations

import math

from bot.core.job import Verdict
from bot.core.rating import Rating

QUESTIONABLE_AT_GENERAL = 0.20
QUESTIONABLE_AT_SENSITIVE = 0.35
EXPLICIT_AT_QUESTIONABLE = 0.30
"""Withheld from these shares on. The first two are of questionable and explicit together.

Starting points for deepghs/anime_dbrating: Danbooru's "general" is narrow (22 % of posts), so pictures
judged sensitive do show in a general place, and only what leans beyond that is kept back.
"""


def may_show(verdict: Verdict, ceiling: Rating) -> bool:
    """Return whether the picture may be shown; never without a sound verdict."""
    shares = (verdict.general, verdict.sensitive, verdict.questionable, verdict.explicit)
    sound = all(math.isfinite(share) and 0.0 <= share <= 1.0 for share in shares)
    if verdict.fault is not None or not sound or abs(sum(shares) - 1.0) > 0.01:
        return False
    beyond = verdict.questionable + verdict.explicit
    match ceiling:
        case Rating.GENERAL:
            return beyond < QUESTIONABLE_AT_GENERAL
        case Rating.SENSITIVE:
            return beyond < QUESTIONABLE_AT_SENSITIVE
        case Rating.QUESTIONABLE:
            return verdict.explicit < EXPLICIT_AT_QUESTIONABLE
        case Rating.EXPLICIT:
            return True
