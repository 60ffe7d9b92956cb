"""``db``: what an owner sees of the database, with exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.storage.folder import held
from bot.storage.migrate import migrations, upgrade

NEWEST = migrations()[-1].version


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT_STORAGE_PATH", str(tmp_path / "data"))
    return tmp_path / "data" / "bot.sqlite3"


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["db", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["db", *arguments]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "Traceback" not in error
    return error


def test_current_looks_and_makes_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "current")
    assert (told["version"], told["newest"], told["backup"], told["size"]) == (0, NEWEST, None, 0)
    assert not path.parent.exists()
    assert main(["db", "current"]) == 0
    assert "not there yet" in capsys.readouterr().out


def test_upgrade_then_backup_then_verify(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "upgrade")
    assert (told["before"], told["version"]) == (0, NEWEST)
    assert len(told["applied"]) == len(migrations())
    assert answer(capsys, "upgrade")["applied"] == []
    made = answer(capsys, "backup")
    assert Path(made["file"]).parent == path.parent / "backups"
    assert Path(made["file"]).stat().st_size == made["bytes"]
    told = answer(capsys, "current")
    assert told["version"] == NEWEST and told["backups"] == [made["file"]] == [told["backup"]]
    assert told["size"] > 0 and told["free"] > 0
    for file in ((), (made["file"],)):
        told = answer(capsys, "verify", *file)
        assert told["ok"] and told["version"] == NEWEST and told["problem"] is None
    assert main(["db", "verify"]) == 0
    assert "in order" in capsys.readouterr().out


def test_a_backup_may_have_a_name_but_never_overwrites(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    upgrade(path)
    assert answer(capsys, "backup", "copy.sqlite3")["file"] == "copy.sqlite3"
    assert "copy.sqlite3 exists already" in failed(capsys, "backup", "copy.sqlite3")
    assert (tmp_path / "copy.sqlite3").exists()


def test_a_damaged_database(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    upgrade(path)
    made = answer(capsys, "backup")["file"]
    path.write_bytes(path.read_bytes()[:4096] + b"\xa5" * 40_000)
    assert main(["db", "verify", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False and told["problem"] and told["version"] is None
    assert f"copy {made} to {path}" in failed(capsys, "verify")
    path.write_bytes(b"no database at all" * 1000)
    for command in ("verify", "current", "upgrade"):
        assert f"copy {made} to {path}" in failed(capsys, command)
    assert "not a database" in failed(capsys, "backup")
    bad = path.with_name("bad.sqlite3")
    path.rename(bad)
    assert "use another backup" in failed(capsys, "verify", str(bad))


def test_what_is_not_there(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no database" in failed(capsys, "backup")
    assert "There is no database" in failed(capsys, "verify")
    assert "There is no database at nothing" in failed(capsys, "verify", "nothing")


def test_no_upgrade_under_a_running_bot(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with held(path.parent):
        assert "in use by another bot" in failed(capsys, "upgrade")
    assert not path.exists()
