"""What a worker tells: every message that crosses the pipe towards the bot."""

from __future__ import annotations

import dataclasses

from bot.core.job import Rendered


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
class Progress:
    """Denoising steps done so far, out of ``steps``, over all pictures of the job."""

    job_id: str
    step: int
    steps: int


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """Every picture of a job; ``seconds`` is the time in the worker from admission to the last PNG."""

    job_id: str
    pictures: tuple[Rendered, ...]
    seconds: float


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


@dataclasses.dataclass(frozen=True, slots=True)
class Broken:
    """The worker cannot go on: it could not load, or its process ended."""

    sentence: str
    detail: str = ""


WorkerEvent = Loading | Ready | Progress | Done | Failed | Cancelled | Broken
