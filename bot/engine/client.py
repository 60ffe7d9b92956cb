"""The bot's end of a worker: starting its process, sending it tasks, hearing its events; no torch here.

The seam to the dispatcher is a few things wide: ``start``, ``send``, ``cancel``, ``stop``, and the events
that come to a callback in the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Protocol

from bot.core.errors import EngineError
from bot.core.events import Broken, Ready, WorkerEvent
from bot.core.job import Task
from bot.engine import worker
from bot.engine.messages import Cancel, Command, Stop, Submit, WorkerSettings

log = logging.getLogger(__name__)

Listener = Callable[[WorkerEvent], None]
Target = Callable[[Connection, WorkerSettings], None]


class Transport(Protocol):
    """What the dispatcher needs of a worker, wherever it runs."""

    async def start(self, listener: Listener) -> None:
        """Begin; events come to ``listener`` in the event loop until Broken or ``stop``."""

    def send(self, task: Task) -> None:
        """Hand a task over; raises EngineError when nobody is there to take it."""

    def cancel(self, job_id: str) -> None:
        """Ask for a job to end early."""

    async def stop(self, *, at_once: bool = False) -> None:
        """End, whatever runs; ``at_once`` asks nothing of one that hangs. It may be started again."""


class Worker:
    """One worker process on this machine; it can be started again after it broke."""

    def __init__(
        self, settings: WorkerSettings, *, deadline: float = 5.0, target: Target = worker.main
    ) -> None:
        """``deadline`` is how many seconds a stop waits before it terminates, and again before it kills."""
        self._settings = settings
        self._deadline = deadline
        self._target = target
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._reader: threading.Thread | None = None
        self._stopping = False
        self._loading = False

    @property
    def pid(self) -> int | None:
        """The process's id while there is one."""
        return self._process.pid if self._process is not None else None

    async def start(self, listener: Listener) -> None:
        """Start the process; it tells Loading, then Ready or Broken."""
        await self._discard()
        self._stopping, self._loading = False, True
        loop = asyncio.get_running_loop()
        process, pipe = await asyncio.to_thread(spawn, self._settings, self._target)

        def hear(event: WorkerEvent) -> None:
            # Late words of a process that is being put away are nobody's.
            if self._process is process and not self._stopping:
                listener(event)

        def read() -> None:
            for event in events(process, pipe):
                self._loading = self._loading and not isinstance(event, Ready)
                loop.call_soon_threadsafe(hear, event)

        # The thread alone waits for the process: two waiters would take each other's exit code.
        self._process, self._pipe = process, pipe
        self._reader = threading.Thread(target=read, name="worker-events", daemon=True)
        self._reader.start()

    def send(self, task: Task) -> None:
        """Hand a task over; raises EngineError when the process is gone."""
        self._write(Submit(task))

    def cancel(self, job_id: str) -> None:
        """Ask for a job to end at its next step; a process that is gone needs no asking."""
        try:
            self._write(Cancel(job_id))
        except EngineError:
            log.debug("no worker to cancel %s at", job_id)

    async def stop(self, *, at_once: bool = False) -> None:
        """Ask the process to end, then terminate it, then kill it; afterwards nothing of it is left.

        One that loads its model still hears nothing and has nothing to end, so it is terminated. ``at_once``
        begins with the killing.
        """
        self._stopping = True
        if at_once and self._process is not None:
            self._process.kill()
        elif self._loading and self._process is not None:
            self._process.terminate()
        try:
            self._write(Stop())
        except EngineError:
            log.debug("the worker was gone before it could be asked to stop")
        await self._discard()

    async def _discard(self) -> None:
        process, pipe, reader = self._process, self._pipe, self._reader
        if process is None or pipe is None or reader is None:
            return
        for end, deed in ((process.terminate, "terminating"), (process.kill, "killing")):
            await asyncio.to_thread(reader.join, self._deadline)
            if not reader.is_alive():
                break
            log.warning("the worker (process %s) did not stop; %s it", process.pid, deed)
            end()
        await asyncio.to_thread(reader.join)
        pipe.close()
        process.close()
        self._process = self._pipe = self._reader = None

    def _write(self, command: Command) -> None:
        try:
            if self._pipe is None:
                raise BrokenPipeError
            self._pipe.send(command)
        except (OSError, ValueError):
            raise EngineError("The engine is not running; try again in a minute.") from None


def spawn(settings: WorkerSettings, target: Target = worker.main) -> tuple[SpawnProcess, Connection]:
    """A started worker process and this end of its pipe."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, settings), name="worker", daemon=True)
    process.start()
    # With their end held open here, the end of the process would never be seen.
    theirs.close()
    return process, ours


def events(process: SpawnProcess, pipe: Connection) -> Iterator[WorkerEvent]:
    """What a worker tells, blocking, to the end of its process; Broken is last unless it was stopped."""
    broken = False
    try:
        while True:
            event: WorkerEvent = pipe.recv()
            broken = broken or isinstance(event, Broken)
            yield event
    except (EOFError, OSError):
        process.join()
    code = process.exitcode or 0
    if code and not broken:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        yield Broken("The engine stopped in the middle of its work.", f"the worker process {how}")
