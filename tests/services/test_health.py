"""The health file says how the running bot is, and what the engine learnt outlives a restart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.core.errors import StorageError
from bot.core.events import Broken, Failed, ModelInfo, Progress
from bot.core.size import DEFAULT_SIZE
from bot.services import costs
from bot.services.health import HealthService
from bot.storage.database import Database
from bot.storage.health import HealthFile, WorkerHealth
from bot.storage.memory import Memory
from tests.services.test_queue import Desk


async def test_the_file_tells_workers_queue_and_the_last_fault(tmp_path: Path) -> None:
    file = HealthFile(tmp_path)
    assert file.read() is None
    service = HealthService(file, Desk(), {"bot": "1.2"})  # type: ignore[arg-type]  # only its snapshot
    await service.write()
    health = file.read()
    assert health is not None and health.pid == os.getpid() and not health.stopped
    assert (health.running, health.waiting) == (1, 4)
    assert health.workers == (WorkerHealth("cpu", "ready", 1.0, 0, ""),)
    assert health.versions["bot"] == "1.2" and health.last_error is None
    assert health.started_at <= health.updated_at
    service.note(Broken("The engine stopped."))
    service.note(Failed("jobjob01", "It did not work."))
    service.note(Progress("jobjob01", 1, 2))
    await service.write(stopped=True)
    health = file.read()
    assert health is not None and health.stopped and health.last_error == "It did not work."
    assert [path.name for path in tmp_path.iterdir()] == ["health.json"]


@pytest.mark.parametrize("content", [b"", b"{}", b"[1, 2]", b'{"pid": "many"}', b"\xff\xfe"])
async def test_a_broken_file_is_named_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "health.json").write_bytes(content)
    with pytest.raises(StorageError, match="cannot be read") as caught:
        HealthFile(tmp_path).read()
    assert "\n" not in str(caught.value)


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    service = HealthService(HealthFile(tmp_path / "file"), Desk(), {})  # type: ignore[arg-type]
    with pytest.raises(StorageError, match="cannot be written"):
        await service.write()


async def test_costs_outlive_a_restart(database: Database) -> None:
    memory = Memory(database)
    learnt = await costs.load(memory)
    assert learnt.call(2.0) is None
    learnt.begin(ModelInfo("chibi", "ab", 0.125, "cpu"))
    for _ in range(5):
        learnt.took(DEFAULT_SIZE, 2, 0.5)
    await costs.save(memory, learnt)
    assert (await costs.load(memory)).call(2.0) == learnt.call(2.0)


@pytest.mark.parametrize("kept", ["", "nonsense", "[]", "null", '{"calls": {"one": "many"}}'])
async def test_costs_that_cannot_be_read_are_learnt_anew(database: Database, kept: str) -> None:
    await Memory(database).put(costs.KEY, kept)
    assert (await costs.load(Memory(database))).call(2.0) is None
