"""Defaults of people, servers and channels for what a request leaves open, and the book of who set them."""

from __future__ import annotations

import dataclasses
import time

from bot.core.draft import Draft
from bot.storage.compact import DRAFT
from bot.storage.database import Database

_NOTHING = Draft()


@dataclasses.dataclass(frozen=True, slots=True)
class Whose:
    """Whose defaults: a person's, a server's or a channel's; 0 is what they are not about."""

    user_id: int = 0
    guild_id: int = 0
    channel_id: int = 0

    @property
    def key(self) -> tuple[int, int, int]:
        return self.user_id, self.guild_id, self.channel_id


class DefaultStore:
    """Reads and writes them; a change for a server or channel is written down with its author at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, *several: Whose) -> list[Draft]:
        """What each of them set, empty where nothing was."""
        marks = ", ".join(["(?, ?, ?)"] * len(several))
        rows = await self._database.fetch_all(
            f"SELECT * FROM defaults WHERE (user_id, guild_id, channel_id) IN (VALUES {marks})",
            tuple(number for whose in several for number in whose.key),
        )
        found = {(row["user_id"], row["guild_id"], row["channel_id"]): row["draft"] for row in rows}
        return [DRAFT.load(found[whose.key]) if whose.key in found else _NOTHING for whose in several]

    async def change(
        self, whose: Whose, draft: Draft, unset: tuple[str, ...], by: int
    ) -> dict[str, tuple[str, str]]:
        """Set the values that a draft gives and unset others, by name.

        Returns what changed, before and after, in the words of the book; nothing of a person's own is
        written into the book.
        """
        async with self._database.write() as connection:
            rows = list(
                await connection.execute_fetchall(
                    "SELECT draft FROM defaults WHERE (user_id, guild_id, channel_id) = (?, ?, ?)", whose.key
                )
            )
            before = DRAFT.load(rows[0]["draft"]) if rows else _NOTHING
            after = dataclasses.replace(before, **{**dict.fromkeys(unset), **draft.given()})
            changed = _changes(before, after)
            if not changed:
                return {}
            await connection.execute(
                "DELETE FROM defaults WHERE (user_id, guild_id, channel_id) = (?, ?, ?)", whose.key
            )
            if after != _NOTHING:
                await connection.execute(
                    "INSERT INTO defaults VALUES (?, ?, ?, ?)", (*whose.key, DRAFT.dump(after))
                )
            if whose.guild_id:
                await connection.executemany(
                    "INSERT INTO audit (at, guild_id, channel_id, user_id, action, before, after)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [
                        (time.time(), whose.guild_id, whose.channel_id or None, by, f"default {name}", *words)
                        for name, words in changed.items()
                    ],
                )
        return changed


def _changes(before: Draft, after: Draft) -> dict[str, tuple[str, str]]:
    old, new = before.given(), after.given()
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return {name: (_word(old.get(name)), _word(new.get(name))) for name in names}


def _word(value: object) -> str:
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
