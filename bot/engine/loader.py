"""Loading a model as its card's script does; worker side only (imports torch and diffusers)."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, EulerAncestralDiscreteScheduler, StableDiffusionXLPipeline
from diffusers.loaders.single_file_utils import create_diffusers_clip_model_from_ldm
from safetensors import safe_open
from transformers import CLIPTextModelWithProjection

from bot.core.errors import ModelError
from bot.core.events import ModelInfo
from bot.core.size import Size
from bot.engine import layout, lock
from bot.engine.models import ModelFiles
from bot.engine.speed import lay_out

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


def pick_dtype(name: str, device: torch.device) -> torch.dtype:
    """The type for ``auto`` (half precision on CUDA, single elsewhere) or for one of torch's own names.

    Raises ModelError for bfloat16 on a card that has no such numbers: torch would imitate them, at many times
    the time.
    """
    if name == "auto":
        return torch.float16 if device.type == "cuda" else torch.float32
    if (
        name == "bfloat16"
        and device.type == "cuda"
        and not torch.cuda.is_bf16_supported(including_emulation=False)
    ):
        raise ModelError(f"The device {device} has no bfloat16; set engine.dtype to 'auto' or 'float16'.")
    return {"float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32}[name]


def load(files: ModelFiles, device_name: str = "auto", dtype_name: str = "auto") -> Loaded:
    """Load a model in a type (`pick_dtype`) on a device (`pick_device`); no network.

    On CUDA a VAE that overflows in half precision stays single. The sampler is Euler ancestral. A CUDA card
    becomes the process's current one.

    Raises ModelError when the files are not what they promised to be, and for a device or a type that there
    is not.
    """
    device = pick_device(device_name)
    if device.type == "cuda":
        # Streams, events and the allocator go by the current card, which is the first unless told otherwise.
        torch.cuda.set_device(device)
    dtype = pick_dtype(dtype_name, device)
    with ThreadPoolExecutor(1) as pool:
        digest = pool.submit(lock.digest, files.unet_weights)
        try:
            pipe = _build(files, dtype)
        except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
            raise ModelError(f"The model {files.name} cannot be loaded: {error}") from error
        model_hash = digest.result()
    _require_whole(files, pipe)
    pipe.scheduler = EulerAncestralDiscreteScheduler.from_config(pipe.scheduler.config)
    pipe.set_progress_bar_config(disable=True)
    pipe.to(device)
    lay_out(pipe, device)
    scale = pipe.unet.config.sample_size * pipe.vae_scale_factor / CARD_SIDE
    return Loaded(pipe, ModelInfo(files.name, model_hash, scale, str(device)))


def _build(files: ModelFiles, dtype: torch.dtype) -> StableDiffusionXLPipeline:
    parts: dict[str, Any] = {}
    if files.vae is not None:
        parts["vae"] = AutoencoderKL.from_pretrained(
            files.vae, dtype=dtype, use_safetensors=True, local_files_only=True
        )
    if files.checkpoint is not None:
        parts["text_encoder_2"] = _second_encoder(files.checkpoint, files.folder, dtype)
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


def _require_whole(files: ModelFiles, pipe: StableDiffusionXLPipeline) -> None:
    """Raise ModelError for tensors that the files did not hold: they have a shape and no numbers."""
    for component in layout.COMPONENTS:
        for name, tensor in getattr(pipe, component).named_parameters():
            if tensor.is_meta:
                raise ModelError(
                    f"The model {files.name} cannot be loaded: its weights lack {component}.{name}; "
                    "fetch it again, or use another file of it."
                )


def _second_encoder(checkpoint: Path, config: Path, dtype: torch.dtype) -> CLIPTextModelWithProjection:
    """The second text encoder of a single file.

    diffusers tells the two apart by their widths alone, which small models share; shown this one's tensors
    only, it cannot take the other's.
    """
    with safe_open(str(checkpoint), framework="pt") as tensors:
        names = [name for name in tensors.keys() if name.startswith(layout.SECOND_ENCODER)]  # noqa: SIM118 (not a mapping)
        own = {name: tensors.get_tensor(name) for name in names}
    encoder: CLIPTextModelWithProjection = create_diffusers_clip_model_from_ldm(
        CLIPTextModelWithProjection,
        own,
        subfolder="text_encoder_2",
        config=str(config),
        torch_dtype=dtype,
        local_files_only=True,
    )
    return encoder
