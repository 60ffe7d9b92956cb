"""Ratings: the right numbers in the right order, and nothing shown when there are none."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from bot.core.errors import ModelError
from bot.core.rating import Rating
from bot.imaging import rating

LABELS = ["explicit", "general", "questionable", "sensitive"]
"""In another order than ours, on purpose."""


def model(folder: Path, side: int | str = 8, labels: Sequence[str] = LABELS) -> Path:
    """A classifier that looks at colour alone: white is general, red explicit, blue sensitive."""
    weights = np.array(
        [[6, 0, 0, 0], [0, 4, 0, 0], [-6, 4, 0, 8]], np.float32
    )  # (red, green, blue) to labels
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["colour"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["colour", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["output"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "rating",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, side, side])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 4])],
        [helper.make_tensor("weights", TensorProto.FLOAT, weights.shape, weights.ravel())],
    )
    built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    folder.mkdir(exist_ok=True)
    onnx.save(built, str(folder / "model.onnx"))
    (folder / "meta.json").write_text(json.dumps({"labels": list(labels)}), "utf-8")
    return folder


def dotted(colour: str, mode: str = "RGB") -> Image.Image:
    """One colour with a dot of another, so that it is not blank."""
    picture = Image.new(mode, (40, 30), colour)
    picture.putpixel((1, 1), (0, 0, 0) if mode == "RGB" else (0, 0, 0, 255))
    return picture


def softmax(*scores: float) -> list[float]:
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


def test_the_numbers_are_the_models_in_our_order(tmp_path: Path) -> None:
    classifier = rating.open_classifier(model(tmp_path / "m"))
    verdict = rating.rate(classifier, dotted("red"))
    assert verdict.fault is None
    # Red is (1, -1, -1) after normalising: explicit 12, general -8, questionable 0, sensitive -8.
    expected = softmax(-8, -8, 0, 12)
    seen = (verdict.general, verdict.sensitive, verdict.questionable, verdict.explicit)
    assert seen == pytest.approx(expected, abs=0.02)
    assert verdict.likeliest is Rating.EXPLICIT
    assert rating.rate(classifier, dotted("blue")).likeliest is Rating.SENSITIVE
    assert verdict.source == "m"


def test_a_model_of_any_size_takes_the_one_it_names(tmp_path: Path) -> None:
    folder = model(tmp_path / "m", side="side")
    (folder / "meta.json").write_text(json.dumps({"labels": LABELS, "img_size": 16}), "utf-8")
    assert rating.rate(rating.open_classifier(folder), dotted("red")).likeliest is Rating.EXPLICIT


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    classifier = rating.open_classifier(model(tmp_path / "m"))
    clear = dotted("white", "RGBA")
    clear.putalpha(0)
    clear.putpixel((1, 1), (0, 0, 0, 255))
    assert rating.rate(classifier, clear).general == pytest.approx(
        rating.rate(classifier, dotted("white")).general, abs=1e-3
    )


class Spoken:
    """A classifier that says what it was told to."""

    source = "spoken"

    def __init__(self, answer: Sequence[float] | Exception) -> None:
        self.answer = answer

    def shares(self, picture: Image.Image) -> Sequence[float]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        RuntimeError("no memory"),
        [math.nan, 0.0, 0.0, 1.0],
        [math.inf, 0.0, 0.0, 0.0],
        [0.9, 0.9, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
        [1.5, -0.5, 0.0, 0.0],
        [1.0],
        [],
    ],
)
def test_no_sensible_answer_withholds(answer: Sequence[float] | Exception) -> None:
    verdict = rating.rate(Spoken(answer), dotted("red"))
    assert verdict.fault
    assert verdict.explicit == 1.0


@pytest.mark.parametrize("colour", ["black", "white", "#123456"])
def test_a_blank_picture_withholds_whatever_the_classifier_says(colour: str) -> None:
    verdict = rating.rate(Spoken([1.0, 0.0, 0.0, 0.0]), Image.new("RGB", (64, 64), colour))
    assert verdict.fault == "the picture is blank"


def test_nearly_black_is_blank_and_a_dark_picture_is_not() -> None:
    noise = np.random.default_rng(1).integers(0, 3, (64, 64, 3), np.uint8)
    assert rating.is_blank(Image.fromarray(noise))
    assert not rating.is_blank(Image.fromarray(noise * 10))


def test_the_packaged_classifier_calls_a_plain_drawing_general() -> None:
    picture = Image.new("RGB", (104, 152), "skyblue")
    picture.paste("forestgreen", (0, 100, 104, 152))
    verdict = rating.rate(rating.open_classifier(None), picture)
    assert verdict.fault is None
    assert verdict.source == "open_nsfw"
    assert verdict.general > 0.8
    assert sum((verdict.general, verdict.sensitive, verdict.questionable, verdict.explicit)) == pytest.approx(
        1
    )


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"meta\.json"):
        rating.open_classifier(tmp_path)
    (tmp_path / "meta.json").write_text(json.dumps({"labels": LABELS}), "utf-8")
    with pytest.raises(ModelError, match="cannot be opened"):
        rating.open_classifier(tmp_path)


@pytest.mark.parametrize("labels", [["general"], ["general", "sensitive", "questionable", "x"], 5, None])
def test_other_labels_are_refused(labels: object, tmp_path: Path) -> None:
    folder = model(tmp_path / "m")
    (folder / "meta.json").write_text(json.dumps({"labels": labels}), "utf-8")
    with pytest.raises(ModelError, match=r"meta\.json"):
        rating.open_classifier(folder)
