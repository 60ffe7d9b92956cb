"""The book of who changed what in a server; rows are only ever added."""

from __future__ import annotations

import time

from bot.storage.database import Database, Statement


def entry(
    guild_id: int,
    channel_id: int | None,
    user_id: int,
    action: str,
    before: str | None = None,
    after: str | None = None,
) -> Statement:
    """What writes down that a person did something now, in plain words."""
    return (
        "INSERT INTO audit (at, guild_id, channel_id, user_id, action, before, after)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (time.time(), guild_id, channel_id, user_id, action, before, after),
    )


class AuditStore:
    """Writes what moderators do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stopped(self, guild_id: int, channel_id: int, by: int, job_id: str) -> None:
        """Somebody stopped another person's job; it is on the disk when this returns."""
        await self._database.change(*entry(guild_id, channel_id, by, "stop", before=job_id))
