"""Settings that people keep under a name."""

from __future__ import annotations

import dataclasses
import time

from bot.core.draft import Draft
from bot.storage.compact import DRAFT
from bot.storage.database import Database, Row


@dataclasses.dataclass(frozen=True, slots=True)
class Preset:
    """What somebody kept, by the name as they wrote it."""

    name: str
    draft: Draft


class PresetStore:
    """Reads and writes presets; a name is the same in upper and lower case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_id: int) -> list[Preset]:
        """A person's presets by name."""
        rows = await self._database.fetch_all(
            "SELECT name, draft FROM presets WHERE user_id = ? ORDER BY name_key", (user_id,)
        )
        return [_preset(row) for row in rows]

    async def get(self, user_id: int, name: str) -> Preset | None:
        """One of them, or None."""
        row = await self._database.fetch_one(
            "SELECT name, draft FROM presets WHERE user_id = ? AND name_key = ?", (user_id, name.casefold())
        )
        return None if row is None else _preset(row)

    async def put(self, user_id: int, preset: Preset, most: int) -> bool:
        """Keep it in place of one of the same name; returns False, and keeps nothing, where that would be
        more than ``most``."""
        key = preset.name.casefold()
        return (
            await self._database.change(
                "INSERT INTO presets (user_id, name_key, name, draft, saved_at) SELECT ?, ?, ?, ?, ?"
                " WHERE (SELECT count(*) FROM presets WHERE user_id = ? AND name_key != ?) < ?"
                " ON CONFLICT (user_id, name_key) DO UPDATE"
                " SET name = excluded.name, draft = excluded.draft, saved_at = excluded.saved_at",
                (user_id, key, preset.name, DRAFT.dump(preset.draft), time.time(), user_id, key, most),
            )
            == 1
        )

    async def delete(self, user_id: int, name: str) -> bool:
        """Forget one; returns whether there was one."""
        sql = "DELETE FROM presets WHERE user_id = ? AND name_key = ?"
        return await self._database.change(sql, (user_id, name.casefold())) == 1


def _preset(row: Row) -> Preset:
    return Preset(row["name"], DRAFT.load(row["draft"]))
