"""Reads a database beside the bot that has it open, or had it open when it died; changes nothing."""

from __future__ import annotations

import contextlib
import sqlite3
import urllib.parse
from pathlib import Path
from typing import Any

from bot.core.errors import StorageError


def read(path: Path, *queries: str) -> list[list[dict[str, Any]]]:
    """Every query's rows by column name, all of one moment; blocking.

    Raises StorageError with one sentence when the file, a table or a column is not there.
    """
    address = f"file:{urllib.parse.quote(str(path.absolute()))}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")
            return [[dict(row) for row in connection.execute(query)] for query in queries]
    except sqlite3.Error as error:
        raise StorageError(f"The database {path} cannot be read: {error}.") from error
