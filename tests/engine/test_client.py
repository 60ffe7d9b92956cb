"""The bot's end of a worker, with processes that die, hang and stop; none of them loads a model."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.errors import EngineError
from bot.core.events import Broken, Loading, Stepped, WorkerEvent
from bot.engine.client import Worker
from bot.engine.messages import WorkerSettings
from bot.engine.models import ModelFiles
from tests.engine import stand_ins
from tests.engine.tasks import picture

SETTINGS = WorkerSettings(ModelFiles("none", Path("nowhere")))


class Ear:
    """Keeps events and wakes whoever waits for one of a kind."""

    def __init__(self) -> None:
        self.events: list[WorkerEvent] = []
        self._changed = asyncio.Event()

    def __call__(self, event: WorkerEvent) -> None:
        self.events.append(event)
        self._changed.set()

    async def heard(self, kind: type[WorkerEvent]) -> WorkerEvent:
        while True:
            for event in self.events:
                if isinstance(event, kind):
                    return event
            self._changed.clear()
            await self._changed.wait()


def alive(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_task_goes_there_and_events_come_back() -> None:
    worker, ear = Worker(SETTINGS, target=stand_ins.echoes), Ear()
    await worker.start(ear)
    pid = worker.pid
    worker.send(picture("a"))
    assert await ear.heard(Stepped) == Stepped("a", 0, 1, 1)
    await worker.stop()
    assert ear.events == [stand_ins.READY, Stepped("a", 0, 1, 1)]
    assert not alive(pid)
    with pytest.raises(EngineError, match="not running"):
        worker.send(picture("a"))


async def test_a_process_that_is_killed_is_told_once_and_can_be_started_again() -> None:
    worker, ear = Worker(SETTINGS, target=stand_ins.dies_at_work), Ear()
    for _ in range(2):
        ear.events.clear()
        await worker.start(ear)
        worker.send(picture("a"))
        await ear.heard(Broken)
        assert ear.events == [
            stand_ins.READY,
            Stepped("a", 0, 1, 2),
            Broken(
                "The engine stopped in the middle of its work.", "the worker process was ended by signal 9"
            ),
        ]
    worker.cancel("a")
    await worker.stop()


async def test_a_process_that_says_why_it_ends_is_not_spoken_for() -> None:
    worker, ear = Worker(SETTINGS, target=stand_ins.cannot_load), Ear()
    await worker.start(ear)
    await ear.heard(Broken)
    await worker.stop()
    assert ear.events == [Loading("starting"), Broken("The model is not there.")]


async def test_a_process_that_hears_nothing_is_killed(caplog: pytest.LogCaptureFixture) -> None:
    worker, ear = Worker(SETTINGS, deadline=0.2, target=stand_ins.deaf), Ear()
    await worker.start(ear)
    await ear.heard(type(stand_ins.READY))
    pid = worker.pid
    await worker.stop()
    assert not alive(pid)
    assert "killing it" in caplog.text
    assert ear.events == [stand_ins.READY]


async def test_a_process_that_hangs_can_be_ended_at_once_and_started_again() -> None:
    worker, ear = Worker(SETTINGS, deadline=60.0, target=stand_ins.deaf), Ear()
    for _ in range(2):
        ear.events.clear()
        await worker.start(ear)
        await ear.heard(type(stand_ins.READY))
        pid = worker.pid
        await worker.stop(at_once=True)
        assert not alive(pid)
    assert ear.events == [stand_ins.READY]
    await worker.stop(at_once=True)


async def test_one_that_loads_its_model_is_not_waited_for() -> None:
    worker, ear = Worker(SETTINGS, deadline=60.0, target=stand_ins.loads_for_long), Ear()
    await worker.start(ear)
    await ear.heard(Loading)
    pid = worker.pid
    async with asyncio.timeout(30):
        await worker.stop()
    assert not alive(pid) and ear.events == [Loading("starting")]


async def test_stop_before_start_and_twice_is_nothing() -> None:
    worker = Worker(SETTINGS, target=stand_ins.echoes)
    await worker.stop()
    await worker.start(Ear())
    await worker.stop()
    await worker.stop()


def test_the_bots_side_never_imports_torch() -> None:
    modules = "client, dispatcher, state, local, models, fetch, check, worker"
    code = f"import sys; from bot.engine import {modules}; import bot.imaging.rating, bot.imaging.png; "
    heavy = "{'torch', 'diffusers', 'transformers', 'onnxruntime', 'huggingface_hub'}"
    seen = subprocess.run(
        [sys.executable, "-c", f"{code} print(sorted({heavy} & sys.modules.keys()))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.strip() == "[]"
