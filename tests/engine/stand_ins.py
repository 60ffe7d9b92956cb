"""Worker processes that misbehave, for the bot's end to cope with; importable by a spawned process."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.connection import Connection

from bot.core.events import Broken, Loading, ModelInfo, Ready, Stepped
from bot.engine.messages import Stop, Submit, WorkerSettings

READY = Ready(ModelInfo("stand-in", "00", 1.0, "cpu"))


def dies_at_work(pipe: Connection, settings: WorkerSettings) -> None:
    """Begin the first picture and be killed in the middle of it."""
    pipe.send(READY)
    command = pipe.recv()
    if isinstance(command, Submit):
        pipe.send(Stepped(*command.task.key, 1, 2))
        os.kill(os.getpid(), signal.SIGKILL)


def deaf(pipe: Connection, settings: WorkerSettings) -> None:
    """Hear nothing, neither Stop nor SIGTERM nor the end of the pipe."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pipe.send(READY)
    while True:
        time.sleep(60)


def loads_for_long(pipe: Connection, settings: WorkerSettings) -> None:
    """Be busy with a model, and hear nothing meanwhile."""
    pipe.send(Loading("starting"))
    time.sleep(3600)


def cannot_load(pipe: Connection, settings: WorkerSettings) -> None:
    """Say why, and end."""
    pipe.send(Loading("starting"))
    pipe.send(Broken("The model is not there."))
    raise SystemExit(1)


def echoes(pipe: Connection, settings: WorkerSettings) -> None:
    """Answer every task with its only step, and stop when told or left."""
    pipe.send(READY)
    try:
        while not isinstance(command := pipe.recv(), Stop):
            if isinstance(command, Submit):
                pipe.send(Stepped(*command.task.key, 1, 1))
    except EOFError:
        return
