"""What happens to pictures and jobs: what a worker tells the dispatcher, and the dispatcher everyone else."""

from __future__ import annotations

import dataclasses

from bot.core.job import Rendered, Verdict
from bot.core.size import Size


@dataclasses.dataclass(frozen=True, slots=True)
class ModelInfo:
    """The model that a worker holds.

    ``hash`` is the sha256 of the UNet's weights file in hex; ``native_scale`` is what a card size is
    multiplied by (1 for SDXL, 1/8 for the demo model); ``device`` is torch's name of it.
    """

    name: str
    hash: str
    native_scale: float
    device: str


@dataclasses.dataclass(frozen=True, slots=True)
class Loading:
    """The worker is busy getting ready; ``what`` is a short phrase."""

    what: str


@dataclasses.dataclass(frozen=True, slots=True)
class Ready:
    """The worker takes tasks from now on."""

    model: ModelInfo


@dataclasses.dataclass(frozen=True, slots=True)
class Broken:
    """The worker cannot go on: it could not load, or its process ended."""

    sentence: str
    detail: str = ""


# What a worker tells of one picture, named by its job and its index.


@dataclasses.dataclass(frozen=True, slots=True)
class Stepped:
    """One more denoising step of a picture is done: ``step`` of ``steps``, as people count them."""

    job_id: str
    index: int
    step: int
    steps: int


@dataclasses.dataclass(frozen=True, slots=True)
class Peek:
    """What a picture looks like so far: a small PNG file, already rated like any picture."""

    job_id: str
    index: int
    png: bytes
    verdict: Verdict


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """A finished picture; ``seconds`` is the time in the worker from admission to the PNG."""

    job_id: str
    index: int
    picture: Rendered
    seconds: float


@dataclasses.dataclass(frozen=True, slots=True)
class Undrawn:
    """A picture that could not be drawn; ``sentence`` is for the asker, ``detail`` for the log."""

    job_id: str
    index: int
    sentence: str
    detail: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Left:
    """A picture left the running batch because its job was cancelled, after ``step`` steps."""

    job_id: str
    index: int
    step: int


@dataclasses.dataclass(frozen=True, slots=True)
class Took:
    """What a call of the UNet cost: ``rows`` with padding, at ``size`` of the card, in ``seconds``."""

    size: Size
    rows: int
    seconds: float


@dataclasses.dataclass(frozen=True, slots=True)
class Capped:
    """The card's memory holds no more than ``pictures`` of this size at a time."""

    size: Size
    pictures: int


WorkerEvent = Loading | Ready | Broken | Stepped | Peek | Drawn | Undrawn | Left | Took | Capped


# What the dispatcher tells of one job.


@dataclasses.dataclass(frozen=True, slots=True)
class Began:
    """The first picture of a job went to a worker."""

    job_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """Denoising steps done so far, out of ``steps``, over all pictures; ``seconds_left`` as far as known."""

    job_id: str
    step: int
    steps: int
    seconds_left: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """Every picture of a job; ``seconds`` is the time from the first admission to the last PNG.

    ``gpu_seconds`` is the job's part of its workers' time: pictures that share a batch share its seconds.
    """

    job_id: str
    pictures: tuple[Rendered, ...]
    seconds: float
    gpu_seconds: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Failed:
    """A job ended without pictures; ``sentence`` is for the asker, ``detail`` for the log."""

    job_id: str
    sentence: str
    detail: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Cancelled:
    """A job was stopped because somebody asked for it."""

    job_id: str


JobEvent = Loading | Ready | Broken | Began | Progress | Peek | Done | Failed | Cancelled
