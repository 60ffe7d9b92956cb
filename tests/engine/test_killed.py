"""Real worker processes that are killed, stopped and crash in the middle of pictures: the same bytes come."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.core.events import Broken, Cancelled, Done, Failed, JobEvent, Progress, Ready
from bot.core.job import Task
from bot.engine import worker as worker_process
from bot.engine.client import Worker
from bot.engine.costs import Costs
from bot.engine.dispatcher import Dispatcher
from bot.engine.local import render
from bot.engine.messages import WorkerSettings
from bot.engine.models import ModelFiles
from bot.engine.state import DispatcherSettings
from tests.engine.tasks import pictures

if TYPE_CHECKING:
    from bot.engine.serve import Parts

STEPS = 6


class Room:
    """A dispatcher with one real worker, and what it tells."""

    def __init__(self, worker: Worker, **settings: float) -> None:
        self.worker = worker
        self.heard: list[JobEvent] = []
        self.at: Callable[[JobEvent], None] = lambda event: None
        self._changed = asyncio.Event()
        self.dispatcher = Dispatcher(
            [worker],
            self._hear,
            DispatcherSettings(**settings),
            Costs(),  # type: ignore[arg-type]  # all numbers
        )

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
    """Send the worker a signal at each second step, as long as there are some."""

    def at(event: JobEvent) -> None:
        pid = room.worker.pid
        if isinstance(event, Progress) and event.step >= 3 and signals and pid is not None:
            os.kill(pid, signals.pop())

    return at


@pytest.fixture(scope="module")
def undisturbed(tiny_files: ModelFiles) -> dict[int, bytes]:
    """The pictures' files as an undisturbed worker makes them."""
    tasks = asked()
    drawn = render(WorkerSettings(tiny_files, device="cpu", threads=1), tasks)
    return {task.index: answer.picture.png for task, answer in zip(tasks, drawn, strict=True)}


def asked(job: str = "a") -> list[Task]:
    return pictures(job, 2, steps=STEPS, rows=4)


def settings_of(files: ModelFiles) -> WorkerSettings:
    return WorkerSettings(files, device="cpu", threads=1)


def files_of(event: JobEvent) -> dict[int, bytes]:
    assert isinstance(event, Done), event
    return {each.image.index: each.png for each in event.pictures}


async def test_a_killed_worker_costs_nothing_but_time(
    tiny_files: ModelFiles, undisturbed: dict[int, bytes]
) -> None:
    async with Room(Worker(settings_of(tiny_files))) as room:
        room.at = strike(room, [signal.SIGKILL, signal.SIGKILL])
        room.dispatcher.submit(asked(), 1)
        assert files_of(await room.ended("a")) == undisturbed
        assert sum(isinstance(event, Broken) for event in room.heard) == 2
        assert room.dispatcher.snapshot().workers[0].restarts == 2


async def test_a_stopped_worker_is_noticed_and_replaced(
    tiny_files: ModelFiles, undisturbed: dict[int, bytes]
) -> None:
    async with Room(Worker(settings_of(tiny_files)), watchdog=0.5) as room:
        room.at = strike(room, [signal.SIGSTOP])
        room.dispatcher.submit(asked(), 1)
        assert files_of(await room.ended("a")) == undisturbed
        broken = next(event for event in room.heard if isinstance(event, Broken))
        assert broken.sentence == "The engine stopped answering."


def crash_at_third_step(mark: str, pipe: Connection, settings: WorkerSettings) -> None:
    """The real worker, but its process ends in the third call of the UNet, once for each letter of a file."""

    def prepare(parts: Parts) -> Parts:
        forward = parts.model.pipe.unet.forward
        calls = 0

        def counted(*args: object, **more: object) -> object:
            nonlocal calls
            calls += 1
            left = Path(mark).read_text("utf-8")
            if calls == 3 and left:
                Path(mark).write_text(left[1:], "utf-8")
                os._exit(3)
            return forward(*args, **more)

        parts.model.pipe.unet.forward = counted
        return parts

    worker_process.main(pipe, settings, prepare)


async def test_a_picture_that_always_crashes_its_worker_fails_and_the_next_is_drawn(
    tiny_files: ModelFiles, undisturbed: dict[int, bytes], tmp_path: Path
) -> None:
    mark = tmp_path / "crashes"
    mark.write_text("...", "utf-8")
    target = functools.partial(crash_at_third_step, str(mark))
    async with Room(Worker(settings_of(tiny_files), target=target)) as room:
        room.dispatcher.submit(pictures("bad", steps=STEPS), 1)
        failed = await room.ended("bad")
        assert isinstance(failed, Failed)
        assert "stopped 3 times" in failed.sentence
        assert "ended with code 3" in failed.detail
        # By now it is degraded, and would be started again only after a pause.
        (state,) = room.dispatcher.snapshot().workers
        assert (state.state, state.note) == ("degraded", "The engine stopped in the middle of its work.")


async def test_a_running_job_is_cancelled_and_the_worker_goes_on(
    tiny_files: ModelFiles, undisturbed: dict[int, bytes]
) -> None:
    async with Room(Worker(settings_of(tiny_files))) as room:
        await room.until(lambda event: isinstance(event, Ready))
        pid = room.worker.pid
        room.dispatcher.submit(pictures("long", steps=60), 2)
        await room.until(lambda event: isinstance(event, Progress) and event.step >= 2)
        room.dispatcher.cancel("long")
        room.dispatcher.submit(asked(), 1)
        assert await room.ended("long") == Cancelled("long")
        assert files_of(await room.ended("a")) == undisturbed
        assert room.worker.pid == pid
