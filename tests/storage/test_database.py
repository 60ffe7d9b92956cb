"""The database file: migrations, versions, transactions."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import StorageError
from bot.storage.database import TOGETHER, Database
from bot.storage.migrate import Migration, _apply, current_version, migrations, upgrade

NEWEST = migrations()[-1].version


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "bot.sqlite3") as opened:
        yield opened


async def keys(database: Database) -> set[str]:
    return {row["key"] for row in await database.fetch_all("SELECT key FROM memory")}


async def test_a_new_file_gets_every_migration_with_its_record(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "bot.sqlite3"
    async with await Database.open(path) as database:
        rows = await database.fetch_all("SELECT version, name FROM migrations ORDER BY version")
        assert [row["version"] for row in rows] == [step.version for step in migrations()]
        mode = await database.fetch_one("PRAGMA journal_mode")
        assert mode is not None and mode[0] == "wal"
    assert current_version(path) == NEWEST
    assert upgrade(path) == []


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    upgrade(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST + 7}")
    connection.close()
    with pytest.raises(StorageError, match=f"has version {NEWEST + 7}, but this program knows only up to"):
        upgrade(path)
    assert current_version(path) == NEWEST + 7


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    path.write_bytes(b"not a database, and longer than a header of SQLite would be" * 30)
    with pytest.raises(StorageError, match=r"is damaged .*: stop the bot, move .* no backup in"):
        upgrade(path)


def test_a_file_that_may_not_be_written_is_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bot.sqlite3"
    upgrade(path)
    path.chmod(0o444)
    if os.geteuid() == 0:  # to whom permissions do not apply
        monkeypatch.setattr(os, "access", lambda path, mode: bool(Path(path).stat().st_mode & 0o200))
    with pytest.raises(
        StorageError, match=r"bot\.sqlite3 cannot be written: let the bot's user read and write"
    ):
        upgrade(path)


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.sqlite3", isolation_level=None)
    step = Migration(
        1, "broken", "CREATE TABLE one (a) STRICT;\nCREATE TABLE two (a INTEGER) STRICT;\nNONSENSE;"
    )
    with pytest.raises(sqlite3.Error):
        _apply(connection, step)
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    assert connection.execute("PRAGMA user_version").fetchone()[0] == 0
    connection.close()


async def test_a_failed_transaction_is_rolled_back_and_the_next_one_works(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "bot.sqlite3") as database:
        with pytest.raises(ValueError, match="changed my mind"):
            async with database.write() as connection:
                await connection.execute("INSERT INTO memory VALUES ('a', '1')")
                raise ValueError("changed my mind")
        async with database.write() as connection:
            await connection.execute("INSERT INTO memory VALUES ('b', '2')")
        rows = await database.fetch_all("SELECT key FROM memory")
        assert [row["key"] for row in rows] == ["b"]


async def test_writers_take_turns(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "bot.sqlite3") as database:

        async def count_up() -> None:
            async with database.write() as connection:
                cursor = await connection.execute("SELECT value FROM memory WHERE key = 'n'")
                row = await cursor.fetchone()
                value = int(row[0]) if row else 0
                await asyncio.sleep(0)
                await connection.execute("INSERT OR REPLACE INTO memory VALUES ('n', ?)", (str(value + 1),))

        await asyncio.gather(*(count_up() for _ in range(20)))
        row = await database.fetch_one("SELECT value FROM memory")
        assert row is not None and row["value"] == "20"


async def test_changes_of_a_crowd_share_commits_and_each_hears_its_own_outcome(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "bot.sqlite3") as database:
        commits: list[str] = []
        database._changer.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
        insert = "INSERT INTO memory VALUES (?, 'x')"
        keys = [str(number) for number in range(3 * TOGETHER)]
        outcomes = await asyncio.gather(
            *(database.change(insert, (key,)) for key in [*keys, "0"]), return_exceptions=True
        )
        assert outcomes[:-1] == [1] * len(keys)
        assert isinstance(outcomes[-1], sqlite3.IntegrityError)
        assert len(commits) == 4
        assert await database.change("DELETE FROM memory WHERE key > '1'") == len(keys) - 2
        assert await database.change("DELETE FROM memory WHERE key = 'nothing'") == 0


async def test_what_follows_a_change_is_made_only_when_it_changed_something(database: Database) -> None:
    insert = "INSERT INTO memory VALUES (?, 'x')"
    assert await database.change(insert, ("a",), (insert, ("b",))) == 1
    nothing = "UPDATE memory SET value = 'y' WHERE key = 'none'"
    assert await database.change(nothing, (), (insert, ("c",))) == 0
    outcomes = await asyncio.gather(
        database.change(insert, ("d",)),
        database.change(insert, ("e",), (insert, ("a",))),  # the second one is forbidden
        database.change(insert, ("f",)),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], sqlite3.IntegrityError) and outcomes[::2] == [1, 1]
    assert await keys(database) == {"a", "b", "d", "f"}


async def test_what_cannot_be_a_change_is_told_to_its_asker_alone(database: Database) -> None:
    insert = "INSERT INTO memory VALUES (?, 'x')"
    outcomes = await asyncio.gather(
        database.change(insert, ("a",)),
        database.change("NONSENSE"),
        database.change(insert, (2**70,)),
        database.change(insert, ("b",)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [int, StorageError, OverflowError, int]
    assert await keys(database) == {"a", "b"}


async def test_a_change_whose_asker_left_is_made_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    async with await Database.open(path) as database:
        insert = "INSERT INTO memory VALUES (?, 'x')"
        left = asyncio.create_task(database.change(insert, ("left",)))
        stays = asyncio.create_task(database.change(insert, ("stays",)))
        await asyncio.sleep(0)
        left.cancel()
        assert await stays == 1
        assert await asyncio.gather(left, return_exceptions=True) != [1]
        last = asyncio.create_task(database.change(insert, ("last",)))
        await asyncio.sleep(0)
    assert await last == 1
    async with await Database.open(path) as database:
        assert await keys(database) == {"left", "stays", "last"}
