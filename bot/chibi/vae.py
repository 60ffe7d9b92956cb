"""The picture autoencoder: SDXL's class, eight times smaller pictures of four channels, 0.9 M weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import nn

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

KL_WEIGHT = 2e-5
"""Keeps the latents near unit scale without letting the posterior collapse."""

COLOUR_WEIGHT = 3.0

START_LOG_VARIANCE = -6.0
"""The posterior begins nearly certain; from zero it collapses before the decoder has learnt anything."""


def build_vae() -> AutoencoderKL:
    """Return an untrained autoencoder: (N, 3, H, W) in -1..1 to (N, 4, H/8, W/8)."""
    from diffusers import AutoencoderKL

    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(16, 32, 64, 64),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=128,
        scaling_factor=1.0,  # `level_channels` evens the latents
        force_upcast=False,
    )
    with torch.no_grad():
        vae.quant_conv.weight[4:] *= 0.1
        vae.quant_conv.bias[4:] = START_LOG_VARIANCE
    return vae


def load_shipped(model: Path) -> AutoencoderKL:
    """Return the autoencoder of an exported model folder, in single precision, ready for use."""
    from diffusers import AutoencoderKL

    vae: AutoencoderKL = AutoencoderKL.from_pretrained(model / "vae", dtype=torch.float32)
    return vae.eval()


def reconstruction_loss(made: torch.Tensor, true: torch.Tensor, edges: float) -> torch.Tensor:
    """Return the mean error of pictures (N, 3, H, W), fine detail weighted up to four times.

    Outlines alone would win over colours for a long time, so the mean colour of every 8 x 8 block counts
    apart. `edges` weighs the error of the picture's gradients: 0 at first (a strong one early gives grey).
    """
    across, down = _gradients(true)
    busy = (F.pad(across.abs(), (0, 1)) + F.pad(down.abs(), (0, 0, 0, 1))).mean(1, keepdim=True)
    detail = F.avg_pool2d(busy, 5, stride=1, padding=2)
    weight = 1 + 3 * (detail / 0.3).clamp(max=1)
    loss = (weight * (made - true).abs()).mean() + COLOUR_WEIGHT * F.avg_pool2d(made - true, 8).abs().mean()
    if edges:
        made_across, made_down = _gradients(made)
        loss = loss + edges * ((made_across - across).abs().mean() + (made_down - down).abs().mean())
    return loss


def _gradients(picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return picture[..., 1:] - picture[..., :-1], picture[..., 1:, :] - picture[..., :-1, :]


def autoencoder_loss(
    vae: AutoencoderKL, colours: nn.Conv2d, pictures: torch.Tensor, edges: float
) -> torch.Tensor:
    """Return the loss of one training step over pictures (N, 3, H, W) in -1..1.

    `colours` (one by one, 4 to 3 channels) reads every block's mean colour straight from the latents.
    Without it the green-to-magenta axis is found last or never; with it the colours lie plainly in the
    latents, where the denoiser and the preview find them.
    """
    posterior = vae.encode(pictures).latent_dist
    latents = posterior.sample()
    loss = reconstruction_loss(vae.decode(latents).sample, pictures, edges)
    loss += KL_WEIGHT * posterior.kl().mean()
    loss += COLOUR_WEIGHT * (colours(latents) - F.avg_pool2d(pictures, 8)).abs().mean()
    return loss


def decoder_loss(vae: AutoencoderKL, pictures: torch.Tensor, edges: float, noise: float) -> torch.Tensor:
    """Return the decoder's loss alone; up to `noise` on the even latents makes it forgive the denoiser."""
    with torch.no_grad():
        latents = vae.encode(pictures).latent_dist.mode()
        latents = latents + noise * torch.rand(len(latents), 1, 1, 1) * torch.randn_like(latents)
    return reconstruction_loss(vae.decode(latents).sample, pictures, edges)


@torch.no_grad()
def level_channels(vae: AutoencoderKL, mean: torch.Tensor, spread: torch.Tensor) -> None:
    """Give the latents mean 0 and spread 1 in every channel (both (4,)) without changing any picture.

    The numbers go into the one-by-one convolutions on either side of the latents.
    """
    encode, decode = vae.quant_conv, vae.post_quant_conv
    decode.bias += decode.weight[..., 0, 0] @ mean
    decode.weight *= spread.view(1, 4, 1, 1)
    encode.weight[:4] /= spread.view(4, 1, 1, 1)
    encode.bias[:4] = (encode.bias[:4] - mean) / spread
    encode.bias[4:] -= 2 * spread.log()
