"""A pipeline written as one checkpoint in SDXL's original layout, as the web UIs keep models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import torch
from diffusers import StableDiffusionXLPipeline
from safetensors.torch import save_file

Tensors = dict[str, torch.Tensor]
Rules = tuple[tuple[str, str], ...]

_RESNET: Rules = (
    (r"\bnorm1\b", "in_layers.0"),
    (r"\bconv1\b", "in_layers.2"),
    (r"\btime_emb_proj\b", "emb_layers.1"),
    (r"\bnorm2\b", "out_layers.0"),
    (r"\bconv2\b", "out_layers.3"),
    (r"\bconv_shortcut\b", "skip_connection"),
)
_UNET_ENDS: Rules = (
    (r"^time_embedding\.linear_1", "time_embed.0"),
    (r"^time_embedding\.linear_2", "time_embed.2"),
    (r"^add_embedding\.linear_1", "label_emb.0.0"),
    (r"^add_embedding\.linear_2", "label_emb.0.2"),
    (r"^conv_in", "input_blocks.0.0"),
    (r"^conv_norm_out", "out.0"),
    (r"^conv_out", "out.2"),
)
_VAE: Rules = (
    (r"conv_norm_out", "norm_out"),
    (r"conv_shortcut", "nin_shortcut"),
    (r"mid_block\.resnets\.0", "mid.block_1"),
    (r"mid_block\.resnets\.1", "mid.block_2"),
    (r"mid_block\.attentions\.0\.group_norm", "mid.attn_1.norm"),
    (r"mid_block\.attentions\.0\.to_out\.0", "mid.attn_1.proj_out"),
    (r"mid_block\.attentions\.0\.to_([qkv])", r"mid.attn_1.\1"),
    (r"down_blocks\.(\d)\.resnets", r"down.\1.block"),
    (r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample"),
)
_OPEN_CLIP: Rules = (
    (r"^text_model\.encoder\.layers", "transformer.resblocks"),
    (r"layer_norm(\d)", r"ln_\1"),
    (r"\bfc1\b", "c_fc"),
    (r"\bfc2\b", "c_proj"),
    (r"self_attn", "attn"),
    (r"^text_model\.final_layer_norm", "ln_final"),
    (r"^text_model\.embeddings\.token_embedding", "token_embedding"),
    (r"^text_model\.embeddings\.position_embedding\.weight", "positional_embedding"),
)


def save(pipe: StableDiffusionXLPipeline, path: Path) -> Path:
    """Write the checkpoint and give its path back."""
    tensors: Tensors = {}
    for prefix, part in (
        ("model.diffusion_model.", dict(_unet(pipe))),
        ("first_stage_model.", dict(_vae(pipe))),
        ("conditioner.embedders.0.transformer.", dict(_clip(pipe))),
        ("conditioner.embedders.1.model.", dict(_open_clip(pipe))),
    ):
        tensors |= {prefix + name: tensor.contiguous() for name, tensor in part.items()}
    save_file(tensors, str(path))
    return path


def _renamed(name: str, rules: Rules) -> str:
    for pattern, new in rules:
        name = re.sub(pattern, new, name)
    return name


def _unet(pipe: StableDiffusionXLPipeline) -> Iterator[tuple[str, torch.Tensor]]:
    places = dict(_places(pipe))
    for name, tensor in pipe.unet.state_dict().items():
        home = next((place for place in places if name.startswith(f"{place}.")), None)
        if home is None:
            yield _renamed(name, _UNET_ENDS), tensor
            continue
        rest = name.removeprefix(home)
        yield places[home] + (_renamed(rest, _RESNET) if ".resnets." in home else rest), tensor


def _places(pipe: StableDiffusionXLPipeline) -> Iterator[tuple[str, str]]:
    """Each block of the UNet beside its numbered place in the original's flat lists."""
    layers = pipe.unet.config.layers_per_block
    number = 1
    for i, block in enumerate(pipe.unet.down_blocks):
        for j in range(layers):
            yield f"down_blocks.{i}.resnets.{j}", f"input_blocks.{number}.0"
            yield f"down_blocks.{i}.attentions.{j}", f"input_blocks.{number}.1"
            number += 1
        if block.downsamplers:
            yield f"down_blocks.{i}.downsamplers.0.conv", f"input_blocks.{number}.0.op"
            number += 1
    yield "mid_block.resnets.0", "middle_block.0"
    yield "mid_block.attentions.0", "middle_block.1"
    yield "mid_block.resnets.1", "middle_block.2"
    number = 0
    for i, block in enumerate(pipe.unet.up_blocks):
        for j in range(layers + 1):
            yield f"up_blocks.{i}.resnets.{j}", f"output_blocks.{number}.0"
            yield f"up_blocks.{i}.attentions.{j}", f"output_blocks.{number}.1"
            number += 1
        place = 2 if hasattr(block, "attentions") else 1
        yield f"up_blocks.{i}.upsamplers.0.conv", f"output_blocks.{number - 1}.{place}.conv"


def _vae(pipe: StableDiffusionXLPipeline) -> Iterator[tuple[str, torch.Tensor]]:
    last = len(pipe.vae.config.up_block_types) - 1
    for name, tensor in pipe.vae.state_dict().items():
        new = re.sub(r"up_blocks\.(\d)", lambda found: f"up.{last - int(found[1])}", _renamed(name, _VAE))
        new = new.replace(".resnets.", ".block.").replace(".upsamplers.0.", ".upsample.")
        is_attention = ".attn_1." in new and tensor.ndim == 2
        yield new, tensor[:, :, None, None] if is_attention else tensor


def _clip(pipe: StableDiffusionXLPipeline) -> Iterator[tuple[str, torch.Tensor]]:
    for name, tensor in pipe.text_encoder.state_dict().items():
        yield f"text_model.{name.removeprefix('text_model.')}", tensor


def _open_clip(pipe: StableDiffusionXLPipeline) -> Iterator[tuple[str, torch.Tensor]]:
    """One matrix for query, key and value, and a projection that stands the other way round."""
    state = pipe.text_encoder_2.state_dict()
    yield "text_projection", state.pop("text_projection.weight").T
    for name, tensor in state.items():
        new = _renamed(name, _OPEN_CLIP)
        if "q_proj" in name:
            parts = [state[name.replace("q_proj", part)] for part in ("q_proj", "k_proj", "v_proj")]
            yield new.replace(".q_proj.", ".in_proj_"), torch.cat(parts)
        elif "k_proj" not in name and "v_proj" not in name:
            yield new, tensor
