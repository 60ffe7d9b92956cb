"""What admins set for their servers and channels, and the book of who set it."""

from __future__ import annotations

import dataclasses
from typing import Literal

from bot.core.rating import Rating
from bot.storage.audit import entry
from bot.storage.database import Database, Row

_SERVER = 0
"""Stands in for a channel's id in the row of the server itself."""


@dataclasses.dataclass(frozen=True, slots=True)
class PlaceSettings:
    """One row; None leaves a value to the server, and there to the default."""

    ceiling: Rating | None = None
    strict: bool | None = None


class SettingsStore:
    """Reads and writes settings; whatever changes is written down with its author in the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, guild_id: int, channel_id: int) -> tuple[PlaceSettings, PlaceSettings]:
        """A server's row and that of one of its channels, each empty when nothing was set."""
        rows = await self._database.fetch_all(
            "SELECT channel_id, ceiling, strict FROM place_settings"
            " WHERE guild_id = ? AND channel_id IN (?, ?)",
            (guild_id, _SERVER, channel_id),
        )
        found = {row["channel_id"]: _settings(row) for row in rows}
        return found.get(_SERVER, PlaceSettings()), found.get(channel_id, PlaceSettings())

    async def set_ceiling(
        self, guild_id: int, channel_id: int | None, ceiling: Rating | None, by: int
    ) -> bool:
        """Set the ceiling of a channel, or of the server for None; returns whether that changed anything."""
        return await self._set(guild_id, channel_id, PlaceSettings(ceiling=ceiling), "ceiling", by)

    async def set_strict(self, guild_id: int, strict: bool, by: int) -> bool:
        """Set whether a server is strict; returns whether that changed anything."""
        return await self._set(guild_id, None, PlaceSettings(strict=strict), "strict", by)

    async def _set(
        self,
        guild_id: int,
        channel_id: int | None,
        wanted: PlaceSettings,
        column: Literal["ceiling", "strict"],
        by: int,
    ) -> bool:
        place = (guild_id, _SERVER if channel_id is None else channel_id)
        async with self._database.write() as connection:
            async with connection.execute(
                "SELECT ceiling, strict FROM place_settings WHERE guild_id = ? AND channel_id = ?", place
            ) as cursor:
                row = await cursor.fetchone()
            before = _word(PlaceSettings() if row is None else _settings(row), column)
            after = _word(wanted, column)
            if before == after:
                return False
            await connection.execute(
                f"INSERT INTO place_settings (guild_id, channel_id, {column}) VALUES (?, ?, ?)"
                f" ON CONFLICT DO UPDATE SET {column} = excluded.{column}",
                (*place, getattr(wanted, column)),
            )
            await connection.execute(*entry(guild_id, channel_id, by, column, before, after))
        return True


def _word(settings: PlaceSettings, column: Literal["ceiling", "strict"]) -> str:
    if column == "strict":
        return "on" if settings.strict else "off"
    return "unset" if settings.ceiling is None else settings.ceiling.word


def _settings(row: Row) -> PlaceSettings:
    return PlaceSettings(
        ceiling=None if row["ceiling"] is None else Rating(row["ceiling"]),
        strict=None if row["strict"] is None else bool(row["strict"]),
    )
