"""Taggers: what a picture shows, and as judges evidence for the floor and one more opinion on the rating."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from bot.core.errors import ModelError
from bot.core.look import TagShare
from bot.imaging.detectors import LABELS, Reading, on_white, open_session

SIDE = 448
"""Pixels a side for a tagger that takes any size."""
RATING_CATEGORY = "9"
"""The category of the rating rows in ``selected_tags.csv``."""
CATEGORIES = {"0": "general", "3": "series", "4": "character"}
"""Danbooru's numbers of the categories that describe a picture."""
LEAST = {"general": 0.35, "series": 0.5, "character": 0.75}
"""Shares from which a tag is told. 0.35 is what the WD taggers' own program takes for general tags; a wrong
name is worse than none, so names need more (it takes 0.85)."""
LEAST_RATED = 0.2
"""The rating rows' sigmoids together are about 1; below this the tagger has not rated the picture."""


class Tagger:
    """A tagger as an ONNX file with a ``selected_tags.csv``, in the form of SmilingWolf/wd-swinv2-tagger-v3.

    Input: float32 ``(1, height, width, 3)``, BGR levels 0..255, padded to a square on white, resized bicubic.
    Output: a sigmoid for each row of the table (``tag_id,name,category,count``).
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Open the model; raises ModelError naming what is missing or wrong."""
        self.source = folder.name.partition("--")[2] or folder.name
        self._table = _rows(folder / "selected_tags.csv")
        self._session = open_session(folder / "model.onnx", threads)
        first = self._session.get_inputs()[0]
        self._input = first.name
        self._side = first.shape[1] if isinstance(first.shape[1], int) else SIDE

    def tags(self, picture: Image.Image) -> tuple[TagShare, ...]:
        """The tags that the picture is likelier to have than `LEAST` says, the surest first; no ratings.

        Raises ValueError when the answers do not fit the table, or are no shares.
        """
        shares = self._shares(picture).tolist()
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError("the tagger's answers are no shares")
        rows = zip(self._table, shares, strict=True)
        found = [
            TagShare(_spelled(name), CATEGORIES[category], share)
            for (name, category), share in rows
            if category in CATEGORIES and share >= LEAST[CATEGORIES[category]]
        ]
        return tuple(sorted(found, key=lambda tag: -tag.share))

    def _shares(self, picture: Image.Image) -> npt.NDArray[np.float64]:
        output = self._session.run(None, {self._input: self._tensor(picture)})[0]
        row = np.asarray(output, np.float64).reshape(-1)
        if len(row) != len(self._table):
            raise ValueError(f"{len(row)} answers for {len(self._table)} tags")
        return row

    def _tensor(self, picture: Image.Image) -> npt.NDArray[np.float32]:
        picture = on_white(picture)
        longest = max(picture.size)
        square = Image.new("RGB", (longest, longest), "white")
        square.paste(picture, ((longest - picture.width) // 2, (longest - picture.height) // 2))
        small = square.resize((self._side, self._side), Image.Resampling.BICUBIC)
        return np.ascontiguousarray(np.asarray(small, np.float32)[None, :, :, ::-1])


class OnnxTagger(Tagger):
    """A tagger as a judge: it rates, and gives evidence of somebody young."""

    def __init__(self, folder: Path, age_tags: Collection[str], threads: int = 1) -> None:
        """Open the model; ``age_tags`` are tags of somebody young, with spaces or underscores.

        Raises ModelError naming what is missing or wrong, also when the table knows none of those tags.
        """
        super().__init__(folder, threads)
        ratings = {
            name: column for column, (name, category) in enumerate(self._table) if category == RATING_CATEGORY
        }
        if not ratings.keys() >= set(LABELS):
            raise ModelError(f"{folder / 'selected_tags.csv'} lacks the ratings {', '.join(LABELS)}.")
        wanted = {_plain(tag) for tag in age_tags}
        self._ratings = [ratings[word] for word in LABELS]
        self._ages = [
            column
            for column, (name, category) in enumerate(self._table)
            if category != RATING_CATEGORY and _plain(name) in wanted
        ]
        if not self._ages:
            raise ModelError(f"{folder / 'selected_tags.csv'} holds no tag of somebody young.")

    def read(self, picture: Image.Image) -> Reading:
        """The rating rows, made to sum to 1, and the largest share of a tag of somebody young.

        Raises ValueError when the answers do not fit the table, or rate nothing.
        """
        row = self._shares(picture)
        ratings = row[self._ratings]
        total = float(ratings.sum())
        if not total >= LEAST_RATED:  # a NaN is refused as well
            raise ValueError(f"the rating rows sum to {total:.3f}")
        return Reading((ratings / total).tolist(), float(row[self._ages].max()))


def _rows(path: Path) -> list[tuple[str, str]]:
    """Name and category of every row, in the order of the answers."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [(row["name"], row["category"]) for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as error:
        raise ModelError(f"{path} is not a tagger's table of tags: {error!r}.") from None


def _plain(tag: str) -> str:
    return tag.strip().lower().replace("_", " ")


def _spelled(name: str) -> str:
    """A tag as people write it; faces such as ``^_^`` and ``0_0`` keep their underscore."""
    return name if len(name) <= 3 else name.replace("_", " ")
