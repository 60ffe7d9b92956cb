"""Whether a picture may be shown under a ceiling, by its verdict; in doubt it may not."""

from __future__ import annotations

import dataclasses
import math

from bot.core.job import Verdict
from bot.core.rating import Rating

STRICT = 0.50
"""From this share of everything above general on, a strict place of ceiling general shows no picture."""
AGE_RISK = 0.15
"""F3: from this share of questionable and explicit together on, a picture with an age hit is thrown away."""
AGE_TAG = 0.20
"""F3: from this share on, a tagger's tag of somebody young is an age hit.

The rule reads "an age hit in the prompt with P(questionable) + P(explicit) >= .15, or a tagger's age-like
tags with >= .20, both at once". It can be read as .20 for the tag or for the rating beside the tag; a tag of
.20 with a rating of .15 throws away whatever either reading does.
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Thresholds:
    """Shares from which a place shows no picture: ``general`` and ``sensitive`` of questionable and explicit
    together, ``questionable`` of explicit alone.

    The defaults are starting points for deepghs/anime_dbrating: Danbooru's "general" is narrow (22 % of
    posts), so pictures judged sensitive do show in a general place, and only what leans beyond is kept back.
    """

    general: float = 0.20
    sensitive: float = 0.35
    questionable: float = 0.30


DEFAULT = Thresholds()


def may_show(
    verdict: Verdict,
    ceiling: Rating,
    thresholds: Thresholds = DEFAULT,
    *,
    strict: bool = False,
    age_context: bool = False,
) -> bool:
    """Return whether the picture may be shown; never without a sound verdict.

    A picture must hold at its own ceiling and at every higher one. ``strict`` withholds what is likelier
    above general than general, in a place of ceiling general. With an ``age_context``, of the prompt, every
    place counts as strict and general, and F3 applies; F3 also applies by the tagger alone.
    """
    if not _sound(verdict) or discarded(verdict, age_context):
        return False
    if age_context:
        ceiling, strict = Rating.GENERAL, True
    beyond = verdict.questionable + verdict.explicit
    withheld = {
        Rating.GENERAL: beyond >= thresholds.general or (strict and 1.0 - verdict.general >= STRICT),
        Rating.SENSITIVE: beyond >= thresholds.sensitive,
        Rating.QUESTIONABLE: verdict.explicit >= thresholds.questionable,
        Rating.EXPLICIT: False,
    }
    return not any(withheld[each] for each in Rating if each >= ceiling)


def discarded(verdict: Verdict, age_context: bool) -> bool:
    """Return whether the picture is thrown away and kept nowhere, not even for the owner's review.

    That is rule F3, and any picture without a sound verdict: nobody knows that it is not one of those.
    """
    if not _sound(verdict):
        return True
    aged = age_context or verdict.age >= AGE_TAG
    return aged and verdict.questionable + verdict.explicit >= AGE_RISK


def _sound(verdict: Verdict) -> bool:
    shares = (verdict.general, verdict.sensitive, verdict.questionable, verdict.explicit)
    if verdict.fault is not None or not all(_is_share(share) for share in (*shares, verdict.age)):
        return False
    return abs(sum(shares) - 1.0) <= 0.01


def _is_share(share: float) -> bool:
    return math.isfinite(share) and 0.0 <= share <= 1.0
