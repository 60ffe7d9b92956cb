"""What the bot itself remembers from one start to the next, by key."""

from __future__ import annotations

from bot.storage.database import Database


class Memory:
    """Small texts by key, such as the hash of the commands that were synced last."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        """The text kept under ``key``, or None."""
        row = await self._database.fetch_one("SELECT value FROM memory WHERE key = ?", (key,))
        return None if row is None else str(row["value"])

    async def put(self, key: str, value: str) -> None:
        """Keep a text under ``key``, in place of an older one."""
        async with self._database.write() as connection:
            await connection.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (key, value))
