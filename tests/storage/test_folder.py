"""The storage folder: made, held, and let go."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import StorageError
from bot.storage import folder as folders
from bot.storage.folder import Room, held


def test_a_folder_is_made_and_held_by_one_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with held(folder):
        assert folder.is_dir()
        with pytest.raises(StorageError, match="in use by another bot"), held(folder):
            pass
    with held(folder):
        pass


def test_a_file_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    with pytest.raises(StorageError, match=r"file cannot be used: .*; name one that can be written"):
        held(tmp_path / "file").__enter__()


def test_a_disk_that_is_nearly_full_takes_nothing_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path)
    room.require()
    monkeypatch.setattr(folders, "ROOM", 2**60)
    with pytest.raises(StorageError, match=r"nearly full.*make room"):
        room.require()
    monkeypatch.undo()
    room.require()
