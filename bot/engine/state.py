"""What the dispatcher is set to, and what it tells of the queue and of its workers; plain data."""

from __future__ import annotations

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True, slots=True)
class DispatcherSettings:
    """How the queue is run; the owner's ``[engine]`` table has the same names.

    ``batch`` pictures are at a worker at a time, ``max_batch`` once ``long_queue`` people wait for each
    worker. Pictures of ``short_steps`` or fewer have a lane of their own (0: no lane). A worker that says
    nothing for ``watchdog`` seconds, or for twenty times its expected step when that is longer, is ended
    and started again.
    """

    batch: int = 2
    max_batch: int = 4
    long_queue: int = 4
    short_steps: int = 10
    watchdog: float = 10.0


@dataclasses.dataclass(frozen=True, slots=True)
class Forecast:
    """What a job can expect: jobs that start first, seconds until it is done (None: not known).

    ``ready`` is False while no worker can draw: the model loads, or is loaded again after a fault.
    """

    ahead: int
    seconds: float | None
    ready: bool


@dataclasses.dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job that has not ended: ``step`` of ``steps`` over all its pictures, ``seconds`` until it is done."""

    job_id: str
    owner: int
    guild: int | None
    running: bool
    step: int
    steps: int
    seconds: float | None


Condition = Literal["loading", "ready", "degraded", "dead"]


@dataclasses.dataclass(frozen=True, slots=True)
class WorkerState:
    """How a worker is, ``since`` when (Unix seconds), and how often it was started again.

    ``degraded`` is one that keeps failing: it is started again after longer and longer pauses, and is
    ``ready`` once it has drawn a picture. A ``dead`` one stays away. ``note`` is the last fault's sentence.
    """

    name: str
    state: Condition
    since: float
    restarts: int
    note: str


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshot:
    """The queue at one moment: running jobs first, then the waiting ones as they will start."""

    jobs: tuple[QueuedJob, ...]
    workers: tuple[WorkerState, ...]
