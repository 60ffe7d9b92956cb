"""Previews: the clean part of unfinished latents, and the map to colours."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import bot
from bot.core.errors import ModelError
from bot.engine import preview
from bot.engine.decode import Decoder
from bot.engine.denoise import Denoiser, Glimpse
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded, load
from bot.engine.models import ModelFiles
from bot.engine.samplers import SAMPLERS

CHIBI = Path(bot.__file__).parent / "chibi" / "model"


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction"])
def test_the_clean_part_is_found_under_known_noise(kind: str) -> None:
    signal = np.linspace(0.99, 0.01, 1000)
    clean, noise = torch.randn(2, 1, 4, 5, 6, generator=torch.Generator().manual_seed(1))
    kept, lost = signal[400] ** 0.5, (1 - signal[400]) ** 0.5
    answer = noise if kind == "epsilon" else kept * noise - lost * clean
    glimpse = Glimpse(kept * clean + lost * noise, answer, 400.0)
    torch.testing.assert_close(preview.clean(glimpse, signal, kind), clean, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name != "DDIM"])
def test_after_the_last_step_the_clean_part_is_the_picture(loaded: Loaded, name: str) -> None:
    denoiser = Denoiser(loaded, Encoder(loaded.pipe, 2**20))
    slot = denoiser.admit("1girl", "bad", (104, 152), 4, 5.0, name, 3)
    while not slot.finished:
        denoiser.step([slot])
    assert slot.glimpse is not None
    signal = loaded.pipe.scheduler.alphas_cumprod.double().numpy()
    found = preview.clean(slot.glimpse, signal, "epsilon")
    # Those samplers end on a clean picture; Karras' last timestep is rounded.
    assert float((found - slot.latents).abs().mean() / slot.latents.abs().mean()) < 0.1


def test_the_demo_models_preview_looks_like_its_picture() -> None:
    model = load(ModelFiles("chibi", CHIBI), "cpu")
    denoiser = Denoiser(model, Encoder(model.pipe, 2**20))
    found = preview.find(CHIBI, model.pipe.vae.config.scaling_factor)
    assert found is not None
    slot = denoiser.admit("1girl, red hair, night", "lowres", (80, 80), 6, 5.0, "Euler", 3)
    while not slot.finished:
        denoiser.step([slot])
    picture = Decoder(model).decode(slot.latents)
    assert slot.glimpse is not None
    shown = preview.Previewer(found, model.pipe.scheduler, 8).picture(slot.glimpse, 4)
    assert shown.size == (320, 320)
    coarse = [np.asarray(each.resize((10, 10), Image.Resampling.BOX), np.int16) for each in (picture, shown)]
    assert np.abs(coarse[0] - coarse[1]).mean() < 30
    assert np.corrcoef(coarse[0].ravel(), coarse[1].ravel())[0, 1] > 0.8


def test_a_map_is_the_models_own_sdxls_or_none(tmp_path: Path) -> None:
    assert preview.find(tmp_path, 0.2) is None
    sdxl = preview.find(tmp_path, 0.13025)
    assert sdxl is not None
    np.testing.assert_allclose(sdxl.bias, [0.5542, 0.49125, 0.49945], atol=1e-6)
    (tmp_path / "preview.json").write_text(json.dumps({"weights": [[0, 0, 0]] * 4, "bias": [1, 0, 0]}))
    own = preview.find(tmp_path, 0.13025)
    assert own is not None
    assert own.bias.tolist() == [1, 0, 0]


@pytest.mark.parametrize("text", ["", "[]", '{"weights": [[1]], "bias": [1]}', '{"weights": [["a"]]}'])
def test_a_file_that_is_no_map_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "preview.json").write_text(text)
    with pytest.raises(ModelError, match=r"preview\.json is not a map"):
        preview.find(tmp_path, 0.2)


def test_a_large_preview_is_kept_small_and_in_shape(loaded: Loaded) -> None:
    previewer = preview.Previewer(preview.SDXL, loaded.pipe.scheduler, 8)
    glimpse = Glimpse(torch.zeros(1, 4, 152, 104), torch.full((1, 4, 152, 104), float("nan")), 5.0)
    assert previewer.picture(glimpse, 1).size == (525, 768)
