"""What rating a finished picture has: detectors looking at its pixels, and a verdict that fails closed.

A picture without an answer (an error, a detector that takes too long, numbers that make no sense, a blank
frame) gets a verdict with a fault, and is never shown.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Sequence

import numpy as np
from PIL import Image

from bot.core.errors import ModelError
from bot.core.job import Verdict
from bot.imaging.detectors import LABELS, Detector, Reading

log = logging.getLogger(__name__)

BLANK_SPREAD = 3
"""A picture whose levels (of 255) all lie this close together shows nothing."""
FIRST_SECONDS = 120.0
"""Seconds for the first look at a picture, which warms the detectors up."""


class Rater:
    """Asks every detector about a picture and goes by the worst of all.

    A picture has ``seconds``. What takes longer is left to itself: pictures are withheld until it has ended,
    and drawing goes on meanwhile.
    """

    def __init__(self, detectors: Sequence[Detector], seconds: float = 5.0) -> None:
        """Raises ModelError for no detector at all."""
        if not detectors:
            raise ModelError("There is no classifier of pictures, so none could be shown.")
        self.source = ", ".join(detector.source for detector in detectors)
        self._detectors = tuple(detectors)
        self._seconds = seconds
        self._late: threading.Thread | None = None

    def check(self) -> None:
        """Rate a picture made up here, which warms the detectors up; raises ModelError when they cannot."""
        levels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        verdict = self._within(Image.fromarray(levels), FIRST_SECONDS)
        if verdict.fault is not None:
            raise ModelError(f"The classifier of pictures ({self.source}) does not work: {verdict.fault}.")

    def rate(self, picture: Image.Image) -> Verdict:
        """The verdict on a picture's final pixels; it never raises, it withholds."""
        return self._within(picture, self._seconds)

    def _within(self, picture: Image.Image, seconds: float) -> Verdict:
        if self._late is not None and self._late.is_alive():
            return self._unknown("the classifier is still busy with an earlier picture")
        self._late = None
        told: list[Verdict] = []
        # A thread cannot be ended from outside; as a daemon it at least keeps no process alive.
        thread = threading.Thread(target=lambda: told.append(self._judge(picture)), name="rate", daemon=True)
        thread.start()
        thread.join(seconds)
        if told:
            return told[0]
        self._late = thread
        log.error("no verdict within %.1f s from %s", seconds, self.source)
        return self._unknown(f"the classifier took longer than {seconds:g} s")

    def _judge(self, picture: Image.Image) -> Verdict:
        try:
            if is_blank(picture):
                return self._unknown("the picture is blank")
            readings = [_sensible(detector, detector.read(picture)) for detector in self._detectors]
        except Exception as error:
            log.exception("the classifier %s failed", self.source)
            return self._unknown(f"the classifier failed: {error}")
        return worst(readings, self.source)

    def _unknown(self, fault: str) -> Verdict:
        return Verdict.unknown(fault, self.source)


def worst(readings: Sequence[Reading], source: str) -> Verdict:
    """One verdict of several readings: of each cumulative share the largest.

    Explicit is the largest P(e), questionable and explicit together the largest P(q) + P(e), general what is
    left beside the largest 1 - P(g).
    """
    explicit = max(reading.shares[3] for reading in readings)
    beyond = max(reading.shares[2] + reading.shares[3] for reading in readings)
    above = max(sum(reading.shares[1:]) for reading in readings)
    return Verdict(
        general=_share(1.0 - above),
        sensitive=_share(above - beyond),
        questionable=_share(beyond - explicit),
        explicit=_share(explicit),
        source=source,
        age=_share(max(reading.age for reading in readings)),
    )


def _share(value: float) -> float:
    """A share that rounding has put just outside 0 to 1, back inside."""
    return min(1.0, max(0.0, value))


def is_blank(picture: Image.Image) -> bool:
    """Whether a picture is one flat colour, as black frames are; a classifier takes those for drawings."""
    levels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    return bool(np.all(np.ptp(levels, axis=0) <= BLANK_SPREAD))


def _sensible(detector: Detector, reading: Reading) -> Reading:
    """The reading itself; raises ValueError for numbers that are no probabilities of the four ratings."""
    shares = reading.shares
    sound = len(shares) == len(LABELS) and all(map(_is_share, (*shares, reading.age)))
    if not sound or abs(sum(shares) - 1) > 0.01:
        raise ValueError(f"the numbers of {detector.source} make no sense")
    return reading


def _is_share(share: float) -> bool:
    return math.isfinite(share) and -1e-6 <= share <= 1 + 1e-6
