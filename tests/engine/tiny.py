"""A random SDXL of the real classes that steps in milliseconds; nothing it draws means anything."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    EulerAncestralDiscreteScheduler,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

WIDTHS = (32, 48)
"""Of the text encoders; the UNet attends to both."""
PROJECTION = 24


def save(folder: Path) -> Path:
    """Write the model as a diffusers folder in fp16 safetensors and give the folder back."""
    torch.manual_seed(11)
    pipe = StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(_text_config(WIDTHS[0])),
        text_encoder_2=CLIPTextModelWithProjection(_text_config(WIDTHS[1])),
        tokenizer=_tokenizer(folder / "words", "<|endoftext|>"),
        tokenizer_2=_tokenizer(folder / "words", "!"),
        unet=_unet(),
        scheduler=EulerAncestralDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            timestep_spacing="leading",
            steps_offset=1,
        ),
        force_zeros_for_empty_prompt=True,
        add_watermarker=False,
    )
    pipe.to(torch.float16)
    pipe.save_pretrained(folder / "model", safe_serialization=True)
    return folder / "model"


def _unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        transformer_layers_per_block=(1, 1),
        cross_attention_dim=sum(WIDTHS),
        use_linear_projection=True,
        norm_num_groups=8,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=PROJECTION + 6 * 8,
    )


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=128,
        scaling_factor=0.2,
        force_upcast=False,
    )


def _text_config(width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=514,
        hidden_size=width,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=2,
        projection_dim=PROJECTION,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )


def _tokenizer(folder: Path, pad: str) -> CLIPTokenizer:
    """Byte-level and without merges: a token for each letter, inside a word and at its end."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = [_letter(byte) for byte in range(256)]
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    return CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), pad_token=pad, model_max_length=77
    )


def _letter(byte: int) -> str:
    """GPT-2's printable stand-in for a byte."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    if byte in printable:
        return chr(byte)
    return chr(256 + sorted(set(range(256)) - printable).index(byte))
