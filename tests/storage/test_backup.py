"""Backups: whole, checked, one a day, the newest kept; and what a damaged database is answered with."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from bot.core.errors import StorageError
from bot.storage import backup, migrate
from bot.storage.backup import CUT_OFF, DAY, Backups, copy, problem_of
from bot.storage.database import Database
from bot.storage.migrate import current_version, migrations, upgrade

NEWEST = migrations()[-1].version
INSERT = "INSERT INTO memory VALUES (?, ?)"


def values(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute("SELECT key FROM memory ORDER BY key")]
    finally:
        connection.close()


def damage(path: Path) -> None:
    """Overwrite everything but the first page, in which the version is."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


async def test_a_copy_is_one_moment_of_a_live_database(tmp_path: Path) -> None:
    path, target = tmp_path / "bot.sqlite3", tmp_path / "copy.sqlite3"
    async with await Database.open(path) as database:
        for number in range(50):
            await database.change(INSERT, (f"{number:04}", "x" * 20_000))
        copying = asyncio.create_task(asyncio.to_thread(copy, path, target))
        written = 50
        while not copying.done():
            await database.change(INSERT, (f"{written:04}", "x" * 20_000))
            written += 1
        await copying
    kept = values(target)
    assert 50 <= len(kept) <= written
    assert kept == [f"{number:04}" for number in range(len(kept))]
    assert current_version(target) == NEWEST
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bot.sqlite3", "copy.sqlite3"]


def test_a_copy_never_overwrites_and_needs_a_source(tmp_path: Path) -> None:
    path, target = tmp_path / "bot.sqlite3", tmp_path / "copy.sqlite3"
    with pytest.raises(StorageError, match="There is no database"):
        copy(path, target)
    upgrade(path)
    target.write_text("mine")
    with pytest.raises(StorageError, match="exists already"):
        copy(path, target)
    assert target.read_text() == "mine"
    with pytest.raises(StorageError, match="cannot be copied"):
        copy(path, target / "below" / "a.sqlite3")


def test_a_copy_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    upgrade(path)
    stop = threading.Event()
    stop.set()
    with pytest.raises(StorageError, match="given up"):
        Backups(path, 7).make(stop=stop)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_check_of_a_copy_is_given_up_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bot.sqlite3"
    upgrade(path)
    stop = threading.Event()
    copied = backup._copy

    def copy_then_stop(source: Path, part: Path, stopping: threading.Event) -> None:
        copied(source, part, stopping)
        stop.set()

    monkeypatch.setattr(backup, "_copy", copy_then_stop)
    with pytest.raises(StorageError, match="given up"):
        Backups(path, 7).make(stop=stop)
    assert list((tmp_path / "backups").iterdir()) == []


def test_too_little_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bot.sqlite3"
    upgrade(path)
    monkeypatch.setattr(backup, "_SPARE", 2**60)
    with pytest.raises(StorageError, match=r"needs .* MB and .*; make room there"):
        Backups(path, 7).make()


def test_a_damaged_database_is_no_backup(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    upgrade(path)
    assert problem_of(path) is None
    damage(path)
    assert problem_of(path) is not None
    with pytest.raises(StorageError, match=r"damaged|malformed"):
        Backups(path, 7).make()
    assert list((tmp_path / "backups").iterdir()) == []


async def test_one_a_day_and_the_newest_stay(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    upgrade(path)
    backups = Backups(path, 3)
    backups.folder.mkdir()
    for day in range(1, 6):
        (backups.folder / f"bot-2020010{day}-000000.sqlite3").write_text("old")
    (backups.folder / "mine.txt").write_text("not a backup")
    for old in backups.folder.iterdir():
        os.utime(old, (time.time() - DAY - 1,) * 2)
    await backups.tend()
    kept = [each.name for each in backups.all()]
    assert kept[1:] == ["bot-20200105-000000.sqlite3", "bot-20200104-000000.sqlite3"]
    assert current_version(backups.all()[0]) == NEWEST
    await backups.tend()
    assert [each.name for each in backups.all()] == kept
    assert (backups.folder / "mine.txt").exists()


def test_what_a_kill_left_half_copied_goes_with_the_next_copy(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    upgrade(path)
    backups = Backups(path, 3)
    backups.folder.mkdir()
    old, fresh = (backups.folder / f"bot-2020010{day}-000000.sqlite3.part" for day in (1, 2))
    for part in (old, fresh):
        part.write_text("half")
    os.utime(old, (time.time() - CUT_OFF - 1,) * 2)
    made = backups.make()
    assert sorted(backups.folder.iterdir()) == sorted([fresh, made])


async def test_none_are_made_when_none_are_to_be_kept(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    upgrade(path)
    await Backups(path, 0).tend()
    assert not (tmp_path / "backups").exists()


def test_an_upgrade_is_preceded_by_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate._apply(connection, migrations()[0])
    connection.close()
    assert [step.version for step in upgrade(path)] == [step.version for step in migrations()[1:]]
    (before,) = Backups(path, 7).all()
    assert before.name.endswith(f"-before-{NEWEST}.sqlite3") and current_version(before) == 1
    assert upgrade(path) == [] and Backups(path, 7).all() == [before]


def left_open(path: Path) -> None:
    """A database as kill -9 leaves it: the last writes are in the WAL alone."""
    upgrade(path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("INSERT INTO memory VALUES ('last', 'x')")
    wal = path.with_name(f"{path.name}-wal")
    kept = {each: each.read_bytes() for each in (path, wal)}
    connection.close()
    for each, content in kept.items():
        each.write_bytes(content)


async def test_what_was_written_before_a_kill_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    left_open(path)
    async with await Database.open(path) as database:
        row = await database.fetch_one("SELECT value FROM memory WHERE key = 'last'")
        assert row is not None and row["value"] == "x"


async def test_a_database_that_was_left_open_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    upgrade(path)
    made = Backups(path, 7).make()
    path.unlink()
    left_open(path)
    damage(path)
    with pytest.raises(StorageError) as told:
        await Database.open(path)
    sentence = str(told.value)
    assert "is damaged" in sentence and f"copy {made} to {path}" in sentence and "\n" not in sentence
    for name in ("bot.sqlite3", "bot.sqlite3-wal", "bot.sqlite3-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    path.write_bytes(made.read_bytes())
    async with await Database.open(path) as database:
        assert await database.change(INSERT, ("again", "x")) == 1
