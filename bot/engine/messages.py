"""What the bot tells a worker, and what a worker needs to know at its start; plain picklable data.

The way back is `bot.core.events`.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from pathlib import Path

from bot.core.job import Task
from bot.engine.classifiers import PACKAGED_ALONE, ClassifierFiles
from bot.engine.lora_file import LoraFile
from bot.engine.models import ModelFiles


@dataclasses.dataclass(frozen=True, slots=True)
class Submit:
    """Draw this picture."""

    task: Task


@dataclasses.dataclass(frozen=True, slots=True)
class Cancel:
    """Stop a job's pictures at the next step; Left answers for each that was here, nothing for the others."""

    job_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Stop:
    """Drop what runs and end the process with exit code 0."""


Command = Submit | Cancel | Stop


@dataclasses.dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How a worker runs.

    ``classifiers`` are the folders of those that rate pictures, beside the packaged one; a picture's
    verdict has ``rating_seconds``, which must lie well below the time after which a silent worker is ended.
    ``upscaler`` is the file of the model that enlarges pictures; None leaves that to Lanczos.
    ``device`` and ``dtype`` are torch's names or ``auto``. ``threads`` of 0 leaves torch its own choice.
    At most ``max_batch`` pictures run at a time, however many it is sent. ``embedding_bytes`` bounds the
    prompt cache. From its half on a picture shows itself every ``preview_every`` steps (0: never), but not
    more often than every ``preview_seconds``. ``compile`` has a CUDA card's UNet compiled; what comes of it
    is kept in ``compile_cache`` for the next start, else in torch's own place for it. ``models`` and
    ``loras`` are those that pictures may name; with what is merged of them they take at most
    ``library_bytes`` beside the first model (0: half of a card's memory, 4 GiB without one).
    """

    files: ModelFiles
    classifiers: ClassifierFiles = PACKAGED_ALONE
    upscaler: Path | None = None
    rating_seconds: float = 5.0
    device: str = "auto"
    dtype: str = "auto"
    threads: int = 0
    max_batch: int = 4
    preview_every: int = 0
    preview_seconds: float = 2.0
    embedding_bytes: int = 64 * 2**20
    compile: bool = False
    compile_cache: Path | None = None
    log_level: int = logging.INFO
    models: Mapping[str, ModelFiles] = dataclasses.field(default_factory=dict)
    loras: Mapping[str, LoraFile] = dataclasses.field(default_factory=dict)
    library_bytes: int = 0
