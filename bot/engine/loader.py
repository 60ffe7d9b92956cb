"""Loading a model as its card's script does; worker side only (imports torch and diffusers)."""

from __future__ import annotations

import dataclasses
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, EulerAncestralDiscreteScheduler, StableDiffusionXLPipeline

from bot.core.errors import ModelError
from bot.core.events import ModelInfo
from bot.core.size import Size
from bot.engine import layout, lock
from bot.engine.models import ModelFiles

CARD_SIDE = 1024
"""The side in pixels that the nine sizes are meant for (`bot.core.size`)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """A pipeline in memory and what it is called."""

    pipe: StableDiffusionXLPipeline
    info: ModelInfo

    @property
    def device(self) -> torch.device:
        return torch.device(self.info.device)

    @property
    def dtype(self) -> torch.dtype:
        dtype: torch.dtype = self.pipe.unet.dtype
        return dtype

    def native(self, size: Size) -> tuple[int, int]:
        """Width and height in this model's pixels for one of the card's sizes, whole latents each."""
        grain = self.pipe.vae_scale_factor
        width, height = (
            max(1, round(side * self.info.native_scale / grain)) * grain for side in (size.width, size.height)
        )
        return width, height


def pick_device(name: str) -> torch.device:
    """The device for ``auto`` (CUDA, else Apple's, else the CPU) or for torch's own name of one."""
    if name != "auto":
        try:
            device = torch.device(name)
            torch.empty(1, device=device)
        except (RuntimeError, AssertionError) as error:
            first = str(error).splitlines()[0]
            raise ModelError(f"The device {name!r} cannot be used: {first}; try 'auto' or 'cpu'.") from None
        return device
    if torch.cuda.is_available():
        return torch.device("cuda", 0)
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def load(files: ModelFiles, device_name: str = "auto") -> Loaded:
    """Load a model: fp16 on CUDA, fp32 elsewhere, Euler ancestral, no network.

    Raises ModelError when the files are not what they promised to be.
    """
    device = pick_device(device_name)
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    with ThreadPoolExecutor(1) as pool:
        digest = pool.submit(_digest, files.unet_weights)
        try:
            pipe = _build(files, dtype)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelError(f"The model {files.name} cannot be loaded: {error}") from error
        model_hash = digest.result()
    pipe.scheduler = EulerAncestralDiscreteScheduler.from_config(pipe.scheduler.config)
    pipe.set_progress_bar_config(disable=True)
    pipe.to(device)
    pipe.unet.eval()
    scale = pipe.unet.config.sample_size * pipe.vae_scale_factor / CARD_SIDE
    return Loaded(pipe, ModelInfo(files.name, model_hash, scale, str(device)))


def _build(files: ModelFiles, dtype: torch.dtype) -> StableDiffusionXLPipeline:
    parts: dict[str, Any] = {}
    if files.vae is not None:
        parts["vae"] = AutoencoderKL.from_pretrained(
            files.vae, dtype=dtype, use_safetensors=True, local_files_only=True
        )
    if files.checkpoint is not None:
        return StableDiffusionXLPipeline.from_single_file(
            str(files.checkpoint), config=str(files.folder), dtype=dtype, local_files_only=True, **parts
        )
    return StableDiffusionXLPipeline.from_pretrained(
        files.folder,
        dtype=dtype,
        use_safetensors=True,
        variant=layout.variant(files.folder, "unet"),
        local_files_only=True,
        **parts,
    )


def _digest(weights: Path) -> str:
    known = lock.known_digest(weights)
    if known is not None:
        return known
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
