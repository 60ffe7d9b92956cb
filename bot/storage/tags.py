"""The tags that the owner imported, as rows, and those that people had drawn."""

from __future__ import annotations

import contextlib
import sqlite3
import urllib.parse
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.core.errors import StorageError
from bot.core.rating import Rating
from bot.core.tag import ListedTag
from bot.storage.database import Database

_BETWEEN = ","
"""Between aliases: no tag holds a comma."""


class TagStore:
    """Writes the imported tags."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, tags: Iterable[ListedTag]) -> None:
        """Keep these tags in place of all that were imported before, in one transaction."""
        rows = [(tag.name, tag.category, tag.count, tag.rating, _BETWEEN.join(tag.aliases)) for tag in tags]
        async with self._database.write() as connection:
            await connection.execute("DELETE FROM tags")
            await connection.executemany(
                "INSERT INTO tags (name, category, count, rating, aliases) VALUES (?, ?, ?, ?, ?)", rows
            )


class UsedTags:
    """Reads what people had drawn; their jobs hold it, so that it goes with them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_id: int, most: int = 50) -> list[str]:
        """The final positives of a person's latest finished jobs, newest first."""
        rows = await self._database.fetch_all(
            "SELECT json_extract(prompt, '$.positive') AS positive FROM jobs"
            " WHERE user_id = ? AND state = 'done' ORDER BY created_at DESC, id DESC LIMIT ?",
            (user_id, most),
        )
        return [row["positive"] or "" for row in rows]


def imported(path: Path, *, artists: bool) -> Iterator[ListedTag]:
    """Yield the imported tags of a database file, with or without artists; none from a file that is not there
    or is older than tags. It is only read, beside a running bot as well. Raises StorageError."""
    if not path.exists():
        return
    try:
        address = f"file:{urllib.parse.quote(str(path))}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'tags'").fetchone():
                return
            unwanted = "" if artists else "artist"
            for name, category, count, rating, aliases in connection.execute(
                "SELECT name, category, count, rating, aliases FROM tags WHERE category != ?", (unwanted,)
            ):
                yield ListedTag(
                    name=name,
                    category=category,
                    count=count,
                    aliases=tuple(aliases.split(_BETWEEN)) if aliases else (),
                    rating=None if rating is None else Rating(rating),
                )
    except sqlite3.Error as error:
        raise StorageError(f"The imported tags in {path} cannot be read: {error}.") from error
