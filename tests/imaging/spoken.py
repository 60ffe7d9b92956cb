"""A detector that says what it was told to."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from bot.imaging.detectors import Reading


class Spoken:
    """Gives its answer, or raises it."""

    def __init__(
        self, answer: Sequence[float] | Exception, *, age: float = 0.0, source: str = "spoken"
    ) -> None:
        self.answer, self.age, self.source = answer, age, source

    def read(self, picture: Image.Image) -> Reading:
        if isinstance(self.answer, Exception):
            raise self.answer
        return Reading(self.answer, self.age)
