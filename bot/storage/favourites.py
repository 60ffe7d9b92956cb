"""Jobs that people marked to find them again."""

from __future__ import annotations

from bot.storage.database import Database


class FavouriteStore:
    """Marks and unmarks; a job's marks go with it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def toggle(self, user_id: int, job_id: str, at: float) -> bool | None:
        """Mark a job for a person at a time in Unix seconds, or take their mark away.

        Returns whether it is marked now, None when there is no such job.
        """
        async with self._database.write() as connection:
            taken = await connection.execute(
                "DELETE FROM favourites WHERE user_id = ? AND job_id = ?", (user_id, job_id)
            )
            if taken.rowcount:
                return False
            given = await connection.execute(
                "INSERT INTO favourites SELECT ?, id, ? FROM jobs WHERE id = ?", (user_id, at, job_id)
            )
            return True if given.rowcount else None
