"""Reads out what is kept about one person, as it goes into JSON."""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

from pydantic import TypeAdapter

from bot.core.job import Image
from bot.core.prompt import Prompt
from bot.core.request import Request
from bot.storage.database import Database, Row
from bot.storage.jobs import RECORDS, JobStore, Record

AT_ONCE = 40
"""Jobs that are read in one go, about 10 ms of the event loop: others have their turns in between."""

_REQUEST, _PROMPT, _IMAGE = TypeAdapter(Request), TypeAdapter(Prompt), TypeAdapter(Image)


async def export(database: Database, user_id: int) -> dict[str, Any]:
    """Everything about a person: Discord's ids as strings, times in UTC.

    Left out are the token by which an answer is edited for a quarter of an hour, and the keyed hashes of
    refused texts, which say nothing.
    """
    return {
        "user_id": str(user_id),
        "exported_at": _moment(time.time()),
        "requests": await _requests(database, user_id),
        "favourites": await _rows(database, "favourites", "at", user_id),
        "quota": await _rows(database, "leases", "taken_at", user_id),
        "refused": await _rows(database, "strikes", "at", user_id),
        "presets": await _drafts(database, "presets", "name_key", user_id),
        "defaults": await _drafts(database, "defaults", "user_id", user_id),
        "settings_changed": await _rows(database, "audit", "at", user_id),
    }


async def _requests(database: Database, user_id: int) -> list[dict[str, Any]]:
    """A person's jobs with their images, oldest first."""
    store = JobStore(database)
    found: list[dict[str, Any]] = []
    # All the ids first: no index has a person's jobs in this order, and each page would sort them anew.
    ids = await database.fetch_all(
        "SELECT id FROM jobs WHERE user_id = ? ORDER BY created_at, id", (user_id,)
    )
    for begun in range(0, len(ids), AT_ONCE):
        some = [row["id"] for row in ids[begun : begun + AT_ONCE]]
        rows = await database.fetch_all(
            f"{RECORDS} WHERE id IN ({', '.join('?' * len(some))}) ORDER BY created_at, id", tuple(some)
        )
        records = await store.records(rows)
        found += [_request(row, record) for row, record in zip(rows, records, strict=True)]
    return found


async def _drafts(database: Database, table: str, order: str, user_id: int) -> list[dict[str, Any]]:
    """What a person keeps for their requests, with the values as they are written in requests."""
    rows = await _rows(database, table, order, user_id)
    return [{**row, "draft": json.loads(row["draft"])} for row in rows]


async def _rows(database: Database, table: str, moment: str, user_id: int) -> list[dict[str, Any]]:
    rows = await database.fetch_all(f"SELECT * FROM {table} WHERE user_id = ? ORDER BY {moment}", (user_id,))
    return [_plain(row) for row in rows]


def _request(row: Row, record: Record) -> dict[str, Any]:
    job = record.job
    return {
        "id": job.id,
        "state": job.state,
        "asked_at": _moment(job.created_at),
        "ended_at": _moment(row["finished_at"]),
        "server_id": _id(job.place.guild_id),
        "channel_id": _id(job.place.channel_id),
        "message_id": _id(job.message_id),
        "asked": _REQUEST.dump_python(job.request, mode="json"),
        "drawn": _PROMPT.dump_python(job.prompt, mode="json"),
        "seed": job.seed,
        "age_context": job.age_context,
        "language": job.locale,
        "share": job.weight,
        "model": record.model,
        "error": job.error,
        "pictures": [
            {**_IMAGE.dump_python(image, mode="json"), "file": f"{image.sha256}.png"}
            for image in record.images
        ],
    }


def _plain(row: Row) -> dict[str, Any]:
    """A row for JSON: numbers of Discord as strings, moments as ISO 8601, no hashes."""
    plain: dict[str, Any] = {}
    for name in row.keys():  # noqa: SIM118 (a row is no mapping)
        value = row[name]
        if isinstance(value, bytes):
            continue
        if name in ("user_id", "guild_id", "channel_id"):
            value = _id(value)
        elif name == "at" or name.endswith("_at"):
            value = _moment(value)
        plain[name] = value
    return plain


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")
