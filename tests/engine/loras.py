"""Random LoRAs for a pipeline, in the dialects that files have."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import StableDiffusionXLPipeline
from safetensors.torch import save_file

UNET = ("to_q", "to_v", "to_out.0", "ff.net.0.proj", "proj_in", "conv1")
TEXT = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1")
RANK = 3


def layers(pipe: StableDiffusionXLPipeline, part: str) -> dict[str, torch.Size]:
    """The layers that a LoRA usually changes, by name, with their weights' shapes."""
    return {
        name: module.weight.shape
        for name, module in getattr(pipe, part).named_modules()
        if name.endswith(UNET if part == "unet" else TEXT)
    }


def kohya(pipe: StableDiffusionXLPipeline, seed: int, alpha: float = 2.0) -> dict[str, torch.Tensor]:
    """Tensors as kohya's scripts name them."""
    torch.manual_seed(seed)
    tensors: dict[str, torch.Tensor] = {}
    for part, prefix in (("unet", "unet"), ("text_encoder", "te1"), ("text_encoder_2", "te2")):
        for name, shape in layers(pipe, part).items():
            inner = name if part == "unet" or name.startswith("text_model") else f"text_model.{name}"
            key = f"lora_{prefix}_{inner.replace('.', '_')}"
            tensors[f"{key}.lora_down.weight"] = torch.randn(RANK, *shape[1:]) / 4
            tensors[f"{key}.lora_up.weight"] = torch.randn(shape[0], RANK, *[1] * (len(shape) - 2)) / 4
            tensors[f"{key}.alpha"] = torch.tensor(alpha)
    return tensors


def diffusers(pipe: StableDiffusionXLPipeline, seed: int) -> dict[str, torch.Tensor]:
    """Tensors of a UNet's LoRA as diffusers and peft name them; alpha is the rank."""
    torch.manual_seed(seed)
    tensors: dict[str, torch.Tensor] = {}
    for name, shape in layers(pipe, "unet").items():
        tensors[f"unet.{name}.lora_A.weight"] = torch.randn(RANK, *shape[1:]) / 4
        tensors[f"unet.{name}.lora_B.weight"] = torch.randn(shape[0], RANK, *[1] * (len(shape) - 2)) / 4
    return tensors


def saved(path: Path, tensors: dict[str, torch.Tensor], said: dict[str, str] | None = None) -> Path:
    """Write a safetensors file."""
    save_file(tensors, path, said)
    return path
