"""A worker's loop in the test's own process: a pipe that the test plays, and parts that can be wrapped."""

from __future__ import annotations

import collections
import dataclasses
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from bot.core.events import Drawn, WorkerEvent
from bot.core.job import Rendered, Task
from bot.core.size import DEFAULT_SIZE, Size
from bot.engine.messages import Command, WorkerSettings
from bot.engine.models import ModelFiles
from bot.imaging.rating import Rater
from tests.imaging.spoken import Spoken

if TYPE_CHECKING:
    from bot.engine.loader import Loaded
    from bot.engine.parts import Parts

SAFE = Rater([Spoken([0.97, 0.01, 0.01, 0.01])])


def task(
    name: str, index: int = 0, *, seed: int = 1, steps: int = 2, size: Size = DEFAULT_SIZE, **more: Any
) -> Task:
    """One small picture."""
    words = more.pop("positive", "1girl"), more.pop("negative", "bad")
    return Task(
        name, index, *words, size, steps, more.pop("cfg", 5.0), more.pop("sampler", "Euler a"), seed, **more
    )


class Script:
    """A pipe whose other end is the test: commands to be read, and what to do at each event."""

    def __init__(self, *commands: Command) -> None:
        self.commands = collections.deque(commands)
        self.events: list[WorkerEvent] = []
        self.at: Callable[[WorkerEvent], None] = lambda event: None

    def poll(self, timeout: float | None = 0) -> bool:
        return bool(self.commands)

    def recv(self) -> Command:
        if not self.commands:
            raise EOFError
        return self.commands.popleft()

    def send(self, event: WorkerEvent) -> None:
        self.events.append(event)
        self.at(event)

    def drawn(self) -> dict[tuple[str, int], Rendered]:
        return {(event.job_id, event.index): event.picture for event in self.told(Drawn)}

    def told(self, kind: type[Any]) -> list[Any]:
        """The events of a kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def of(self, job: str) -> list[WorkerEvent]:
        """The events about a job, in order."""
        return [event for event in self.events if getattr(event, "job_id", None) == job]


def parts(loaded: Loaded, **changes: Any) -> Parts:
    """What a worker works with; ``changes`` replace some of it."""
    from bot.engine.decode import Decoder
    from bot.engine.denoise import Denoiser
    from bot.engine.encode import Encoder
    from bot.engine.parts import Parts

    own = Parts(loaded, Denoiser(loaded, Encoder(loaded.pipe, 2**20)), Decoder(loaded), None, SAFE)
    return dataclasses.replace(own, **changes)


def serve(
    script: Script, files: ModelFiles, own: Parts, max_batch: int = 4, *, threaded: bool = False, **more: Any
) -> Script:
    """Run a script to the end of its pipe, which comes when nothing is left to do."""
    from bot.engine.serve import Worker

    worker = Worker(own, WorkerSettings(files, max_batch=max_batch, **more), script.send, threaded=threaded)
    with pytest.raises(EOFError):
        worker.serve(script)  # type: ignore[arg-type]  # a pipe in all that matters
    return script


def pixels(png: bytes) -> npt.NDArray[np.int16]:
    """Levels of a PNG file, ``(height, width, 3)``."""
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image, np.int16)
