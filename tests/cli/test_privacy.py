"""``privacy`` for the owner: what is read out and deleted, and one sentence for every mistake."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.cli import main
from bot.core.job import JobState
from bot.storage.database import Database
from bot.storage.folder import held
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles
from tests.services.house import asked, picture

USER = "7"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A storage folder with one drawn job and one that waits; the working folder's default."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"

    async def fill() -> None:
        async with await Database.open(folder / "bot.sqlite3") as database:
            jobs = JobStore(database)
            for job_id in ("drawn001", "waiting1"):
                await jobs.add(asked(job_id))
            await jobs.finish("drawn001", JobState.DONE, images=[picture().image])
        await PictureFiles(folder / "pictures").add(picture().png)

    asyncio.run(fill())
    return folder


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    return said.err


def test_export_prints_json_while_the_bot_runs(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with held(data):
        assert main(["privacy", "export", USER]) == 0
    exported = json.loads(capsys.readouterr().out)
    assert {each["id"] for each in exported["requests"]} == {"drawn001", "waiting1"}


def test_delete_leaves_nothing(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert b"1girl" in (data / "bot.sqlite3").read_bytes()
    assert main(["privacy", "delete", USER, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["jobs"], told["cancelled"], told["pictures"]) == (2, 1, 1)
    left = [path for path in data.rglob("*") if path.is_file()]
    assert not any(path.suffix == ".png" or b"1girl" in path.read_bytes() for path in left)
    assert fails(capsys, "privacy", "delete", USER) == "animagine-bot: Nothing is kept about user 7.\n"


def test_delete_says_in_words_what_went(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["privacy", "delete", USER]) == 0
    assert "deleted 2 requests and 1 picture of user 7" in capsys.readouterr().out


def test_delete_waits_for_the_bot_to_be_stopped(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with held(data):
        assert "is in use by another bot; stop that one" in fails(capsys, "privacy", "delete", USER)


@pytest.mark.parametrize("what", ["export", "delete"])
def test_somebody_who_never_asked(data: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    said = fails(capsys, "privacy", what, "123456789012345678")
    assert "Nothing is kept about user 123456789012345678." in said


@pytest.mark.parametrize("what", ["export", "delete"])
def test_no_database_is_made_by_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "There is no database at data/bot.sqlite3" in fails(capsys, "privacy", what, USER)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "user", ["mika", "", "0", "1.5", "-3", "9223372036854775808", "9" * 5000, "１２", "<@7>"]
)
def test_what_is_no_id_is_named(data: Path, capsys: pytest.CaptureFixture[str], user: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["privacy", "delete", "--json", "--", user])
    assert left.value.code == 2
    assert "is not a Discord id" in capsys.readouterr().err
