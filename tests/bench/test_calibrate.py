"""Calibrating: every picture of a folder is rated, what cannot be is named, and the picture of it is true."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.bench import calibrate, histogram
from bot.cli import main
from bot.core.errors import BotError
from bot.imaging.rating import Rater
from bot.policy.verdicts import Thresholds
from tests.imaging.spoken import Spoken

GENERAL, BEYOND = [0.9, 0.05, 0.03, 0.02], [0.1, 0.2, 0.4, 0.3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two drawings, one of them below, a blank frame, a broken file, and a text."""
    own = tmp_path / "pictures"
    (own / "below").mkdir(parents=True)
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)
    Image.fromarray(noise).save(own / "one.png")
    Image.fromarray(noise).convert("P").save(own / "below" / "two.GIF")
    Image.new("RGB", (40, 40)).save(own / "blank.jpg")
    (own / "broken.webp").write_bytes(b"RIFF")
    (own / "notes.txt").write_text("no picture")
    return own


def ignore(done: int, of: int) -> None:
    pass


def test_every_picture_is_rated_and_what_cannot_be_is_named(folder: Path) -> None:
    steps: list[tuple[int, int]] = []
    rater = Rater([Spoken(BEYOND)])
    found = calibrate.calibrate(folder, rater, Thresholds(), lambda done, of: steps.append((done, of)))
    assert set(found.verdicts) == {"one.png", "below/two.GIF", "blank.jpg"}
    assert found.unrated == {"blank.jpg": "the picture is blank"}
    assert set(found.unreadable) == {"broken.webp"}
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    told = found.as_json()
    assert told["likeliest"] == {"general": 0, "sensitive": 0, "questionable": 2, "explicit": 0}
    assert told["shares"]["questionable or explicit"]["p50"] == pytest.approx(0.7)
    assert told["withheld"] == {
        "strict general": 3, "general": 3, "sensitive": 3, "questionable": 3, "explicit": 1
    }  # fmt: skip


def test_thresholds_decide_what_would_be_withheld(folder: Path) -> None:
    rater = Rater([Spoken(GENERAL)])
    assert calibrate.calibrate(folder, rater, Thresholds(), ignore).withheld()["general"] == 1
    strict = Thresholds(general=0.05)
    assert calibrate.calibrate(folder, rater, strict, ignore).withheld()["general"] == 3


def test_a_folder_without_a_picture_that_can_be_read(tmp_path: Path) -> None:
    rater = Rater([Spoken(GENERAL)])
    with pytest.raises(BotError, match="There is no folder"):
        calibrate.calibrate(tmp_path / "nowhere", rater, Thresholds(), ignore)
    with pytest.raises(BotError, match="holds no picture"):
        calibrate.calibrate(tmp_path, rater, Thresholds(), ignore)
    (tmp_path / "a.png").write_bytes(b"no")
    with pytest.raises(BotError, match="None of the 1 picture files"):
        calibrate.calibrate(tmp_path, rater, Thresholds(), ignore)


def bars(image: Image.Image, row: int) -> list[int]:
    """The columns, in bins, in which a row of pixels shows a bar."""
    levels = np.asarray(image.convert("RGB"))[row]
    violet = np.flatnonzero((levels == np.array([0x7C, 0x6F, 0xE0])).all(axis=1))
    width = (histogram.WIDTH - histogram.LEFT - histogram.RIGHT) / histogram.BINS
    return sorted({int((column - histogram.LEFT) // width) for column in violet.tolist()})


def test_bars_stand_where_the_values_are() -> None:
    image = histogram.draw("Test", {"a": [0.01] * 4 + [0.99] * 2, "b": []}, {"a": {"x": 0.5}, "b": {}})
    assert image.size == (histogram.WIDTH, histogram.TOP + 2 * histogram.PANEL)
    low = histogram.TOP + histogram.PANEL - histogram.INNER[1]
    height = histogram.PANEL - sum(histogram.INNER)
    assert bars(image, low - 5) == [0, histogram.BINS - 1]
    assert bars(image, low - round(0.75 * height)) == [0]
    assert bars(image, low + histogram.PANEL - 5) == []


def test_the_command_prints_and_draws(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "found.png"
    assert main(["policy", "calibrate", str(folder), "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["pictures"] == 3 and told["classifiers"] == "chibi-rating, open_nsfw"
    assert sum(told["likeliest"].values()) == 2 and told["out"] == str(out)
    with Image.open(out) as drawn:
        assert drawn.size[0] == histogram.WIDTH
    assert main(["policy", "calibrate", str(folder)]) == 0
    text = capsys.readouterr().out
    assert "withheld under a ceiling of" in text and "blank.jpg: the picture is blank" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("nowhere", "There is no folder nowhere"),
        (". --out x.jpg", "should end in .png"),
        (". --out nowhere/x.png", "There is no folder nowhere"),
        (".", "holds no picture"),
    ],
)
def test_mistakes_are_one_line(
    arguments: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["policy", "calibrate", *arguments.split()]) == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
