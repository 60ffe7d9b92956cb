"""Imported tags on the disk: kept whole or not at all, and read without waiting for a running bot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.core.errors import StorageError
from bot.core.rating import Rating
from bot.core.tag import ListedTag
from bot.storage.database import Database
from bot.storage.tags import TagStore, imported

TAGS = [
    ListedTag("cat ears", "general", 5, ("neko mimi", "nekomimi")),
    ListedTag("somebody", "artist", 4),
    ListedTag("lingerie", "general", 3, (), Rating.SENSITIVE),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.sqlite3"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with await Database.open(path) as opened:
        yield opened


def by_name(path: Path, *, artists: bool) -> list[ListedTag]:
    return sorted(imported(path, artists=artists), key=lambda tag: -tag.count)


async def test_what_was_imported_is_read_as_it_was(database: Database, path: Path) -> None:
    await TagStore(database).replace(TAGS)
    assert by_name(path, artists=True) == TAGS
    assert by_name(path, artists=False) == [TAGS[0], TAGS[2]]


async def test_an_import_takes_the_place_of_the_one_before(database: Database, path: Path) -> None:
    for tags in (TAGS, TAGS, TAGS[:1]):
        await TagStore(database).replace(tags)
        assert by_name(path, artists=True) == tags


async def test_an_import_that_fails_leaves_the_one_before(database: Database, path: Path) -> None:
    await TagStore(database).replace(TAGS)

    def broken() -> Iterator[ListedTag]:
        yield ListedTag("new", "general", 1)
        yield ListedTag("new", "general", 1)

    with pytest.raises(Exception, match="UNIQUE"):
        await TagStore(database).replace(broken())
    assert by_name(path, artists=True) == TAGS


async def test_a_write_that_is_under_way_does_not_hold_up_reading(database: Database, path: Path) -> None:
    await TagStore(database).replace(TAGS)
    async with database.write() as connection:
        await connection.execute("DELETE FROM tags")
        assert by_name(path, artists=True) == TAGS


def test_no_file_holds_no_tags(tmp_path: Path) -> None:
    assert list(imported(tmp_path / "bot.sqlite3", artists=True)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_named(path: Path) -> None:
    path.write_text("hello" * 1000)
    with pytest.raises(StorageError, match="cannot be read"):
        list(imported(path, artists=True))
