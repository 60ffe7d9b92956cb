"""From the owner's ``[model]`` table to everything that a model comes with."""

from __future__ import annotations

import dataclasses
import importlib.resources
import logging
from pathlib import Path

from bot.config import Config
from bot.config import LoraFile as LoraTable
from bot.core.errors import ConfigError
from bot.core.fast import Fast
from bot.core.lora import Lora
from bot.core.request import LCM
from bot.engine.classifiers import ClassifierFiles
from bot.engine.classifiers import find as find_classifiers
from bot.engine.lora_file import LoraFile, check, trigger_of
from bot.engine.messages import WorkerSettings
from bot.engine.models import ModelFiles, resolve
from bot.engine.state import DispatcherSettings
from bot.engine.upscale_files import find as find_upscaler
from bot.policy.floor.age_tags import age_tags
from bot.policy.verdicts import Thresholds
from bot.prompt.styles import Style, styles_with
from bot.prompt.wildcards import Wildcards
from bot.prompt.wording import Wording
from bot.services.catalogue import Catalogue, LoraEntry, ModelEntry
from bot.services.prompts import PromptService
from bot.storage.database import DATABASE
from bot.storage.tags import imported

CHIBI = "chibi"
SHOWN_AT = {CHIBI: 4}
"""Whole factor by which a model's pictures are enlarged for showing; 1 where none is named."""
CHIBI_PROFILES = {"lcm": Fast("lcm", 4, 1.0, LCM, loras=(Lora("lcm"),))}
"""The fast profile that the demo model brings, beside the config's, for the few-step LoRA that it brings."""


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
    catalogue: Catalogue


def builtin() -> dict[str, Path]:
    """The models that ship with the bot: name to diffusers folder."""
    return {CHIBI: _package() / "model"}


def loras_of(config: Config) -> dict[str, tuple[LoraFile, LoraEntry]]:
    """The LoRAs that requests may name; the demo model brings one of its own.

    Raises ModelError for a file that is missing, damaged, a pickle or no LoRA.
    """
    tables = dict(config.loras)
    if config.model.name == CHIBI:
        own = {path.stem: LoraTable(file=str(path)) for path in sorted((_package() / "loras").iterdir())}
        tables = {**own, **tables}
    found = {}
    for name, table in tables.items():
        file = LoraFile(name, Path(table.file).expanduser())
        trigger = table.trigger or trigger_of(check(file))
        found[name] = file, LoraEntry(trigger, table.guilds)
    return found


def classifiers_of(config: Config) -> ClassifierFiles:
    """The classifiers of pictures: the demo model has one of its own, the others' are pulled."""
    if config.model.name == CHIBI:
        return ClassifierFiles(rating=_package() / "rating", describer=_package() / "tagger")
    return find_classifiers(Path(config.model.folder), age_tags())


def upscaler_of(config: Config) -> Path | None:
    """The model that enlarges pictures: the demo model has one of its own, the others' is pulled."""
    if config.model.name == CHIBI:
        return _package() / "model" / "upscaler.safetensors"
    return find_upscaler(Path(config.model.folder))


def thresholds_of(config: Config) -> Thresholds:
    """The shares from which pictures are withheld."""
    policy = config.policy
    return Thresholds(policy.withhold_general, policy.withhold_sensitive, policy.withhold_questionable)


def wording_of(config: Config) -> Wording:
    """The owner's wildcards and styles; raises ConfigError for one that cannot be used."""
    own = {name: Style(table.positive, table.negative) for name, table in config.styles.items()}
    return Wording(Wildcards.load(Path(config.prompts.wildcards)), styles_with(own))


def open_model(config: Config) -> Model:
    """Find the configured model; raises ModelError or ConfigError in one sentence."""
    name, folder, engine = config.model.name, Path(config.model.folder), config.engine
    files = resolve(name, folder, builtin())
    others = {each: resolve(table.model, folder, builtin()) for each, table in config.models.items()}
    if files.name in others:
        raise ConfigError(f"models.{files.name} has the first model's own name; give it another one.")
    loras = loras_of(config)
    settings = WorkerSettings(
        files=files,
        classifiers=classifiers_of(config),
        upscaler=upscaler_of(config),
        rating_seconds=engine.watchdog / 2,
        device=engine.devices[0],
        dtype=engine.dtype,
        threads=engine.threads,
        max_batch=engine.max_batch,
        log_level=logging.getLogger().getEffectiveLevel(),
        models=others,
        loras={each: file for each, (file, _) in loras.items()},
        library_bytes=int(engine.library_gb * 1e9),
    )
    queue = DispatcherSettings(
        batch=engine.batch,
        max_batch=engine.max_batch,
        long_queue=engine.long_queue,
        short_steps=engine.short_steps,
        watchdog=engine.watchdog,
    )
    catalogue = _catalogue(config, files, others, {each: entry for each, (_, entry) in loras.items()})
    workers = _workers(config, settings)
    return Model(files, settings, workers, queue, catalogue.prompts, catalogue.shown_at, catalogue)


def _workers(config: Config, settings: WorkerSettings) -> tuple[WorkerSettings, ...]:
    """The bot's own workers, one to a device."""
    engine = config.engine
    return tuple(
        dataclasses.replace(
            settings,
            device=device,
            preview_every=engine.preview_every,
            compile=engine.compile == "auto",
            compile_cache=Path(config.storage.path).absolute() / "compiled",
        )
        for device in engine.devices
    )


def _catalogue(
    config: Config, files: ModelFiles, others: dict[str, ModelFiles], loras: dict[str, LoraEntry]
) -> Catalogue:
    """What requests may name; ``others`` and ``loras`` by their names in the config."""
    name = config.model.name
    listed = tuple(imported(Path(config.storage.path) / DATABASE, artists=config.policy.artists))
    wording = wording_of(config)

    def prompts_for(words: str, files: ModelFiles) -> PromptService:
        return PromptService.for_model(
            words, files.folder, listed, real_people=config.policy.real_people, wording=wording
        )

    catalogue = Catalogue(
        prompts_for(config.model.profile or name, files),
        SHOWN_AT.get(name, 1),
        models={
            each: ModelEntry(
                prompts_for(table.profile or table.model, others[each]),
                SHOWN_AT.get(table.model, 1),
                table.guilds,
            )
            for each, table in config.models.items()
        },
        loras=loras,
        profiles={
            **(CHIBI_PROFILES if config.model.name == CHIBI else {}),
            **{each: table.fast(each) for each, table in config.profiles.items()},
        },
    )
    _require_known(catalogue)
    return catalogue


def _require_known(catalogue: Catalogue) -> None:
    for fast in catalogue.profiles.values():
        for lora in fast.loras:
            if lora.name not in catalogue.loras:
                raise ConfigError(
                    f"profiles.{fast.name} names the LoRA {lora.name!r}, which no table of loras has."
                )


def _package() -> Path:
    return Path(str(importlib.resources.files("bot.chibi")))
