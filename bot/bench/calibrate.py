"""What the configured classifiers say of an owner's own pictures, to choose thresholds by."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bot.core.errors import BotError
from bot.core.job import Verdict
from bot.core.rating import Rating
from bot.imaging.rating import Rater
from bot.policy.verdicts import STRICT, Thresholds, discarded, may_show

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"})
"""Endings of the files that are looked at."""
QUANTILES = (0.5, 0.9, 0.99, 1.0)


@dataclasses.dataclass(frozen=True, slots=True)
class Calibration:
    """The verdicts on a folder's pictures by file name; ``unreadable`` holds why a file could not be read."""

    folder: Path
    classifiers: str
    thresholds: Thresholds
    verdicts: dict[str, Verdict]
    unreadable: dict[str, str]

    @property
    def rated(self) -> list[Verdict]:
        """The verdicts that are sound."""
        return [verdict for verdict in self.verdicts.values() if verdict.fault is None]

    @property
    def unrated(self) -> dict[str, str]:
        """Pictures without a sound verdict, and why; they would be withheld everywhere."""
        return {name: each.fault for name, each in self.verdicts.items() if each.fault is not None}

    def shares(self) -> dict[str, list[float]]:
        """The cumulative shares of every rated picture, by what they are held against."""
        rated = self.rated
        return {
            "questionable or explicit": [each.questionable + each.explicit for each in rated],
            "explicit": [each.explicit for each in rated],
            "above general": [1 - each.general for each in rated],
        }

    def lines(self) -> dict[str, dict[str, float]]:
        """The thresholds that each of `shares` is held against, by what it withholds."""
        return {
            "questionable or explicit": {
                "general": self.thresholds.general,
                "sensitive": self.thresholds.sensitive,
            },
            "explicit": {"questionable": self.thresholds.questionable},
            "above general": {"strict general": STRICT},
        }

    def withheld(self) -> dict[str, int]:
        """How many pictures would not show under each ceiling, those without a sound verdict among them."""
        verdicts = self.verdicts.values()

        def count(ceiling: Rating, strict: bool = False) -> int:
            return sum(not may_show(each, ceiling, self.thresholds, strict=strict) for each in verdicts)

        counts = {"strict general": count(Rating.GENERAL, strict=True)}
        return counts | {ceiling.word: count(ceiling) for ceiling in Rating}

    def as_json(self) -> dict[str, Any]:
        """Everything in plain values."""
        rated = self.rated
        return {
            "folder": str(self.folder),
            "classifiers": self.classifiers,
            "pictures": len(self.verdicts),
            "likeliest": {rating.word: sum(each.likeliest is rating for each in rated) for rating in Rating},
            "shares": {name: _quantiles(values) for name, values in self.shares().items()},
            "thresholds": self.lines(),
            "withheld": self.withheld(),
            "thrown_away": sum(discarded(each, age_context=False) for each in rated),
            "unrated": self.unrated,
            "unreadable": self.unreadable,
        }


def calibrate(
    folder: Path, rater: Rater, thresholds: Thresholds, progress: Callable[[int, int], None]
) -> Calibration:
    """Rate every picture below a folder; ``progress`` hears how many of how many are done.

    Raises BotError when there is no folder, or no picture in it that can be read.
    """
    files = pictures(folder)
    verdicts: dict[str, Verdict] = {}
    unreadable: dict[str, str] = {}
    for number, file in enumerate(files, 1):
        name = file.relative_to(folder).as_posix()
        try:
            with Image.open(file) as opened:
                picture = opened.convert("RGBA" if "transparency" in opened.info else "RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            unreadable[name] = str(error).partition(": ")[0] or type(error).__name__
        else:
            verdicts[name] = rater.rate(picture)
        progress(number, len(files))
    if not verdicts:
        raise BotError(f"None of the {len(files)} picture files in {folder} can be read.")
    return Calibration(folder, rater.source, thresholds, verdicts, unreadable)


def pictures(folder: Path) -> Sequence[Path]:
    """The picture files below a folder, by their endings; raises BotError when there is none."""
    if not folder.is_dir():
        raise BotError(f"There is no folder {folder}; name one that holds pictures.")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in SUFFIXES)
    if not files:
        raise BotError(f"{folder} holds no picture ({', '.join(sorted(SUFFIXES))}).")
    return files


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    found = np.quantile(values, QUANTILES)
    return {
        "max" if at == 1 else f"p{at * 100:g}": round(float(value), 4)
        for at, value in zip(QUANTILES, found, strict=True)
    }
