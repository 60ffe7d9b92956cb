"""Detectors: each model's own way of taking pictures, and its numbers in our order."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.core.errors import ModelError
from bot.imaging.detectors import OnnxRating
from bot.imaging.tagger import OnnxTagger, Tagger
from tests.imaging import onnx_models
from tests.imaging.onnx_models import LABELS, TAGS
from tests.imaging.pictures import dotted


def softmax(*scores: float) -> list[float]:
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


def test_a_rating_models_numbers_come_in_our_order(tmp_path: Path) -> None:
    detector = OnnxRating(onnx_models.rating(tmp_path / "m"))
    # Red is (1, -1, -1) after normalising: explicit 12, general -8, questionable 0, sensitive -8.
    assert detector.read(dotted("red")).shares == pytest.approx(softmax(-8, -8, 0, 12), abs=0.02)
    assert np.argmax(detector.read(dotted("blue")).shares) == 1
    assert detector.source == "m"
    assert detector.read(dotted("red")).age == 0


def test_a_rating_model_of_any_size_takes_the_one_it_names(tmp_path: Path) -> None:
    folder = onnx_models.rating(tmp_path / "m", side="side")
    (folder / "meta.json").write_text(json.dumps({"labels": LABELS, "img_size": 16, "name": "any"}), "utf-8")
    detector = OnnxRating(folder)
    assert np.argmax(detector.read(dotted("red")).shares) == 3
    assert detector.source == "any"


def clear(colour: str) -> Image.Image:
    """A transparent picture whose hidden pixels have a colour."""
    picture = dotted(colour, "RGBA")
    picture.putalpha(0)
    picture.putpixel((1, 1), (0, 0, 0, 255))
    return picture


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    for detector in (
        OnnxRating(onnx_models.rating(tmp_path / "m")),
        OnnxTagger(onnx_models.tagger(tmp_path / "t"), ["child"]),
    ):
        white = detector.read(dotted("white"))
        assert detector.read(clear("red")).shares == pytest.approx(white.shares, abs=1e-3)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"meta\.json"):
        OnnxRating(tmp_path)
    (tmp_path / "meta.json").write_text(json.dumps({"labels": LABELS}), "utf-8")
    with pytest.raises(ModelError, match="cannot be opened"):
        OnnxRating(tmp_path)
    with pytest.raises(ModelError, match=r"selected_tags\.csv"):
        OnnxTagger(tmp_path, ["child"])


@pytest.mark.parametrize("labels", [["general"], ["general", "sensitive", "questionable", "x"], 5, None])
def test_other_labels_are_refused(labels: object, tmp_path: Path) -> None:
    folder = onnx_models.rating(tmp_path / "m")
    (folder / "meta.json").write_text(json.dumps({"labels": labels}), "utf-8")
    with pytest.raises(ModelError, match=r"meta\.json"):
        OnnxRating(folder)


def test_a_tagger_rates_and_tells_of_the_young(tmp_path: Path) -> None:
    detector = OnnxTagger(onnx_models.tagger(tmp_path / "owner--tagger"), ["child", "toddler"])
    assert detector.source == "tagger"
    # Levels, not normalised, and blue first: 255 x the last row of the table.
    scores = np.array([0.01, -0.03, -0.01, 0.03]) * 255
    sigmoids = 1 / (1 + np.exp(-scores))
    red = detector.read(Image.new("RGB", (8, 8), "red"))
    assert red.shares == pytest.approx((sigmoids / sigmoids.sum()).tolist(), abs=1e-4)
    assert sum(red.shares) == pytest.approx(1)
    assert red.age < 0.01
    blue = detector.read(Image.new("RGB", (8, 8), "blue"))
    assert np.argmax(blue.shares) == 1
    assert blue.age > 0.99


def test_a_tagger_sees_the_whole_picture_on_a_white_square(tmp_path: Path) -> None:
    detector = OnnxTagger(onnx_models.tagger(tmp_path / "t"), ["child"])
    narrow, square = Image.new("RGB", (40, 80), "blue"), Image.new("RGB", (80, 80), "white")
    square.paste(narrow, (20, 0))
    assert detector.read(narrow) == detector.read(square)


def test_age_tags_are_found_with_underscores_too(tmp_path: Path) -> None:
    folder = onnx_models.tagger(tmp_path / "t", [*TAGS[:5], "aged_down"])
    assert OnnxTagger(folder, {"aged down"}).read(Image.new("RGB", (8, 8), "blue")).age > 0.99


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        (["general", "sensitive", "questionable", "x", "1girl", "child"], "lacks the ratings"),
        ([*TAGS[:5], "1boy"], "no tag of somebody young"),
    ],
)
def test_a_table_without_what_is_needed_is_refused(tags: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=said):
        OnnxTagger(onnx_models.tagger(tmp_path / "t", tags), ["child"])


def test_a_table_of_another_length_and_a_tagger_that_rates_nothing_give_no_answer(tmp_path: Path) -> None:
    longer = OnnxTagger(onnx_models.tagger(tmp_path / "t", [*TAGS, "smile"]), ["child"])
    with pytest.raises(ValueError, match="6 answers for 7 tags"):
        longer.read(dotted("red"))
    silent = OnnxTagger(onnx_models.tagger(tmp_path / "s", weights=-0.05), ["child"])
    with pytest.raises(ValueError, match="the rating rows sum to"):
        silent.read(dotted("white"))


def test_a_tagger_tells_what_is_likely_and_no_ratings(tmp_path: Path) -> None:
    folder = onnx_models.tagger(tmp_path / "tagger")
    table = folder / "selected_tags.csv"
    table.write_text(table.read_text("utf-8").replace("child,0", "a_name,4").replace("1girl", "^_^"), "utf-8")
    found = Tagger(folder).tags(Image.new("RGB", (9, 9), "blue"))
    assert [(tag.name, tag.category) for tag in found] == [("a name", "character"), ("^_^", "general")]
    assert found[0].share > 0.99 and found[1].share == pytest.approx(0.5)
    assert [tag.name for tag in Tagger(folder).tags(Image.new("RGB", (9, 9), "red"))] == ["^_^"]


def test_a_tagger_whose_answers_are_no_shares_tells_nothing(tmp_path: Path) -> None:
    folder = onnx_models.tagger(tmp_path / "tagger", weights=math.nan)
    with pytest.raises(ValueError, match="no shares"):
        Tagger(folder).tags(Image.new("RGB", (9, 9), "blue"))
