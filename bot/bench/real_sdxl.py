"""The exact SDXL architecture with random weights, made on the spot; nothing is downloaded.

The numbers are those of the published configuration of stable-diffusion-xl-base-1.0, which Animagine XL
keeps, with the VAE that holds in half precision (``force_upcast`` off).
"""

from __future__ import annotations

from typing import Any

import torch
from accelerate import init_empty_weights  # type: ignore[import-untyped]  # it has no types
from diffusers import (
    AutoencoderKL,
    EulerAncestralDiscreteScheduler,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, PreTrainedTokenizerFast

from bot.core.events import ModelInfo
from bot.engine.loader import Loaded

PARAMETERS = {
    "unet": 2_567_463_684,
    "vae": 83_653_863,
    "text_encoder": 123_060_480,
    "text_encoder_2": 694_659_840,
}
"""What the published weights hold, by component."""
WORDS = ("masterpiece", "best", "quality", "1girl", "smile", "lowres", "bad", "anatomy", ",")
"""All that the tokenizer knows; any other word is one unknown token."""
_BLOCK = 2**20


def build(device: torch.device, dtype: torch.dtype) -> Loaded:
    """The model on a device (``meta`` for shapes alone), its weights random in ``dtype``."""
    with init_empty_weights():
        parts = {
            "unet": _unet(),
            "vae": _vae(),
            "text_encoder": CLIPTextModel(_text_config(768, 12, 12, "quick_gelu")),
            "text_encoder_2": CLIPTextModelWithProjection(_text_config(1280, 32, 20, "gelu")),
        }
    for part in parts.values():
        part.to(dtype)
        if device.type != "meta":
            _fill(part, device)
        part.to(device).eval()
    pipe = StableDiffusionXLPipeline(
        **parts,
        tokenizer=_tokenizer("<|endoftext|>"),
        tokenizer_2=_tokenizer("!"),
        scheduler=EulerAncestralDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            timestep_spacing="leading",
            steps_offset=1,
        ),
        add_watermarker=False,
    )
    return Loaded(pipe, ModelInfo("sdxl with random weights", "", 1.0, str(device)))


def _unet() -> Any:
    return UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(320, 640, 1280),
        layers_per_block=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(5, 10, 20),
        transformer_layers_per_block=(1, 2, 10),
        cross_attention_dim=2048,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )


def _vae() -> Any:
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        sample_size=1024,
        scaling_factor=0.13025,
        force_upcast=False,
    )


def _text_config(width: int, layers: int, heads: int, act: str) -> CLIPTextConfig:
    return CLIPTextConfig(
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        hidden_act=act,
        projection_dim=width,
        bos_token_id=49406,
        eos_token_id=49407,
        pad_token_id=49407,
    )


def _tokenizer(pad: str) -> PreTrainedTokenizerFast:
    """Words to tokens with CLIP's own marks; which tokens they are changes no time."""
    marks = {"<|startoftext|>": 49406, "<|endoftext|>": 49407}
    vocabulary = {"!": 0, "?": 1, **{word: 2 + index for index, word in enumerate(WORDS)}, **marks}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|startoftext|>",
        eos_token="<|endoftext|>",
        unk_token="?",
        pad_token=pad,
        model_max_length=77,
    )


@torch.no_grad()
def _fill(model: torch.nn.Module, device: torch.device) -> None:
    """Give each parameter numbers that keep activations near one, so that nothing overflows.

    They repeat one block of draws: drawing 3.5 billion of them would take minutes, and changes no time.
    """
    noise = torch.randn(_BLOCK, generator=torch.Generator().manual_seed(0)).to(device)
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            tensor = torch.empty(parameter.shape, dtype=parameter.dtype, device=device)
            if parameter.ndim < 2:
                tensor.fill_(1.0 if name == "weight" else 0.0)
            else:
                scaled = (noise / (parameter[0].numel() ** 0.5)).to(parameter.dtype)
                flat = tensor.view(-1)
                for start in range(0, flat.numel(), _BLOCK):
                    piece = flat[start : start + _BLOCK]
                    piece.copy_(scaled[: piece.numel()])
            setattr(module, name, torch.nn.Parameter(tensor, requires_grad=False))
