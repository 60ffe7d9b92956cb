"""Requests that the floor refused, as rows: who, when, the rule, and a keyed hash in place of the text."""

from __future__ import annotations

import dataclasses
import time

from bot.storage.database import Database

KEPT = 30 * 24 * 3600.0
"""Seconds after which a strike is forgotten for good."""


@dataclasses.dataclass(frozen=True, slots=True)
class Strike:
    """One refused request. ``at`` is in Unix seconds, ``rule`` such as ``"F2"``."""

    user_id: int
    at: float
    rule: str
    hash: bytes


class StrikeStore:
    """Reads and writes strikes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, strike: Strike) -> None:
        """Write a strike, and forget those that are too old; it is on the disk when this returns."""
        async with self._database.write() as connection:
            await connection.execute("DELETE FROM strikes WHERE at < ?", (time.time() - KEPT,))
            await connection.execute(
                "INSERT INTO strikes (user_id, at, rule, hash) VALUES (?, ?, ?, ?)",
                (strike.user_id, strike.at, strike.rule, strike.hash),
            )

    async def of(self, user_id: int, since: float) -> list[Strike]:
        """A person's strikes after a moment, oldest first."""
        rows = await self._database.fetch_all(
            "SELECT user_id, at, rule, hash FROM strikes WHERE user_id = ? AND at > ? ORDER BY at",
            (user_id, since),
        )
        return [Strike(row["user_id"], row["at"], row["rule"], row["hash"]) for row in rows]
