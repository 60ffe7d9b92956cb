"""Ratings: the worst of all detectors in the right order, and nothing shown when there is no answer."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.core.errors import ModelError
from bot.core.job import Verdict
from bot.imaging import rating
from bot.imaging.detectors import OnnxRating, PackagedRating, Reading
from bot.imaging.rating import Rater
from tests.imaging import onnx_models
from tests.imaging.pictures import dotted
from tests.imaging.spoken import Spoken


def shares(verdict: Verdict) -> tuple[float, float, float, float]:
    return verdict.general, verdict.sensitive, verdict.questionable, verdict.explicit


def test_the_worst_of_all_detectors_counts_cumulatively() -> None:
    detectors = [
        Spoken([0.9, 0.05, 0.03, 0.02], source="mild"),
        Spoken([0.5, 0.1, 0.4, 0.0], age=0.3, source="second"),
        Spoken([0.6, 0.05, 0.05, 0.3], age=0.1, source="third"),
    ]
    verdict = Rater(detectors).rate(dotted("red"))
    # 1 - P(g) of the second, P(q) + P(e) of the second, P(e) of the third.
    assert shares(verdict) == pytest.approx((0.5, 0.1, 0.1, 0.3))
    assert verdict.age == 0.3
    assert verdict.source == "mild, second, third" and verdict.fault is None


def test_the_order_of_the_detectors_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        rows = rng.dirichlet([0.5] * 4, size=3).tolist()
        verdicts = [Rater([Spoken(row) for row in order]).rate(dotted("red")) for order in (rows, rows[::-1])]
        assert verdicts[0] == verdicts[1]
        worst = shares(verdicts[0])
        assert sum(worst) == pytest.approx(1) and min(worst) >= 0
        for row in rows:
            for least in (1, 2, 3):
                assert sum(worst[least:]) >= sum(row[least:]) - 1e-9


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
def test_one_detector_without_a_sensible_answer_withholds(answer: Sequence[float] | Exception) -> None:
    for others in ([], [Spoken([1.0, 0.0, 0.0, 0.0])]):
        verdict = Rater([*others, Spoken(answer)]).rate(dotted("red"))
        assert verdict.fault
        assert verdict.explicit == 1.0


def test_an_age_share_that_is_no_share_withholds() -> None:
    assert Rater([Spoken([1.0, 0.0, 0.0, 0.0], age=math.nan)]).rate(dotted("red")).fault


def test_no_detector_is_an_error() -> None:
    with pytest.raises(ModelError, match="no classifier"):
        Rater([])


@pytest.mark.parametrize("colour", ["black", "white", "#123456"])
def test_a_blank_picture_withholds_whatever_the_classifier_says(colour: str) -> None:
    verdict = Rater([Spoken([1.0, 0.0, 0.0, 0.0])]).rate(Image.new("RGB", (64, 64), colour))
    assert verdict.fault == "the picture is blank"


def test_nearly_black_is_blank_and_a_dark_picture_is_not() -> None:
    noise = np.random.default_rng(1).integers(0, 3, (64, 64, 3), np.uint8)
    assert rating.is_blank(Image.fromarray(noise))
    assert not rating.is_blank(Image.fromarray(noise * 10))


class Stuck(Spoken):
    """A detector that answers when it is let."""

    def __init__(self) -> None:
        super().__init__([1.0, 0.0, 0.0, 0.0])
        self.let = threading.Event()
        self.asked = 0

    def read(self, picture: Image.Image) -> Reading:
        self.asked += 1
        self.let.wait()
        return super().read(picture)


def test_a_stuck_detector_withholds_and_holds_nobody_up() -> None:
    stuck = Stuck()
    rater = Rater([stuck], seconds=0.05)
    assert rater.rate(dotted("red")).fault == "the classifier took longer than 0.05 s"
    for _ in range(3):
        assert rater.rate(dotted("red")).fault == "the classifier is still busy with an earlier picture"
    assert stuck.asked == 1
    stuck.let.set()
    # It answers again once it has come to its end.
    while rater.rate(dotted("red")).fault is not None:
        time.sleep(0.01)


def test_a_check_warms_up_and_names_what_does_not_work() -> None:
    Rater([Spoken([1.0, 0.0, 0.0, 0.0])]).check()
    broken = Rater([Spoken([math.nan] * 4, source="broken")])
    with pytest.raises(ModelError, match=r"\(broken\) does not work"):
        broken.check()


def test_a_model_that_answers_nan_withholds(tmp_path: Path) -> None:
    folder = onnx_models.rating(tmp_path / "m", last="Log")  # of negative numbers
    assert Rater([OnnxRating(folder)]).rate(dotted("red")).fault


def test_the_packaged_classifier_calls_a_plain_drawing_general() -> None:
    picture = Image.new("RGB", (104, 152), "skyblue")
    picture.paste("forestgreen", (0, 100, 104, 152))
    verdict = Rater([PackagedRating()]).rate(picture)
    assert verdict.fault is None
    assert verdict.source == "open_nsfw"
    assert verdict.general > 0.8
    assert sum(shares(verdict)) == pytest.approx(1)
