"""What is owed to askers: ends of jobs that have not been shown yet, or could be shown nowhere."""

from __future__ import annotations

import dataclasses

from bot.storage.database import Database, Statement


@dataclasses.dataclass(frozen=True, slots=True)
class Owed:
    """What a job's own row does not tell of its answer; the service's Answer says what it means."""

    seconds: float = 0.0
    note: str = ""
    again: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """An answer that is owed since ``owed_at``.

    ``sent_at`` is the beginning of a send of which nobody knows whether it took effect. Times are Unix
    seconds; ``attempts`` counts the sends that were begun.
    """

    job_id: str
    owed: Owed
    owed_at: float
    sent_at: float | None
    attempts: int


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """A job whose end could be shown nowhere: its number of pictures, or the sentence in their place."""

    job_id: str
    pictures: int
    error: str | None


class DeliveryStore:
    """Reads and writes what is owed; ``JobStore.finish`` writes it first, in the transaction of the end."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def owed(self) -> list[str]:
        """Jobs whose answers are owed, those that ended first in front."""
        rows = await self._database.fetch_all(
            "SELECT job_id FROM deliveries WHERE state = 'owed' ORDER BY owed_at, job_id"
        )
        return [row["job_id"] for row in rows]

    async def of(self, job_id: str) -> Delivery | None:
        """What is owed of a job, or None when it is not (any more)."""
        row = await self._database.fetch_one(
            "SELECT * FROM deliveries WHERE job_id = ? AND state = 'owed'", (job_id,)
        )
        if row is None:
            return None
        owed = Owed(row["seconds"], row["note"], bool(row["again"]))
        return Delivery(job_id, owed, row["owed_at"], row["sent_at"], row["attempts"])

    async def sending(self, job_id: str, at: float) -> None:
        """A send begins; from now on it may have taken effect."""
        await self._database.change(
            "UPDATE deliveries SET sent_at = ?, attempts = attempts + 1 WHERE job_id = ?", (at, job_id)
        )

    async def not_sent(self, job_id: str) -> None:
        """The send that was under way took no effect, that is certain."""
        await self._database.change("UPDATE deliveries SET sent_at = NULL WHERE job_id = ?", (job_id,))

    async def delivered(self, job_id: str) -> None:
        """The asker has it; the token is needed no more."""
        await self._database.change(
            "DELETE FROM deliveries WHERE job_id = ?", (job_id,), erasing_token(job_id)
        )

    async def keep(self, job_id: str) -> None:
        """It can be shown nowhere; its asker is to be told at the next chance."""
        await self._database.change(
            "UPDATE deliveries SET state = 'kept' WHERE job_id = ?", (job_id,), erasing_token(job_id)
        )

    async def kept(self, user_id: int) -> list[Kept]:
        """What a person is to be told of, oldest first."""
        rows = await self._database.fetch_all(
            "SELECT job_id, jobs.error,"
            " (SELECT count(*) FROM images WHERE images.job_id = jobs.id) AS pictures"
            " FROM deliveries JOIN jobs ON jobs.id = job_id"
            " WHERE deliveries.state = 'kept' AND jobs.user_id = ? ORDER BY owed_at, job_id",
            (user_id,),
        )
        return [Kept(row["job_id"], row["pictures"], row["error"]) for row in rows]

    async def told(self, job_id: str) -> None:
        """The asker has read of a kept one."""
        await self._database.change("DELETE FROM deliveries WHERE job_id = ? AND state = 'kept'", (job_id,))

    async def forget_token(self, job_id: str) -> None:
        """Erase the token of a job whose answer it can no longer change."""
        await self._database.change(*erasing_token(job_id))

    async def forget_expired(self, now: float) -> None:
        """Erase every token that has expired."""
        await self._database.change("DELETE FROM replies WHERE expires_at <= ?", (now,))


def owing(job_id: str, owed: Owed, at: float, *, sending: bool = True) -> Statement:
    """What writes down that a job's answer is owed; with ``sending`` its first send follows at once."""
    return (
        "INSERT INTO deliveries (job_id, owed_at, sent_at, seconds, note, again) VALUES (?, ?, ?, ?, ?, ?)",
        (job_id, at, at if sending else None, owed.seconds, owed.note, owed.again),
    )


def erasing_token(job_id: str) -> Statement:
    """What erases a job's token."""
    return "DELETE FROM replies WHERE job_id = ?", (job_id,)
