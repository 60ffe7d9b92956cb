"""Loading: folders, halved and single files, another VAE; what comes out is what went in."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import EulerAncestralDiscreteScheduler

from bot.core.errors import ModelError
from bot.core.size import SIZES
from bot.engine.decode import Decoder
from bot.engine.denoise import Denoiser
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded, load, pick_device, pick_dtype
from bot.engine.models import ModelFiles, resolve
from tests.engine import single_file


def picture(model: Loaded) -> bytes:
    denoiser = Denoiser(model, Encoder(model.pipe, 0))
    slot = denoiser.admit("1girl", "bad", (64, 64), 2, 5.0, "Euler a", 1)
    while not slot.finished:
        denoiser.step([slot])
    return Decoder(model).decode(slot.latents).tobytes()


def test_the_card_s_sampler_and_types(loaded: Loaded) -> None:
    assert isinstance(loaded.pipe.scheduler, EulerAncestralDiscreteScheduler)
    assert loaded.dtype == torch.float32
    assert loaded.device == torch.device("cpu")
    assert loaded.info.native_scale == 1 / 8
    assert [loaded.native(size) for size in SIZES] == [(size.width // 8, size.height // 8) for size in SIZES]


def test_a_single_file_draws_what_its_folder_draws(tiny_folder: Path, loaded: Loaded, tmp_path: Path) -> None:
    file = single_file.save(loaded.pipe, tmp_path / "mix.safetensors")
    files = resolve(str(file), tmp_path, {"tiny": tiny_folder})
    assert files == ModelFiles("mix", tiny_folder, checkpoint=file)
    model = load(files, "cpu")
    assert model.info.name == "mix"
    assert model.info.hash == hashlib.sha256(file.read_bytes()).hexdigest()
    assert picture(model) == picture(loaded)


def test_a_single_file_needs_no_weights_beside_its_configuration(
    tiny_folder: Path, loaded: Loaded, tmp_path: Path
) -> None:
    config = Path(
        shutil.copytree(tiny_folder, tmp_path / "config", ignore=shutil.ignore_patterns("*.safetensors"))
    )
    file = single_file.save(loaded.pipe, tmp_path / "mix.safetensors")
    assert picture(load(resolve(str(file), tmp_path, {"tiny": config}), "cpu")) == picture(loaded)


def test_halved_weights_load_under_their_own_name(tiny_folder: Path, loaded: Loaded, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "halved"))
    for weights in list(folder.rglob("*.safetensors")):
        weights.rename(weights.with_name(f"{weights.stem}.fp16.safetensors"))
    assert picture(load(resolve(str(folder), tmp_path, {}), "cpu")) == picture(loaded)


def test_another_vae_takes_the_place_of_the_models_own(
    tiny_files: ModelFiles, loaded: Loaded, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(tiny_files.folder / "vae", tmp_path / "vae"))
    config = other / "config.json"
    config.write_text(
        config.read_text("utf-8").replace('"scaling_factor": 0.2', '"scaling_factor": 0.3'), "utf-8"
    )
    model = load(ModelFiles("tiny", tiny_files.folder, vae=other), "cpu")
    assert model.pipe.vae.config.scaling_factor == 0.3
    assert picture(model) != picture(loaded)


def test_a_device_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(ModelError, match="'nonsense' cannot be used"):
        pick_device("nonsense")


def test_weights_that_do_not_fit_their_configuration_are_one_sentence(
    tiny_folder: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "odd"))
    shutil.copy(folder / "vae" / "diffusion_pytorch_model.safetensors", folder / "unet")
    with pytest.raises(ModelError, match="odd cannot be loaded"):
        load(ModelFiles("odd", folder), "cpu")


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("auto", torch.float32),
        ("float32", torch.float32),
        ("bfloat16", torch.bfloat16),
        ("float16", torch.float16),
    ],
)
def test_a_type_that_the_owner_names_is_every_parts(
    name: str, dtype: torch.dtype, tiny_files: ModelFiles, loaded: Loaded
) -> None:
    model = load(tiny_files, "cpu", name)
    pipe = model.pipe
    parts = (pipe.unet, pipe.vae, pipe.text_encoder, pipe.text_encoder_2)
    assert {part.dtype for part in parts} == {model.dtype} == {dtype}
    # The picture is the same one, as far as the type can tell.
    far = np.frombuffer(picture(model), np.uint8).astype(int) - np.frombuffer(picture(loaded), np.uint8)
    assert np.abs(far).mean() <= {torch.float32: 0, torch.float16: 1, torch.bfloat16: 8}[dtype]


def test_the_type_of_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    card = torch.device("cuda", 0)
    assert pick_dtype("auto", card) == torch.float16
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    assert pick_dtype("bfloat16", card) == torch.bfloat16
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: False)
    with pytest.raises(ModelError, match="cuda:0 has no bfloat16; set engine.dtype to 'auto' or 'float16'"):
        pick_dtype("bfloat16", card)
    assert pick_dtype("bfloat16", torch.device("cpu")) == torch.bfloat16
