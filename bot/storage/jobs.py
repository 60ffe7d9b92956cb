"""Jobs and their images as rows."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable

from pydantic import TypeAdapter

from bot.core.errors import StorageError
from bot.core.job import Image, Job, JobState, Place, Reply, Verdict
from bot.core.prompt import Prompt
from bot.core.request import Request
from bot.storage.database import Database, Row

_REQUEST = TypeAdapter(Request)
_PROMPT = TypeAdapter(Prompt)
_VERDICT = TypeAdapter(Verdict)
_ROWS = TypeAdapter(tuple[int, ...])

_BEFORE: dict[JobState, tuple[JobState, ...]] = {
    JobState.QUEUED: (JobState.RUNNING,),
    JobState.RUNNING: (JobState.QUEUED,),
}
"""Which states may turn into a state; a final one may follow either of these two."""


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """A job with what came of it: the images in order and the name of the model that drew them."""

    job: Job
    images: tuple[Image, ...]
    model: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """Some of a person's records, newest first; ``older`` is the key of the next page, if there is one."""

    records: tuple[Record, ...]
    older: tuple[float, str] | None


class JobStore:
    """Reads and writes jobs. Every method is one transaction or one consistent read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job: Job) -> None:
        """Write a new job; it is on the disk when this returns."""
        reply = job.reply
        await self._database.change(
            "INSERT INTO jobs (id, user_id, guild_id, channel_id, age_restricted, request, prompt, seed,"
            " state, created_at, reply_token, reply_expires_at, message_id, weight)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                job.id,
                job.user_id,
                job.place.guild_id,
                job.place.channel_id,
                job.place.age_restricted,
                _REQUEST.dump_json(job.request).decode(),
                _PROMPT.dump_json(job.prompt).decode(),
                job.seed,
                job.state,
                job.created_at,
                reply and reply.token,
                reply and reply.expires_at,
                job.message_id,
                job.weight,
            ),
        )

    async def answered(self, job_id: str, message_id: int) -> None:
        """Remember which message answers the job."""
        await self._database.change("UPDATE jobs SET message_id = ? WHERE id = ?", (message_id, job_id))

    async def move(self, job_id: str, state: JobState) -> None:
        """Between queued and running; raises StorageError when the job stands elsewhere."""
        await self._change(job_id, state, "", ())

    async def finish(
        self,
        job_id: str,
        state: JobState,
        *,
        error: str | None = None,
        model: str | None = None,
        images: Iterable[Image] = (),
    ) -> None:
        """End a job once and for all, with its images; the reply's token is forgotten.

        Raises StorageError when the job has ended already.
        """
        await self._change(
            job_id,
            state,
            ", finished_at = ?, error = ?, model = ?, reply_token = NULL, reply_expires_at = NULL",
            (time.time(), error, model),
            images,
        )

    async def get(self, job_id: str) -> Record | None:
        """One job with its images, or None."""
        row = await self._database.fetch_one("SELECT * FROM jobs WHERE id = ?", (job_id,))
        return None if row is None else (await self._records([row]))[0]

    async def unfinished(self) -> list[Job]:
        """Jobs that were accepted and have not ended, oldest first."""
        rows = await self._database.fetch_all(
            "SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY created_at, id"
        )
        return [_job(row) for row in rows]

    async def page(self, user_id: int, *, before: tuple[float, str] | None = None, limit: int = 5) -> Page:
        """A person's finished jobs, newest first, ``limit`` at a time, older than ``before``."""
        created_at, job_id = before or (float("inf"), "")
        rows = await self._database.fetch_all(
            "SELECT * FROM jobs WHERE user_id = ? AND state = 'done' AND (created_at, id) < (?, ?)"
            " ORDER BY created_at DESC, id DESC LIMIT ?",
            (user_id, created_at, job_id, limit + 1),
        )
        records = await self._records(rows[:limit])
        older = (records[-1].job.created_at, records[-1].job.id) if len(rows) > limit else None
        return Page(tuple(records), older)

    async def count(self, user_id: int) -> int:
        """How many of a person's jobs are in their history."""
        row = await self._database.fetch_one(
            "SELECT count(*) FROM jobs WHERE user_id = ? AND state = 'done'", (user_id,)
        )
        return int(row[0]) if row else 0

    async def _change(
        self,
        job_id: str,
        state: JobState,
        more: str,
        values: tuple[object, ...],
        images: Iterable[Image] = (),
    ) -> None:
        allowed = _BEFORE.get(state, (JobState.QUEUED, JobState.RUNNING))
        marks = ", ".join("?" * len(allowed))
        sql = f"UPDATE jobs SET state = ?{more} WHERE id = ? AND state IN ({marks})"
        parameters = (state, *values, job_id, *allowed)
        rows = [_row(job_id, image) for image in images]
        if not rows:
            _require_one(await self._database.change(sql, parameters), job_id, state)
            return
        async with self._database.write() as connection:
            cursor = await connection.execute(sql, parameters)
            _require_one(cursor.rowcount, job_id, state)
            await connection.executemany("INSERT INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    async def _records(self, rows: list[Row]) -> list[Record]:
        if not rows:
            return []
        marks = ", ".join("?" * len(rows))
        found = await self._database.fetch_all(
            f"SELECT * FROM images WHERE job_id IN ({marks}) ORDER BY job_id, position",
            tuple(row["id"] for row in rows),
        )
        images: dict[str, list[Image]] = {}
        for row in found:
            images.setdefault(row["job_id"], []).append(_image(row))
        return [Record(_job(row), tuple(images.get(row["id"], ())), row["model"]) for row in rows]


def _require_one(changed: int, job_id: str, state: JobState) -> None:
    if changed != 1:
        raise StorageError(f"Job {job_id} cannot become {state}: it is unknown or has moved on.")


def _row(job_id: str, image: Image) -> tuple[object, ...]:
    return (
        job_id,
        image.index,
        image.seed,
        image.width,
        image.height,
        image.sha256,
        _VERDICT.dump_json(image.verdict).decode(),
        _ROWS.dump_json(image.rows).decode(),
    )


def _image(row: Row) -> Image:
    return Image(
        index=row["position"],
        seed=row["seed"],
        width=row["width"],
        height=row["height"],
        sha256=row["sha256"],
        verdict=_VERDICT.validate_json(row["verdict"]),
        rows=_ROWS.validate_json(row["rows"]),
    )


def _job(row: Row) -> Job:
    reply = None
    if row["reply_token"] is not None:
        reply = Reply(row["reply_token"], row["reply_expires_at"])
    return Job(
        id=row["id"],
        user_id=row["user_id"],
        place=Place(row["guild_id"], row["channel_id"], bool(row["age_restricted"])),
        request=_REQUEST.validate_json(row["request"]),
        prompt=_PROMPT.validate_json(row["prompt"]),
        seed=row["seed"],
        state=JobState(row["state"]),
        created_at=row["created_at"],
        reply=reply,
        message_id=row["message_id"],
        error=row["error"],
        weight=row["weight"],
    )
