"""``tags import``: into the storage folder, and from there into every reading of prompts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.config import Config, Policy, Storage
from bot.models import open_model

LIST = """\
tag,category,count,alias
frilly_umbrella,0,300,"lace_umbrella,brolly_with_frills"
kaito_of_somewhere,4,200,
somebody_who_draws,1,100,
"""
PUBLIC_LIST = os.environ.get("TAG_LIST", "")
"""Where the well-known completion file is on this machine, if it is: it is too large to come along."""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(LIST, "utf-8")
    return path


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert main(arguments) == 0
    return json.loads(capsys.readouterr().out)


def test_an_import_is_told_and_may_be_repeated(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "tags", "import", str(file), "--json")
    assert told == {
        "tags": 3,
        "aliases": 2,
        "doubled": 0,
        "categories": {"general": 1, "character": 1, "artist": 1},
        "rated": 0,
        "database": "data/bot.sqlite3",
    }
    assert answer(capsys, "tags", "import", str(file), "--json") == told
    assert main(["tags", "import", str(file)]) == 0
    assert "3 tags with 2 aliases" in capsys.readouterr().out


def test_imported_aliases_are_read_in_prompts(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompt = ("prompt", "lace umbrella, Kaito_of_Somewhere, smile, 1girl", "--json")
    assert "lace umbrella" in answer(capsys, *prompt)["positive"]
    main(["tags", "import", str(file)])
    positive = answer(capsys, *prompt)["positive"]
    assert "1girl, kaito of somewhere, frilly umbrella, smile" in positive


def test_artists_are_known_where_the_owner_wants_them(file: Path) -> None:
    main(["tags", "import", str(file)])
    for artists in (False, True):
        config = Config(storage=Storage(path="data"), policy=Policy(artists=artists))
        found = open_model(config).prompts.dictionary.complete("somebody who")
        assert [entry.name for entry in found] == (["somebody who draws"] if artists else [])


def test_a_file_that_cannot_be_read_changes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "tags", "import", str(file), "--json")
    file.write_text(LIST + "hat,0,many,\n", "utf-8")
    wrong = (
        (str(file), "line 5: 'many' is not a count"),
        ("nowhere.csv", "cannot be read"),
        (".", "cannot be read"),
    )
    for name, said in wrong:
        assert main(["tags", "import", name]) == 1
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1 and "Errno" not in error
    file.write_bytes(b"h\xe4t,0,1,\n")
    assert main(["tags", "import", str(file)]) == 1
    assert "list.csv is not UTF-8" in capsys.readouterr().err
    file.write_text(LIST, "utf-8")
    assert answer(capsys, "tags", "import", str(file), "--json") == told


@pytest.mark.skipif(not PUBLIC_LIST, reason="TAG_LIST names no file")
def test_the_public_list_is_taken_whole(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "tags", "import", PUBLIC_LIST, "--json")
    assert told["tags"] + told["doubled"] == 140_782 and told["tags"] > 140_000
    assert told["rated"] > 100
