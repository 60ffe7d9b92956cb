"""``imagine`` from pictures, and ``imagine --from``: drawn again by what a file says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from bot.cli import main

QUICK = ("--steps", "4", "--seed", "5")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``a.png`` and, from that picture under ``mask.png``, ``b.png``."""
    folder = tmp_path_factory.mktemp("drawn")
    assert main(["imagine", "1girl, smile", *QUICK, "--out", str(folder / "a.png")]) == 0
    mask = Image.new("L", (104, 152))
    mask.paste(255, (0, 0, 60, 152))
    mask.save(folder / "mask.png")
    begun = ("--image", str(folder / "a.png"), "--mask", str(folder / "mask.png"), "--vary", "7:0.2")
    assert main(["imagine", "1girl, hat", *QUICK, *begun, "--out", str(folder / "b.png")]) == 0
    return folder


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(arguments) == 0
    return json.loads(capsys.readouterr().out)


def altered(file: Path, out: Path, old: str, new: str) -> str:
    with Image.open(file) as picture:
        text = picture.info["parameters"]
        assert old in text
        chunks = PngImagePlugin.PngInfo()
        chunks.add_text("parameters", text.replace(old, new))
        picture.save(out, pnginfo=chunks)
    return str(out)


def test_a_picture_is_drawn_again_to_the_pixel(drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "imagine", "--from", str(drawn / "a.png"), "--out", "again.png", "--json")
    assert (told["result"], told["max_level_difference"]) == ("the same pixels", 0)
    with Image.open("again.png") as again, Image.open(drawn / "a.png") as first:
        assert np.array_equal(np.asarray(again), np.asarray(first))
        assert again.info["parameters"] == first.info["parameters"]


def test_what_began_from_a_picture_needs_it_again(drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun = ["imagine", "--from", str(drawn / "b.png")]
    assert main(begun) == 1
    assert "b.png began from a picture; give it with --image (its sha256 is" in capsys.readouterr().err
    assert main([*begun, "--image", str(drawn / "b.png")]) == 1
    assert "is not the picture that b.png began from" in capsys.readouterr().err
    begun += ["--image", str(drawn / "a.png")]
    assert main(begun) == 1
    assert "b.png began from a mask; give it with --mask" in capsys.readouterr().err
    told = answer(capsys, *begun, "--mask", str(drawn / "mask.png"), "--json")
    assert told["result"] == "the same pixels"


def test_a_receipt_that_says_something_else_is_told_by_its_pixels(
    drawn: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = altered(drawn / "a.png", Path("other.png"), "Seed: 5", "Seed: 6")
    assert main(["imagine", "--from", other]) == 0
    assert "levels of 255 off" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1girl, smile", "1girl, nude", "'nude'"),
        ("Seed: 5", "Seed: 4294967296", "Seed 4294967296 is outside"),
        ("Steps: 4", "Steps: 1000000", "1000000 steps are outside"),
        ("CFG scale: 7", "CFG scale: nan", "CFG nan is outside"),
        ("Sampler: Euler a", "Sampler: magic", "'magic' is not a sampler"),
        ("Size: 104x152", "Size: 0x152", "nothing is drawn at its size"),
        ("Version:", "Enlarged: 400, Version:", "nothing is drawn at its size"),
        ("Rows: 2", "Rows: 3", "cannot be drawn 3 rows at a time"),
        ("1girl, smile", "(1girl, smile:9)", "outside 0 to 2"),
        ("Model hash: ", "Model hash: 0", "and this is chibi"),
    ],
)
def test_a_forged_receipt_is_one_line(
    drawn: Path, old: str, new: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["imagine", "--from", altered(drawn / "a.png", Path("forged.png"), old, new)]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1 and "Traceback" not in error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--image none.png", "none.png cannot be read"),
        ("--image text.png", "no picture that can be read"),
        ("--image tiny.png", "has 1x1 pixels"),
        ("--image good.png --mask text.png", "no picture that can be read"),
        ("--image good.png --strength 0", "leaves none of the 28 steps"),
        ("--image good.png --strength 1.5", "Strength 1.5 is outside"),
        ("--hires --steps 1", "Hires leaves nothing of 1 step"),
        ("--image good.png --mask good.png --hires", "leave one of the two out"),
    ],
)
def test_what_cannot_be_begun_from_is_one_line(
    arguments: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("text.png").write_text("no picture")
    Image.new("RGB", (1, 1)).save("tiny.png")
    Image.new("RGB", (80, 80), "white").save("good.png")
    assert main(["imagine", "1girl", "--out", "x.png", *arguments.split()]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1 and "Traceback" not in error


@pytest.mark.parametrize(
    "arguments",
    [
        "1girl --strength 0.5 --out x.png",
        "1girl --mask x.png --out x.png",
        "1girl --vary 7 --out x.png",
        "1girl --vary 7:2 --out x.png",
        "1girl --vary x:0.5 --out x.png",
        "1girl --from x.png",
        "--from x.png --seed 3",
        "--from x.png --hires",
    ],
)
def test_options_that_do_not_go_together_exit_2(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["imagine", *arguments.split()])
    assert left.value.code == 2
    assert "error:" in capsys.readouterr().err
