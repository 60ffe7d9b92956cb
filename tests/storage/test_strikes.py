"""Strikes as rows, and the key that stands between them and what was typed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.core.errors import StorageError
from bot.storage.database import Database
from bot.storage.secret import LENGTH, SecretKey
from bot.storage.strikes import KEPT, Strike, StrikeStore


async def test_strikes_come_back_oldest_first_and_by_person(tmp_path: Path) -> None:
    now = time.time()
    async with await Database.open(tmp_path / "bot.sqlite3") as database:
        store = StrikeStore(database)
        strikes = [
            Strike(7, now - 10, "F2", b"b"),
            Strike(7, now - 20, "F1", b"a"),
            Strike(8, now, "F6", b"c"),
        ]
        for strike in strikes:
            await store.add(strike)
        assert await store.of(7, now - 30) == [strikes[1], strikes[0]]
        assert await store.of(7, now - 15) == [strikes[0]]
        assert await store.of(9, 0.0) == []
    async with await Database.open(tmp_path / "bot.sqlite3") as database:
        assert await StrikeStore(database).of(8, 0.0) == [strikes[2]]


async def test_an_old_strike_is_forgotten_for_good(tmp_path: Path) -> None:
    now = time.time()
    async with await Database.open(tmp_path / "bot.sqlite3") as database:
        store = StrikeStore(database)
        await store.add(Strike(7, now - KEPT - 60, "F1", b"a"))
        await store.add(Strike(8, now, "F1", b"b"))
        assert await store.of(7, 0.0) == []


async def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "conduct.key"
    assert not path.exists()
    key = await SecretKey(path).get()
    assert len(key) == LENGTH and path.stat().st_mode & 0o777 == 0o600
    assert await SecretKey(path).get() == key
    assert [file.name for file in tmp_path.iterdir()] == ["conduct.key"]
    assert await SecretKey(tmp_path / "other.key").get() != key


async def test_a_key_that_was_cut_short_is_named(tmp_path: Path) -> None:
    path = tmp_path / "conduct.key"
    path.write_bytes(b"short")
    with pytest.raises(StorageError, match=r"conduct\.key has 5 bytes and should have 32; remove it"):
        await SecretKey(path).get()


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be used: No such file"):
        await SecretKey(tmp_path / "nowhere" / "conduct.key").get()
