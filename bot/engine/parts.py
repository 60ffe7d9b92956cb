"""What a worker works with, and loading it; worker side only."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Protocol

import torch

from bot.core.events import Loading, WorkerEvent
from bot.engine import preview, speed, upscale
from bot.engine.classifiers import open_rater
from bot.engine.decode import Decoder
from bot.engine.denoise import Denoiser
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded, load
from bot.engine.messages import WorkerSettings
from bot.engine.wardrobe import Wardrobe
from bot.imaging.rating import Rater


class Warmer(Protocol):
    """Something that is made ready bit by bit when nobody waits, such as a compiled UNet."""

    @property
    def cold(self) -> int:
        """How many bits there still are."""

    def warm(self) -> bool:
        """Make the next one ready."""


@dataclasses.dataclass(frozen=True, slots=True)
class Parts:
    """What a worker works with."""

    model: Loaded
    denoiser: Denoiser
    decoder: Decoder
    previewer: preview.Previewer | None
    rater: Rater
    warmer: Warmer | None = None
    wardrobe: Wardrobe | None = None
    upscaler: upscale.Upscaler | None = None


def load_parts(settings: WorkerSettings, tell: Callable[[WorkerEvent], None]) -> Parts:
    """Load the model and what it takes to draw with it, telling what is being done; raises ModelError."""
    if settings.threads:
        torch.set_num_threads(settings.threads)
    tell(Loading(f"loading {settings.files.name}"))
    model = load(settings.files, settings.device, settings.dtype)
    pipe = model.pipe
    found = preview.find(settings.files.folder, pipe.vae.config.scaling_factor)
    previewer = preview.Previewer(found, pipe.scheduler, pipe.vae_scale_factor) if found else None
    rater = open_rater(settings.classifiers, model.device.type, settings.threads, settings.rating_seconds)
    unet = None
    if settings.compile and model.device.type == "cuda":
        scale = pipe.vae_scale_factor
        unet = speed.compiled(pipe.unet, model.native, scale, lambda what: tell(Loading(what)))
    denoiser = Denoiser(model, Encoder(pipe, settings.embedding_bytes), unet)
    upscaler = upscale.open_upscaler(settings.upscaler, model.device) if settings.upscaler else None
    return Parts(model, denoiser, Decoder(model), previewer, rater, unet, upscaler=upscaler)
