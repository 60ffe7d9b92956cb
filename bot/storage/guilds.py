"""Servers that the bot is in, and those that have removed it."""

from __future__ import annotations

from collections.abc import Collection

from bot.storage.database import Database


class GuildStore:
    """Reads and writes where the bot is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def here(self) -> set[int]:
        """Servers that have not removed the bot, as far as it knows."""
        rows = await self._database.fetch_all("SELECT guild_id FROM guilds WHERE left_at IS NULL")
        return {row["guild_id"] for row in rows}

    async def joined(self, guild_ids: Collection[int]) -> None:
        """The bot is in these; whatever was to be deleted of them stays."""
        for guild_id in guild_ids:
            await self._database.change(
                "INSERT INTO guilds (guild_id) VALUES (?)"
                " ON CONFLICT (guild_id) DO UPDATE SET left_at = NULL WHERE left_at IS NOT NULL",
                (guild_id,),
            )

    async def left(self, guild_id: int, at: float) -> None:
        """A server removed the bot at a moment, in Unix seconds; one that did before keeps its moment."""
        await self._database.change(
            "INSERT INTO guilds VALUES (?, ?)"
            " ON CONFLICT (guild_id) DO UPDATE SET left_at = excluded.left_at WHERE left_at IS NULL",
            (guild_id, at),
        )

    async def left_before(self, moment: float) -> list[int]:
        """Servers that removed the bot before a moment."""
        rows = await self._database.fetch_all("SELECT guild_id FROM guilds WHERE left_at < ?", (moment,))
        return [row["guild_id"] for row in rows]

    async def forget(self, guild_id: int) -> None:
        """Delete what admins set for a server, and that the bot was ever there."""
        async with self._database.write() as connection:
            for table in ("place_settings", "defaults", "audit", "guilds"):
                await connection.execute(f"DELETE FROM {table} WHERE guild_id = ?", (guild_id,))
