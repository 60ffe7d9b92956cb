"""From the owner's ``[model]`` table to everything that a model comes with."""

from __future__ import annotations

import dataclasses
import importlib.resources
import logging
from pathlib import Path

from bot.config import Config
from bot.engine.messages import WorkerSettings
from bot.engine.models import ModelFiles, rating_folder, resolve
from bot.engine.state import DispatcherSettings
from bot.services.prompts import PromptService

CHIBI = "chibi"
SHOWN_AT = {CHIBI: 4}
"""Whole factor by which a model's pictures are enlarged for showing; 1 where none is named."""


@dataclasses.dataclass(frozen=True, slots=True)
class Model:
    """A model's files, how workers run it, its way with prompts, and how much larger it is shown.

    ``settings`` are for a worker that draws for a command line, ``workers`` and ``queue`` for the bot.
    """

    files: ModelFiles
    settings: WorkerSettings
    workers: tuple[WorkerSettings, ...]
    queue: DispatcherSettings
    prompts: PromptService
    shown_at: int


def builtin() -> dict[str, Path]:
    """The models that ship with the bot: name to diffusers folder."""
    return {CHIBI: _package() / "model"}


def open_model(config: Config) -> Model:
    """Find the configured model; raises ModelError or ConfigError in one sentence."""
    name, folder, engine = config.model.name, Path(config.model.folder), config.engine
    files = resolve(name, folder, builtin())
    settings = WorkerSettings(
        files=files,
        rating=_package() / "rating" if name == CHIBI else rating_folder(folder),
        device=engine.devices[0],
        threads=engine.threads,
        max_batch=engine.max_batch,
        log_level=logging.getLogger().getEffectiveLevel(),
    )
    workers = tuple(
        dataclasses.replace(
            settings,
            device=device,
            preview_every=engine.preview_every,
            compile=engine.compile == "auto",
            compile_cache=Path(config.storage.path).absolute() / "compiled",
        )
        for device in engine.devices
    )
    queue = DispatcherSettings(
        batch=engine.batch,
        max_batch=engine.max_batch,
        long_queue=engine.long_queue,
        short_steps=engine.short_steps,
        person_jobs=engine.person_jobs,
        guild_jobs=engine.guild_jobs,
        watchdog=engine.watchdog,
    )
    prompts = PromptService.for_model(config.model.profile or name, files.folder)
    return Model(files, settings, workers, queue, prompts, SHOWN_AT.get(name, 1))


def _package() -> Path:
    return Path(str(importlib.resources.files("bot.chibi")))
