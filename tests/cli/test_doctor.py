"""The doctor: what is in order, what is not, and what would help; 1 only when something failed."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.storage.health import Health, HealthFile, WorkerHealth
from bot.storage.migrate import upgrade


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT_TOKEN", "secret-token")


def health(**changes: Any) -> Health:
    now = time.time()
    worker = WorkerHealth("cpu", changes.pop("state", "ready"), now, changes.pop("restarts", 0), "It hung.")
    values: dict[str, Any] = {
        "pid": 12345,
        "started_at": now - 7200,
        "updated_at": now,
        "stopped": False,
        "versions": {},
        "workers": (worker,),
        "running": 1,
        "waiting": 2,
    }
    return Health(**{**values, **changes})


def examined(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> dict[str, dict[str, str]]:
    assert main(["doctor", "--json", *arguments]) == code
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is (code == 0)
    assert "secret-token" not in str(told)
    for finding in told["findings"]:
        assert finding["sentence"] and "\n" not in finding["sentence"]
    return {finding["what"]: finding for finding in told["findings"]}


def test_a_fresh_place_is_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = examined(capsys, 0)
    levels = {what: finding["level"] for what, finding in found.items()}
    assert levels == {
        "config": "ok", "token": "ok", "storage": "ok", "disk": "ok", "database": "ok", "model": "ok",
        "classifiers": "ok", "bot": "warn",
    }  # fmt: skip
    assert list((tmp_path / "data").iterdir()) == []


def test_the_text_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8 and all(line.startswith(("ok", "warn")) for line in lines)


def test_a_config_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text("[engine]\nthreads = -1")
    found = examined(capsys, 1, "--config", "config.toml")
    assert list(found) == ["config"] and "engine.threads is -1" in found["config"]["sentence"]


def test_storage_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("in the way")
    found = examined(capsys, 1)
    assert found["storage"]["level"] == "fail" and "[storage] path" in found["storage"]["help"]


def test_a_database_is_looked_at_and_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "data" / "bot.sqlite3"
    upgrade(path)
    before = sorted(each.name for each in path.parent.iterdir())
    assert examined(capsys, 0)["database"]["level"] == "ok"
    assert sorted(each.name for each in path.parent.iterdir()) == before
    path.write_bytes(b"no database at all" * 100)
    found = examined(capsys, 1)
    assert "is damaged" in found["database"]["sentence"] and "backup" in found["database"]["sentence"]


def test_a_missing_token_and_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BOT_TOKEN")
    monkeypatch.setenv("BOT_MODEL_NAME", "nothing")
    found = examined(capsys, 1)
    assert found["token"]["level"] == "warn"
    assert found["model"]["level"] == "fail" and "nothing" in found["model"]["sentence"]


@pytest.mark.parametrize(
    ("changes", "what", "level", "said"),
    [
        ({}, "worker cpu", "ok", "Ready"),
        ({"state": "loading"}, "worker cpu", "warn", "Loading"),
        ({"state": "degraded", "restarts": 3}, "worker cpu", "fail", "started again 3 times. It hung."),
        ({"state": "dead"}, "worker cpu", "fail", "does not run. It hung."),
        ({}, "queue", "ok", "1 running, 2 waiting"),
        ({"updated_at": 1.0}, "bot", "fail", "last gave a sign"),
        ({"stopped": True, "last_error": "No model."}, "bot", "warn", "The last fault: No model."),
        ({"versions": {"bot": "0.0.1"}}, "bot", "warn", "It runs (process 12345, started 2 hours ago)."),
    ],
)
def test_the_running_bot_is_known_by_its_health_file(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    what: str,
    level: str,
    said: str,
) -> None:
    asyncio.run(HealthFile(tmp_path / "data").write(health(**changes)))
    found = examined(capsys, int(level == "fail"))
    assert found[what]["level"] == level and said in found[what]["sentence"]


def test_a_health_file_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "health.json").write_text("{")
    assert "cannot be read" in examined(capsys, 1)["bot"]["sentence"]


def test_pictures_rated_by_the_packaged_classifier_alone_are_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text('[model]\nname = "animagine-xl-3.0"\n')
    found = examined(capsys, 1, "--config", "config.toml")["classifiers"]
    assert found["level"] == "warn" and "open_nsfw" in found["sentence"]
    assert "model pull classifiers" in found["help"]
    rating = tmp_path / "models" / "deepghs--anime_dbrating" / "swinv2pv3_v0_ls0.2"
    rating.mkdir(parents=True)
    for name in ("model.onnx", "meta.json"):
        (rating / name).write_text("any")
    found = examined(capsys, 1, "--config", "config.toml")["classifiers"]
    assert found["level"] == "warn" and "tagger" in found["sentence"]
    record = {"sha256": "00", "size": 3}
    lock = {"repo": "deepghs/anime_dbrating", "revision": "a", "files": {f"{rating.name}/model.onnx": record}}
    (rating.parent / "model.lock.json").write_text(json.dumps(lock))
    found = examined(capsys, 1, "--config", "config.toml")["classifiers"]
    assert found["level"] == "fail" and "is not what it was when it was pulled" in found["sentence"]
