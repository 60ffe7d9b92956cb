"""The autoencoder: shapes, evened latents, and losses that see what they should."""

from __future__ import annotations

import torch

from bot.chibi.vae import build_vae, level_channels, reconstruction_loss


def test_latents_are_eight_times_smaller() -> None:
    vae = build_vae().eval()
    with torch.inference_mode():
        latents = vae.encode(torch.zeros(1, 3, 152, 104)).latent_dist.mode()
        assert latents.shape == (1, 4, 19, 13)
        assert vae.decode(latents).sample.shape == (1, 3, 152, 104)


def test_levelled_latents_are_even_and_pictures_stay() -> None:
    torch.manual_seed(0)
    vae = build_vae().eval()
    pictures = torch.rand(2, 3, 64, 64) * 2 - 1
    with torch.inference_mode():
        before = vae.encode(pictures).latent_dist
        mean, spread = before.mean.mean(dim=(0, 2, 3)), before.mean.std(dim=(0, 2, 3))
        made = vae.decode(before.mean).sample
    level_channels(vae, mean.clone(), spread.clone())
    with torch.inference_mode():
        after = vae.encode(pictures).latent_dist
        assert torch.allclose(after.mean.mean(dim=(0, 2, 3)), torch.zeros(4), atol=1e-3)
        assert torch.allclose(after.mean.std(dim=(0, 2, 3)), torch.ones(4), atol=1e-3)
        assert torch.allclose(vae.decode(after.mean).sample, made, atol=1e-3)


def test_errors_in_detail_cost_more_than_in_flat_parts() -> None:
    true = -torch.ones(1, 3, 32, 32)
    true[..., 8:24:2, 8:16] = 1.0
    flat, busy = true.clone(), true.clone()
    flat[..., 26:30, 26:30] += 0.5
    busy[..., 10:14, 10:14] += 0.5
    assert reconstruction_loss(busy, true, 0.0) > 1.2 * reconstruction_loss(flat, true, 0.0)
    assert reconstruction_loss(true, true, 0.5) == 0
