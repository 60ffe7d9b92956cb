"""The command line: exit codes, one line on stderr, JSON on stdout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.cli import main


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("BOT_TOKEN", "BOT_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(arguments) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "demo",
        "run",
        "sync",
        "sandbox",
        "imagine",
        "prompt",
        "model",
        "model pull",
        "tags import",
        "bench",
        "bench chibi",
        "bench ack",
        "bench policy",
        "bench storage",
        "db",
        "db current",
        "db upgrade",
        "db backup",
        "db verify",
        "doctor",
        "policy",
        "policy calibrate",
    ],
)
def test_every_command_has_help(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*arguments.split(), "--help"])
    assert left.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_imagine_writes_native_pixels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "picture.png"
    told = answer(
        capsys, "imagine", "smile, 1girl", "--negative", "hat", "--seed", "5", "--count", "2", "--steps", "8",
        "--size", "1216x832", "--out", str(out), "--json",
    )  # fmt: skip
    assert told["files"] == [str(tmp_path / "picture-1.png"), str(tmp_path / "picture-2.png")]
    assert told["seeds"] == [5, 6]
    assert told["positive"] == "masterpiece, best quality, 1girl, smile, rating: general"
    assert told["negative"].startswith("nsfw, lowres, bad anatomy")
    assert told["negative"].endswith(
        "artist name, hat, rating: sensitive, rating: questionable, rating: explicit"
    )
    assert told["dropped"] == [] and told["tokens"] > 0 and told["seconds"] > 0
    assert [verdict["rating"] for verdict in told["verdicts"]]
    for file in told["files"]:
        with Image.open(file) as drawn:
            assert drawn.size == (152, 104)


def test_prompt_shows_the_decision_and_exits_0_on_a_denial(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "prompt", "nude, 1girl", "--json")
    assert told["decision"] == "deny"
    assert {"tag": "nude", "rating": "questionable"}.items() <= told["reasons"][0].items()
    told = answer(
        capsys, "prompt", "1girl, night", "--rating", "sensitive", "--ceiling", "sensitive", "--json"
    )
    assert told["decision"] == "allow"
    assert told["positive"].endswith("rating: sensitive")
    assert main(["prompt", "nude"]) == 0
    said = capsys.readouterr().out
    assert "deny under general" in said and "ceiling, general: leave that tag out" in said


def test_a_batch_is_answered_line_by_line_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "prompts.jsonl"
    lines = [
        {"prompt": "1girl, smile", "negative": "", "ceiling": "general"},
        {"prompt": "1girl, ｌ１ｎｇｅｒｉｅ", "negative": "", "ceiling": "general"},
        {"prompt": "1girl, lingerie", "negative": "", "ceiling": "sensitive"},
    ]
    file.write_bytes("\r\n".join(json.dumps(line) for line in lines).encode("utf-8-sig") + b"\r\n\r\n")
    assert main(["prompt", "--batch", str(file)]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["decision"] for each in answers] == ["allow", "deny", "allow"]
    assert answers[1]["reasons"] == [{"rule": "disguise", "tag": "lingerie", "rating": "sensitive"}]
    assert answers[0] == answer(capsys, "prompt", "1girl, smile", "--json")


def test_a_line_of_a_batch_that_is_none_keeps_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_bytes(b'{"prompt": "hat"}\n\xff\nnonsense\n{"prompt": "hat"}')
    assert main(["prompt", "--batch", str(file)]) == 1
    told = capsys.readouterr()
    answers = [json.loads(line) for line in told.out.splitlines()]
    assert [each["decision"] for each in answers] == ["allow", "deny", "deny", "allow"]
    assert [reason["rule"] for reason in answers[2]["reasons"]] == ["invalid"]
    assert "line 2: it is not UTF-8" in told.err and told.err.count("\n") == 1


def test_the_policy_bench_counts_prompts(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "bench", "policy", "--prompts", "200", "--json")
    assert told["prompts"] == 200 and told["prompts_per_s"] > 0
    assert 0 < told["denied"] < 100


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("imagine nude --out x.png", "'nude'"),
        ("prompt --batch none.jsonl", "none.jsonl cannot be read"),
        ("prompt (hat:3)", "outside 0 to 2"),
        ("imagine 1girl --out nowhere/x.png", "There is no folder nowhere"),
        ("imagine 1girl --out x.jpg", "should end in .png"),
        ("imagine 1girl --seed 4294967296 --out x.png", "Seed 4294967296"),
        ("imagine 1girl --sampler magic --out x.png", "'magic' is not a sampler"),
        ("imagine 1girl --model nothing --out x.png", "There is no model 'nothing'"),
        ("imagine 1girl --model old.ckpt --out x.png", "is a pickle"),
        ("imagine 1girl --config none.toml --out x.png", "There is no config file none.toml"),
        ("run", "There is no token"),
        ("run --config none.toml", "There is no config file none.toml"),
        ("model pull chibi", "'chibi' cannot be pulled"),
        ("model check nothing", "There is no model 'nothing'"),
        ("model check classifiers", "The classifiers of pictures (rating, small, tagger) are not in models"),
    ],
)
def test_mistakes_are_one_line_and_exit_1(
    arguments: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments.split()) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1 and "Traceback" not in error


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "nonsense",
        "imagine",
        "imagine x",
        "imagine x --out y.png --size 512x512",
        "prompt x --ceiling high",
        "prompt",
        "prompt x --batch y.jsonl",
    ],
)
def test_wrong_usage_exits_2(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments.split())
    assert left.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_the_demo_model_is_here_and_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    listed = answer(capsys, "model", "list", "--json")
    assert listed["chibi"] == {"here": True, "why_not": None} and not listed["classifiers"]["here"]
    told = answer(capsys, "model", "check", "chibi", "--json")
    assert told["ok"] and any(row["file"].endswith(".safetensors") for row in told["files"])
