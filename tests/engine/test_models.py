"""Names to files, and every way in which files can be wrong, each with its sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from bot.core.errors import ModelError
from bot.engine.models import PROFILES, resolve


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may damage."""
    return Path(shutil.copytree(tiny_folder, tmp_path / "mine"))


def refused(name: str | Path, models: Path) -> str:
    with pytest.raises(ModelError) as caught:
        resolve(str(name), models, {})
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_a_folder_is_its_own_name(folder: Path, tmp_path: Path) -> None:
    files = resolve(str(folder), tmp_path, {})
    assert (files.name, files.folder, files.checkpoint, files.vae) == ("mine", folder, None, None)
    assert files.unet_weights == folder / "unet" / "diffusion_pytorch_model.safetensors"


def test_a_builtin_name_is_its_folder(folder: Path, tmp_path: Path) -> None:
    assert resolve("chibi", tmp_path, {"chibi": folder}).folder == folder


def test_a_name_that_means_nothing_lists_what_would(tmp_path: Path) -> None:
    sentence = refused("animagine", tmp_path)
    assert all(name in sentence for name in PROFILES)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_that_was_not_pulled_says_how(name: str, tmp_path: Path) -> None:
    assert f"model pull {name}" in refused(name, tmp_path)


@pytest.mark.parametrize("ending", [".ckpt", ".pt", ".pth", ".bin", ".pkl", ".CKPT"])
def test_pickles_are_refused_by_name(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"model{ending}"
    file.write_bytes(b"\x80\x04")
    assert f"is a pickle ({ending})" in refused(file, tmp_path)


@pytest.mark.parametrize(
    "missing",
    [
        "scheduler/scheduler_config.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "text_encoder_2/config.json",
    ],
)
def test_an_incomplete_folder_names_the_file(missing: str, folder: Path, tmp_path: Path) -> None:
    (folder / missing).unlink()
    assert f"incomplete: {missing} is missing" in refused(folder, tmp_path)


def test_a_tokenizer_without_words_is_incomplete(folder: Path, tmp_path: Path) -> None:
    (folder / "tokenizer_2" / "tokenizer.json").unlink()
    assert "tokenizer_2/vocab.json is missing" in refused(folder, tmp_path)


def test_a_folder_of_pickled_weights_is_refused(folder: Path, tmp_path: Path) -> None:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    assert "pickled weights (unet/diffusion_pytorch_model.bin)" in refused(folder, tmp_path)


def test_halved_weights_count_as_weights(folder: Path, tmp_path: Path) -> None:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    halved = weights.rename(weights.with_name("diffusion_pytorch_model.fp16.safetensors"))
    assert resolve(str(folder), tmp_path, {}).unet_weights == halved


def test_a_missing_shard_is_named(folder: Path, tmp_path: Path) -> None:
    home = folder / "unet"
    (home / "diffusion_pytorch_model.safetensors").rename(home / "one-of-two.safetensors")
    index = {"weight_map": {"a": "one-of-two.safetensors", "b": "two-of-two.safetensors"}}
    (home / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    assert "unet/two-of-two.safetensors is missing" in refused(folder, tmp_path)


def test_an_empty_folder_and_one_of_loose_files_say_what_they_lack(tmp_path: Path) -> None:
    assert "no model_index.json" in refused(tmp_path, tmp_path)
    (tmp_path / "some.safetensors").write_bytes(b"")
    assert str(tmp_path / "some.safetensors") in refused(tmp_path, tmp_path)


def test_a_model_of_another_family_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "model_index.json").write_text('{"_class_name": "FluxPipeline"}', "utf-8")
    assert "holds a FluxPipeline, not an SDXL model" in refused(folder, tmp_path)


def test_configuration_that_is_no_json_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "model_index.json").write_text("{", "utf-8")
    assert "model_index.json cannot be read as JSON" in refused(folder, tmp_path)


def weights(path: Path, *names: str) -> Path:
    save_file({name: np.zeros((4, 6, 1, 1), np.float16) for name in names}, str(path))
    return path


def test_a_lora_and_a_file_of_another_family_are_told_apart(tmp_path: Path) -> None:
    lora = weights(tmp_path / "style.safetensors", "lora_unet_down_blocks_0.lora_down.weight")
    assert "style.safetensors is a LoRA" in refused(lora, tmp_path)
    other = weights(tmp_path / "old.safetensors", "model.diffusion_model.input_blocks.0.0.weight")
    assert "old.safetensors is not an SDXL checkpoint" in refused(other, tmp_path)


def test_a_checkpoint_without_its_configuration_says_what_fetches_it(tmp_path: Path) -> None:
    file = weights(
        tmp_path / "mix.safetensors",
        "model.diffusion_model.input_blocks.0.0.weight",
        "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight",
        "conditioner.embedders.1.model.text_projection",
    )
    assert "model pull sdxl-base --config-only" in refused(file, tmp_path)


@pytest.mark.parametrize(
    "body", [b"", b"\x02", b"\xff" * 64, (2).to_bytes(8, "little") + b"[]", b"\x05" + bytes(99)]
)
def test_a_damaged_safetensors_file_is_named(body: bytes, tmp_path: Path) -> None:
    file = tmp_path / "broken.safetensors"
    file.write_bytes(body)
    assert "broken.safetensors" in refused(file, tmp_path)


def test_a_cut_off_safetensors_file_tells_its_bytes(tmp_path: Path) -> None:
    file = weights(tmp_path / "cut.safetensors", "a")
    file.write_bytes(file.read_bytes()[:-3])
    assert "where its header promises" in refused(file, tmp_path)
