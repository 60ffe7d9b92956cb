"""Jobs and their images as rows."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from pydantic import TypeAdapter

from bot.core.errors import StorageError
from bot.core.job import Image, Job, JobState, Place, Reply
from bot.core.prompt import Prompt
from bot.core.request import Request
from bot.storage.compact import PROMPT, REQUEST, dump_verdict, key_of, load_verdict
from bot.storage.database import Database, Row, Statement
from bot.storage.deliveries import Owed, erasing_token, owing
from bot.storage.leases import giving_back, settling

_ROWS = TypeAdapter(tuple[int, ...])

RECORDS = (
    "SELECT jobs.*, negatives.text AS negative, replies.token, replies.expires_at"
    " FROM jobs LEFT JOIN negatives ON negatives.key = jobs.negative_key"
    " LEFT JOIN replies ON replies.job_id = jobs.id"
)
"""The beginning of a query for jobs; a job has no negative_key only while a migration is under way."""

_NEGATIVE = "INSERT INTO negatives VALUES (?, ?, 1) ON CONFLICT (key) DO UPDATE SET jobs = jobs + 1"
_RATING = (
    "SELECT max((SELECT key FROM json_each(images.verdict) WHERE key < 4 ORDER BY value DESC, key LIMIT 1))"
    " FROM images WHERE images.job_id = jobs.id"
)
"""The highest rating that one of a job's pictures is likeliest to have, as `Verdict.likeliest` tells it."""
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


class JobStore:
    """Reads and writes jobs. Every method is one transaction or one consistent read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job: Job) -> None:
        """Write a new job; it is on the disk when this returns."""
        await self._database.change(*insertion(job))

    async def answered(self, job_id: str, message_id: int) -> None:
        """Remember which message answers the job."""
        await self._database.change("UPDATE jobs SET message_id = ? WHERE id = ?", (message_id, job_id))

    async def move(self, job_id: str, state: JobState) -> None:
        """Between queued and running, which is an attempt; raises StorageError when it stands elsewhere."""
        await self._change(job_id, state, _moving(job_id, state))

    async def finish(
        self,
        job_id: str,
        state: JobState,
        *,
        error: str | None = None,
        model: str | None = None,
        images: Iterable[Image] = (),
        gpu_seconds: float | None = None,
        owed: Owed | None = None,
    ) -> None:
        """End a job once and for all, with its images; its lease is settled.

        ``owed`` is what its asker is still to be shown; without it nothing is, and the token is forgotten.
        Raises StorageError when the job has ended already.
        """
        now = time.time()
        ended = ending(job_id, state, now, error, model, images)
        # The token is needed for what is owed.
        told = erasing_token(job_id) if owed is None else owing(job_id, owed, now)
        await self._change(job_id, state, *ended, settling(job_id, state, gpu_seconds), told)

    async def withdraw(self, job_id: str, images: Collection[Image], share: float, note: str) -> None:
        """Take back some of a done job's pictures, which were not shown; ``share`` of its seconds stay paid.

        ``note`` stands beside those that stay. The files go in the next sweep. Does nothing once the job's
        end is owed no more.
        """
        marks = ", ".join("?" * len(images))
        await self._database.change(
            "UPDATE deliveries SET note = ?, again = 1 WHERE job_id = ? AND state = 'owed'",
            (note, job_id),
            (
                f"DELETE FROM images WHERE job_id = ? AND position IN ({marks})",
                (job_id, *(image.index for image in images)),
            ),
            (f"UPDATE jobs SET rating = ({_RATING}) WHERE id = ?", (job_id,)),
            giving_back(job_id, share),
        )

    async def revoke(self, job_id: str, state: JobState, error: str) -> bool:
        """End a done job otherwise, since its pictures cannot be shown: they go, and it is refunded.

        Only while its end is owed; returns whether that was so. The files go in the next sweep.
        """
        return (
            await self._database.change(
                "UPDATE jobs SET state = ?, error = ?, rating = NULL WHERE id = ? AND state = 'done' AND"
                " EXISTS (SELECT 1 FROM deliveries WHERE job_id = jobs.id AND state = 'owed')",
                (state, error, job_id),
                ("UPDATE deliveries SET again = ? WHERE job_id = ?", (state is JobState.WITHHELD, job_id)),
                ("DELETE FROM images WHERE job_id = ?", (job_id,)),
                giving_back(job_id, 0.0),
            )
            == 1
        )

    async def publish(self, job_id: str) -> bool:
        """Make a private job everybody's, and owe it to its channel; returns whether that was to be done.

        Nothing happens while its end is still owed to its asker.
        """
        changed = await self._database.change(
            "UPDATE jobs SET request = json_remove(request, '$.private'), message_id = NULL WHERE id = ?"
            " AND state = 'done' AND json_extract(request, '$.private')"
            " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE job_id = jobs.id AND state = 'owed')",
            (job_id,),
            ("DELETE FROM deliveries WHERE job_id = ?", (job_id,)),
            owing(job_id, Owed(), time.time(), sending=False),
            erasing_token(job_id),
        )
        return changed == 1

    async def forget(self, job_id: str) -> None:
        """Take the texts of a job out of its row."""
        request, prompt = Request(""), Prompt("", "", 0, 0, 0)
        await self._database.change(
            "UPDATE jobs SET request = ?, prompt = ?, negative_key = ? WHERE id = ?",
            (REQUEST.dump(request), PROMPT.dump(prompt), key_of(""), job_id),
            (_NEGATIVE, (key_of(""), "")),
        )

    async def get(self, job_id: str) -> Record | None:
        """One job with its images, or None."""
        row = await self._database.fetch_one(f"{RECORDS} WHERE id = ?", (job_id,))
        return None if row is None else (await self.records([row]))[0]

    async def unfinished(self) -> list[Job]:
        """Jobs that were accepted and have not ended, oldest first."""
        rows = await self._database.fetch_all(
            f"{RECORDS} WHERE state IN ('queued', 'running') ORDER BY created_at, id"
        )
        return [_job(row) for row in rows]

    async def _change(self, job_id: str, state: JobState, moving: Statement, *then: Statement) -> None:
        if await self._database.change(*moving, *then) != 1:
            raise StorageError(f"Job {job_id} cannot become {state}: it is unknown or has moved on.")

    async def records(self, rows: list[Row]) -> list[Record]:
        """Records of rows that a query with ``RECORDS`` found, in its order."""
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


def insertion(job: Job) -> tuple[str, tuple[object, ...], *tuple[Statement, ...]]:
    """What writes a new job, for ``Database.change``: SQL, its parameters, and the statements that follow."""
    place = job.place
    values = {
        "id": job.id,
        "user_id": job.user_id,
        "guild_id": place.guild_id,
        "channel_id": place.channel_id,
        "age_restricted": place.age_restricted,
        "request": REQUEST.dump(job.request),
        "prompt": PROMPT.dump(job.prompt),
        "negative_key": key_of(job.prompt.negative),
        "seed": job.seed,
        "state": job.state,
        "created_at": job.created_at,
        "message_id": job.message_id,
        "weight": job.weight,
        "age_context": job.age_context,
        "parent_id": place.parent_id,
        "locale": job.locale,
    }
    sql = (
        f"INSERT INTO jobs (number, {', '.join(values)})"
        f" VALUES ((SELECT coalesce(max(number), 0) + 1 FROM jobs), {', '.join('?' * len(values))})"
    )
    negative = (key_of(job.prompt.negative), job.prompt.negative)
    then: list[Statement] = [(_NEGATIVE, negative)]
    if job.reply is not None:
        reply = (job.id, job.reply.token, job.reply.expires_at)
        then.append(("INSERT INTO replies VALUES (?, ?, ?)", reply))
    return sql, tuple(values.values()), *then


def ending(
    job_id: str,
    state: JobState,
    finished_at: float,
    error: str | None = None,
    model: str | None = None,
    images: Iterable[Image] = (),
) -> list[Statement]:
    """What ends a job: the first statement changes nothing when it has ended already."""
    images = list(images)
    rating = max((image.verdict.likeliest for image in images), default=None)
    more = {"finished_at": finished_at, "error": error, "model": model, "rating": rating}
    return [_moving(job_id, state, more), *(_insertion_of(job_id, image) for image in images)]


def _moving(job_id: str, state: JobState, more: Mapping[str, object] = MappingProxyType({})) -> Statement:
    allowed = _BEFORE.get(state, (JobState.QUEUED, JobState.RUNNING))
    values = {"state": state, **more}
    counted = ", attempts = attempts + 1" if state is JobState.RUNNING else ""
    return (
        f"UPDATE jobs SET {', '.join(f'{name} = ?' for name in values)}{counted}"
        f" WHERE id = ? AND state IN ({', '.join('?' * len(allowed))})",
        (*values.values(), job_id, *allowed),
    )


def _insertion_of(job_id: str, image: Image) -> Statement:
    values = (
        job_id,
        image.index,
        image.seed,
        image.width,
        image.height,
        image.sha256,
        dump_verdict(image.verdict),
        _ROWS.dump_json(image.rows).decode(),
    )
    columns = "job_id, position, seed, width, height, sha256, verdict, rows"
    return f"INSERT INTO images ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values


def _image(row: Row) -> Image:
    return Image(
        index=row["position"],
        seed=row["seed"],
        width=row["width"],
        height=row["height"],
        sha256=row["sha256"],
        verdict=load_verdict(row["verdict"]),
        rows=_ROWS.validate_json(row["rows"]),
    )


def _job(row: Row) -> Job:
    reply = None
    if row["token"] is not None:
        reply = Reply(row["token"], row["expires_at"])
    return Job(
        id=row["id"],
        user_id=row["user_id"],
        place=Place(row["guild_id"], row["channel_id"], bool(row["age_restricted"]), row["parent_id"]),
        request=REQUEST.load(row["request"]),
        prompt=PROMPT.load(row["prompt"], negative=row["negative"]),
        seed=row["seed"],
        state=JobState(row["state"]),
        created_at=row["created_at"],
        reply=reply,
        message_id=row["message_id"],
        error=row["error"],
        weight=row["weight"],
        age_context=bool(row["age_context"]),
        attempts=row["attempts"],
        locale=row["locale"],
    )
