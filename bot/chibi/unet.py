"""The denoiser: SDXL's UNet class with three small levels, 5.0 M weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.chibi.text import HIDDEN, POOLED

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel

SAMPLE_SIZE = 16
"""Latent side of the native square picture: 16 * 8 = 128 pixels stand for SDXL's 1024."""

TIME_ID_WIDTH = 32

SCHEDULE: dict[str, Any] = {
    "num_train_timesteps": 1000,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "prediction_type": "epsilon",
}
"""SDXL's noise schedule."""


def build_unet() -> UNet2DConditionModel:
    """Return an untrained denoiser of latents (N, 4, h, w) under text (N, 77, 2 * HIDDEN)."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=SAMPLE_SIZE,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=(48, 80, 128),
        layers_per_block=1,
        transformer_layers_per_block=(1, 1, 1),
        attention_head_dim=(2, 4, 4),
        cross_attention_dim=2 * HIDDEN,
        use_linear_projection=True,
        norm_num_groups=16,
        addition_embed_type="text_time",
        addition_time_embed_dim=TIME_ID_WIDTH,
        projection_class_embeddings_input_dim=POOLED + 6 * TIME_ID_WIDTH,
    )
