"""Whether a job's pictures may be shown where it was asked, as that place is at this moment."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Protocol

from bot.core.job import Job, Place, Verdict
from bot.core.rating import Rating
from bot.policy.verdicts import Thresholds, may_show
from bot.services.ceilings import Ceiling

log = logging.getLogger(__name__)

MayShow = Callable[[Verdict], bool]


class Ceilings(Protocol):
    """Tells a place's ceiling; implemented by `bot.services.ceilings.CeilingService`."""

    async def now(self, place: Place) -> Ceiling: ...


class Gate:
    """Holds verdicts against the ceiling of a job's place and the config's thresholds."""

    def __init__(self, ceilings: Ceilings, thresholds: Thresholds) -> None:
        self._ceilings = ceilings
        self._thresholds = thresholds

    async def of(self, job: Job, *, unfinished: bool = False) -> MayShow:
        """What says of a verdict whether its picture may be shown now.

        A ceiling that cannot be read counts as general and strict. A picture that is ``unfinished`` is
        judged as in a strict place: it shows too little for a sure verdict, and nobody misses it.
        """
        try:
            ceiling = await self._ceilings.now(job.place)
            rating, strict = ceiling.rating, ceiling.strict
        except Exception:
            log.exception("the ceiling of channel %d cannot be read", job.place.channel_id)
            rating, strict = Rating.GENERAL, True
        return functools.partial(
            may_show,
            ceiling=rating,
            thresholds=self._thresholds,
            strict=strict or unfinished,
            age_context=job.age_context,
        )
