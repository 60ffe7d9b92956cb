"""Real worker processes that are killed, stopped and crash in the middle of pictures: the same bytes come."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.core.events import Broken, Cancelled, Done, Failed, JobEvent, Progress
from bot.engine.client import Worker
from bot.engine.costs import Costs
from bot.engine.dispatcher import Dispatcher
from bot.engine.messages import Submit, WorkerSettings
from bot.engine.models import ModelFiles
from bot.engine.state import DispatcherSettings
from tests.engine import stand_ins
from tests.engine.script import Script, parts, serve
from tests.engine.tasks import pictures

if TYPE_CHECKING:
    from bot.engine.loader import Loaded

WATCHDOG = 3.0
"""Seconds without a word that make a worker hang; a busy machine may well stand still for one."""


class Room:
    """A dispatcher with one real worker, and what it tells."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.heard: list[JobEvent] = []
        self.at: Callable[[JobEvent], None] = lambda event: None
        self._changed = asyncio.Event()
        settings = DispatcherSettings(watchdog=WATCHDOG)
        self.dispatcher = Dispatcher([worker], self._hear, settings, Costs())

    async def __aenter__(self) -> Room:
        await self.dispatcher.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.dispatcher.stop()

    async def until(self, met: Callable[[JobEvent], bool]) -> JobEvent:
        """The first event, told or yet to be told, that meets a condition."""
        while True:
            for event in self.heard:
                if met(event):
                    return event
            assert all(each.state != "dead" for each in self.dispatcher.snapshot().workers), self.heard
            self._changed.clear()
            await self._changed.wait()

    async def ended(self, job_id: str) -> JobEvent:
        kinds = (Done, Failed, Cancelled)
        return await self.until(lambda event: isinstance(event, kinds) and event.job_id == job_id)

    def _hear(self, event: JobEvent) -> None:
        self.heard.append(event)
        self.at(event)
        self._changed.set()


def strike(room: Room, signals: list[int]) -> Callable[[JobEvent], None]:
    """Send the worker a signal when it has begun, as often as there is one left."""

    def at(event: JobEvent) -> None:
        pid = room.worker.pid
        if isinstance(event, Progress) and event.step >= 4 and signals and pid is not None:
            os.kill(pid, signals.pop())

    return at


def files_of(event: JobEvent) -> dict[tuple[str, int], bytes]:
    assert isinstance(event, Done), event
    return {(event.job_id, each.image.index): each.png for each in event.pictures}


@pytest.mark.timeout(
    900
)  # three processes import torch one after another, which a busy machine takes long for
async def test_killed_and_hanging_workers_cost_nothing_but_time(
    tiny_files: ModelFiles, loaded: Loaded
) -> None:
    tasks = pictures("a", 2, steps=6, rows=4)
    undisturbed = serve(Script(*map(Submit, tasks)), tiny_files, parts(loaded)).drawn()
    async with Room(Worker(WorkerSettings(tiny_files, device="cpu", threads=1))) as room:
        room.at = strike(room, [signal.SIGSTOP, signal.SIGKILL])
        room.dispatcher.submit(tasks, 1)
        done = await room.ended("a")
        assert files_of(done) == {key: picture.png for key, picture in undisturbed.items()}
        broken = [event.sentence for event in room.heard if isinstance(event, Broken)]
        assert broken == ["The engine stopped in the middle of its work.", "The engine stopped answering."]
        (state,) = room.dispatcher.snapshot().workers
        assert (state.state, state.restarts) == ("ready", 2)

        # The same process goes on after a cancel.
        pid = room.worker.pid
        room.dispatcher.submit(pictures("long", steps=60), 2)
        await room.until(lambda event: isinstance(event, Progress) and event.job_id == "long")
        room.dispatcher.cancel("long")
        room.dispatcher.submit(pictures("b", 2, steps=6, rows=4), 1)
        assert await room.ended("long") == Cancelled("long")
        again = [each.png for each in (await room.ended("b")).pictures]  # type: ignore[union-attr]  # Done, or it shows
        assert again == [picture.png for picture in undisturbed.values()]
        assert room.worker.pid == pid


async def test_a_picture_that_always_ends_its_worker_fails_after_three_tries() -> None:
    settings = WorkerSettings(ModelFiles("none", Path("nowhere")))
    async with Room(Worker(settings, target=stand_ins.dies_at_work)) as room:
        room.dispatcher.submit(pictures("bad"), 1)
        failed = await room.ended("bad")
        assert isinstance(failed, Failed)
        assert "stopped 3 times" in failed.sentence
        assert "was ended by signal 9" in failed.detail
        (state,) = room.dispatcher.snapshot().workers
        assert (state.state, state.note) == ("degraded", "The engine stopped in the middle of its work.")
