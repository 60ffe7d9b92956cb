"""Jobs as rows: what is written comes back, and states only move forward."""

from __future__ import annotations

import dataclasses
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import StorageError
from bot.core.job import Image, Job, JobState, Place, Reply, Verdict
from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.core.request import Request
from bot.core.size import Size
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.memory import Memory
from bot.storage.pictures import PictureFiles

VERDICT = Verdict(0.9, 0.05, 0.03, 0.02, "test")


def job(number: int = 1, *, user_id: int = 7, created_at: float = 100.0) -> Job:
    return Job(
        id=f"job{number:05}",
        user_id=user_id,
        place=Place(guild_id=2**60, channel_id=2**61, age_restricted=True),
        request=Request("1girl, 夜", negative="hat", size=Size(1536, 640), count=2, rating=Rating.GENERAL),
        prompt=Prompt("masterpiece, 1girl", "nsfw, hat", 5, 4, 75, ("cut",), ("a note",)),
        seed=2**32 - 1,
        state=JobState.QUEUED,
        created_at=created_at,
        reply=Reply("token", 1000.0),
        weight=2.5,
    )


def images(count: int = 2) -> list[Image]:
    return [Image(index, index, 416, 608, f"{index:064x}", VERDICT, (2, 8)) for index in range(count)]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "bot.sqlite3") as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> JobStore:
    return JobStore(database)


async def test_a_job_comes_back_as_it_was(store: JobStore) -> None:
    await store.add(job())
    record = await store.get("job00001")
    assert record is not None
    assert record.job == job()
    assert record.images == () and record.model is None
    assert await store.get("nothing") is None


async def test_a_finished_job_has_its_images_and_no_token(store: JobStore) -> None:
    await store.add(job())
    await store.answered("job00001", 55)
    await store.move("job00001", JobState.RUNNING)
    await store.finish("job00001", JobState.DONE, model="chibi", images=images())
    record = await store.get("job00001")
    assert record is not None
    assert record.job == dataclasses.replace(
        job(), state=JobState.DONE, reply=None, message_id=55, attempts=1
    )
    assert record.images == tuple(images())
    assert record.model == "chibi"


async def test_a_job_ends_once(store: JobStore) -> None:
    await store.add(job())
    await store.finish("job00001", JobState.CANCELLED, error="why")
    with pytest.raises(StorageError, match="job00001 cannot become done"):
        await store.finish("job00001", JobState.DONE, images=images())
    with pytest.raises(StorageError):
        await store.move("job00001", JobState.RUNNING)
    record = await store.get("job00001")
    assert record is not None and record.job.error == "why" and record.images == ()


async def test_unfinished_jobs_come_oldest_first(store: JobStore) -> None:
    for number, created_at in ((1, 30.0), (2, 10.0), (3, 20.0)):
        await store.add(job(number, created_at=created_at))
    await store.move("job00003", JobState.RUNNING)
    await store.finish("job00002", JobState.FAILED, error="no")
    assert [found.id for found in await store.unfinished()] == ["job00003", "job00001"]


async def test_memory_keeps_the_latest(database: Database) -> None:
    memory = Memory(database)
    assert await memory.get("commands") is None
    await memory.put("commands", "1")
    await memory.put("commands", "2")
    assert await memory.get("commands") == "2"


async def test_picture_files_are_named_by_what_they_hold(tmp_path: Path) -> None:
    files = PictureFiles(tmp_path)
    digest = await files.add(b"picture")
    assert await files.add(b"picture") == digest
    assert await files.read(digest) == b"picture"
    assert await files.read("0" * 64) is None
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{digest}.png"]


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        await PictureFiles(blocked).add(b"picture")


async def test_a_disk_that_is_full_leaves_no_half_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        await PictureFiles(tmp_path).add(b"picture")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_a_private_job_is_published_once_and_found_by_its_words_still(
    store: JobStore, database: Database
) -> None:
    private = dataclasses.replace(job(), request=Request("1girl, zebra", private=True), message_id=9)
    await store.add(private)
    assert not await store.publish(private.id)  # it has not ended
    await store.finish(private.id, JobState.DONE, images=images())
    assert await store.publish(private.id)
    record = await store.get(private.id)
    assert record is not None and record.job.message_id is None and record.job.reply is None
    assert record.job.request == Request("1girl, zebra") and len(record.images) == 2
    owed = await database.fetch_all("SELECT job_id, state, sent_at FROM deliveries")
    assert [tuple(row) for row in owed] == [(private.id, "owed", None)]
    assert not await store.publish(private.id)
    await database.change("INSERT INTO search (search) VALUES ('integrity-check')")
