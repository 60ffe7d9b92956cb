"""LoRAs: as diffusers draws with them, whoever else is in the batch, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionXLPipeline

from bot.core.errors import ModelError
from bot.core.lora import Lora
from bot.engine import lora
from bot.engine.decode import Decoder
from bot.engine.denoise import Denoiser, Slot
from bot.engine.encode import Encoder
from bot.engine.loader import load
from bot.engine.lora_file import LoraFile, hash_of, trigger_of
from bot.engine.models import ModelFiles
from bot.engine.shelf import Shelf
from bot.engine.speed import fuse
from bot.engine.wardrobe import Wardrobe
from tests.engine import loras

SIZE = (104, 152)
Draw = Callable[[tuple[Lora, ...]], Slot]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> dict[str, LoraFile]:
    folder = tmp_path_factory.mktemp("loras")
    pipe = StableDiffusionXLPipeline.from_pretrained(tiny_folder, dtype=torch.float32)
    tensors = {"ink": loras.kohya(pipe, 1), "glow": loras.diffusers(pipe, 2)}
    return {
        name: LoraFile(name, loras.saved(folder / f"{name}.safetensors", each))
        for name, each in tensors.items()
    }


def dressed(folder: Path, files: dict[str, LoraFile], limit: int = 2**30) -> tuple[Denoiser, Decoder, Shelf]:
    """A model of its own, since its weights are exchanged."""
    model = load(ModelFiles("tiny", folder), "cpu")
    shelf = Shelf(limit)
    adapters = {name: lora.load(file, model.pipe) for name, file in files.items()}
    wardrobe = Wardrobe("tiny", model.pipe, adapters.__getitem__, shelf)
    return Denoiser(model, Encoder(model.pipe, 2**20), wardrobe=wardrobe), Decoder(model), shelf


def admitted(denoiser: Denoiser, seed: int, *wanted: Lora, words: str = "a sketch") -> Slot:
    return denoiser.admit(words, "bad", SIZE, 4, 5.0, "Euler a", seed, loras=wanted)


def levels(decoder: Decoder, slot: Slot) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return np.asarray(decoder.decode(slot.latents), np.int16)


INK, GLOW = Lora("ink", 0.8), Lora("glow", -0.5)
LOOKS: tuple[tuple[Lora, ...], ...] = ((), (INK,), (INK, GLOW), (GLOW,), (Lora("ink", 0.3),))


@pytest.mark.filterwarnings("ignore:Already found a `peft_config`:UserWarning")
@pytest.mark.parametrize("fused", [False, True])
def test_mixed_batches_are_what_diffusers_draws_with_each(
    tiny_folder: Path, files: dict[str, LoraFile], fused: bool
) -> None:
    pytest.importorskip("peft")
    denoiser, decoder, _ = dressed(tiny_folder, files)
    slots = [admitted(denoiser, seed, *look) for seed, look in enumerate(LOOKS)]
    assert len({slot.key for slot in slots}) == len(LOOKS)
    while not slots[0].finished:
        for slot in slots:  # a look after the other, step by step
            denoiser.step([slot])
    for seed, (look, slot) in enumerate(zip(LOOKS, slots, strict=True)):
        pipe = StableDiffusionXLPipeline.from_pretrained(tiny_folder, dtype=torch.float32)
        pipe.set_progress_bar_config(disable=True)
        for each in look:
            pipe.load_lora_weights(str(files[each.name].path), adapter_name=each.name)
        if look:
            pipe.set_adapters([each.name for each in look], [each.weight for each in look])
        if look and fused:
            pipe.fuse_lora(adapter_names=[each.name for each in look])
        theirs = pipe(
            "a sketch",
            negative_prompt="bad",
            width=SIZE[0],
            height=SIZE[1],
            num_inference_steps=4,
            guidance_scale=5.0,
            generator=torch.Generator("cpu").manual_seed(seed),
        ).images[0]
        assert np.abs(np.asarray(theirs, np.int16) - levels(decoder, slot)).max() <= 1, look


def test_a_lora_is_taken_off_to_the_bit_and_its_words_are_its_own(
    tiny_folder: Path, files: dict[str, LoraFile]
) -> None:
    denoiser, _, _ = dressed(tiny_folder, files)
    before = admitted(denoiser, 7)
    worn = admitted(denoiser, 7, INK)
    after = admitted(denoiser, 7)
    assert not torch.equal(before.positive.hidden, worn.positive.hidden)
    assert torch.equal(before.positive.hidden, after.positive.hidden)
    # glow changes no text encoder, so it shares the words of a picture without LoRAs
    assert admitted(denoiser, 7, GLOW).positive is after.positive
    for slot in (before, worn, after):
        denoiser.step([slot])
    assert torch.equal(before.latents, after.latents) and not torch.equal(before.latents, worn.latents)


def test_one_of_weight_zero_shares_the_batch_of_those_without(
    tiny_folder: Path, files: dict[str, LoraFile]
) -> None:
    denoiser, _, _ = dressed(tiny_folder, files)
    assert admitted(denoiser, 1, Lora("ink", 0.0)).key == admitted(denoiser, 1).key
    assert admitted(denoiser, 1, GLOW, INK).key == admitted(denoiser, 2, INK, GLOW).key


def test_fused_projections_wear_the_same(tiny_folder: Path, files: dict[str, LoraFile]) -> None:
    plain, decoder, _ = dressed(tiny_folder, files)
    model = load(ModelFiles("tiny", tiny_folder), "cpu")
    fuse(model.pipe.unet)
    adapters = {name: lora.load(file, model.pipe) for name, file in files.items()}
    wardrobe = Wardrobe("tiny", model.pipe, adapters.__getitem__, Shelf(2**30))
    denoiser = Denoiser(model, Encoder(model.pipe, 2**20), wardrobe=wardrobe)
    pictures = []
    for each in (plain, denoiser):
        slot = admitted(each, 3, INK, GLOW)
        while not slot.finished:
            each.step([slot])
        pictures.append(levels(decoder, slot))
    assert np.abs(pictures[0] - pictures[1]).max() <= 1


def test_merged_weights_go_when_there_is_no_room(tiny_folder: Path, files: dict[str, LoraFile]) -> None:
    denoiser, _, shelf = dressed(tiny_folder, files, limit=1)
    for _ in range(2):
        for look in LOOKS:
            denoiser.step([admitted(denoiser, 1, *look)])
    assert len(shelf.keys()) == 1


def test_a_hash_is_of_the_tensors_alone_and_a_trigger_is_read(tmp_path: Path) -> None:
    tensors = {"lora_unet_x.lora_up.weight": torch.ones(2, 2)}
    plain = loras.saved(tmp_path / "a.safetensors", tensors)
    said = {"modelspec.trigger_phrase": " in ink "}
    assert hash_of(plain) == hash_of(loras.saved(tmp_path / "b.safetensors", tensors, said))
    assert trigger_of(said) == "in ink" and trigger_of({}) == ""


def spoiled(pipe: StableDiffusionXLPipeline, path: Path, how: str) -> LoraFile:
    tensors = loras.kohya(pipe, 1)
    first = next(iter(tensors))
    match how:
        case "nan":
            tensors[first][0, 0] = float("nan")
        case "another architecture":
            tensors = {f"lora_unet_down_blocks_9_{key[10:]}": each for key, each in tensors.items()}
        case "wider":
            tensors[first] = torch.zeros(loras.RANK, 999)
        case "half":
            del tensors[first]
        case "dora":
            tensors[first.replace("lora_down.weight", "dora_scale")] = torch.ones(1)
        case "loha":
            tensors = {"lora_unet_x.hada_w1_a": torch.ones(1)}
        case "whole model":
            tensors = {"model.diffusion_model.x": torch.ones(1)}
        case "pickled":
            torch.save(tensors, path.with_suffix(".pt"))
            return LoraFile("ink", path.with_suffix(".pt"))
        case "renamed":
            torch.save(tensors, path)
            return LoraFile("ink", path)
        case "missing":
            return LoraFile("ink", path)
        case "cut":
            loras.saved(path, tensors)
            path.write_bytes(path.read_bytes()[:-100])
            return LoraFile("ink", path)
        case "no safetensors":
            path.write_bytes(b"hello, this is a text and no tensors at all")
            return LoraFile("ink", path)
    return LoraFile("ink", loras.saved(path, tensors))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("nan", "holds values that are no numbers"),
        ("another architecture", "for another architecture"),
        ("wider", "for another architecture"),
        ("half", "ink"),
        ("dora", "is a DoRA"),
        ("loha", "is a LoHa"),
        ("whole model", "is a whole model"),
        ("pickled", "is a pickle (.pt)"),
        ("renamed", "is a pickle under another name"),
        ("missing", "is missing"),
        ("cut", "promises"),
        ("no safetensors", "cannot be"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    tmp_path: Path, tiny_folder: Path, how: str, said: str
) -> None:
    pipe = StableDiffusionXLPipeline.from_pretrained(tiny_folder, dtype=torch.float32)
    file = spoiled(pipe, tmp_path / "x.safetensors", how)
    with pytest.raises(ModelError) as caught:
        lora.load(file, pipe)
    message = str(caught.value)
    assert said in message and "LoRA ink" in message and message.endswith((".", "it again.")), message
    assert "\n" not in message
