"""Several models in one worker: loaded on demand, let go when there is no room, pictures told apart."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from bot.core.errors import InvalidRequest, ModelError
from bot.core.events import Loading, Ready, WorkerEvent
from bot.core.job import Task
from bot.core.lora import Lora
from bot.core.size import DEFAULT_SIZE
from bot.engine.denoise import Denoiser, Slot
from bot.engine.encode import Encoder
from bot.engine.library import Library
from bot.engine.loader import Loaded, load
from bot.engine.lora_file import LoraFile
from bot.engine.messages import WorkerSettings
from bot.engine.models import ModelFiles
from bot.engine.parts import load_parts
from bot.engine.samplers import SAMPLERS
from bot.engine.schedules import AYS, scheduled
from tests.engine import loras

SIZE = (104, 152)


@pytest.fixture(scope="module")
def settings(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> WorkerSettings:
    files = ModelFiles("tiny", tiny_folder)
    pipe = load(files, "cpu").pipe
    path = loras.saved(tmp_path_factory.mktemp("loras") / "ink.safetensors", loras.kohya(pipe, 1))
    return WorkerSettings(
        files,
        device="cpu",
        models={"two": files, "three": files},
        loras={"ink": LoraFile("ink", path), "lost": LoraFile("lost", path.with_name("lost.safetensors"))},
    )


def library(settings: WorkerSettings, told: list[WorkerEvent], **more: int) -> Library:
    settings = dataclasses.replace(settings, **more)  # type: ignore[arg-type]
    return Library(load_parts(settings, told.append), settings, told.append)


def drawn(library: Library, model: str | None, *wanted: Lora) -> Slot:
    slot = library.parts(model).denoiser.admit("x", "bad", SIZE, 2, 5.0, "Euler a", 1, loras=wanted)
    while not slot.finished:
        library.advance(slot, library.predict([slot])[0])
    return slot


def test_models_come_on_demand_and_go_when_there_is_no_room(settings: WorkerSettings) -> None:
    told: list[WorkerEvent] = []
    held = library(settings, told, library_bytes=settings.files.nbytes * 3)
    told.clear()
    assert held.parts("two") is held.parts("two")
    assert [type(event) for event in told] == [Loading, Ready]
    assert isinstance(told[1], Ready) and told[1].model.name == "tiny"
    held.parts("three")
    assert [key[1] for key in held.shelf.keys() if isinstance(key, tuple) and key[0] == "model"] == ["three"]  # noqa: SIM118
    with pytest.raises(ModelError, match="There is no model 'four' here"):
        held.parts("four")


def test_pictures_of_models_and_loras_keep_apart_and_are_the_same_each_time(settings: WorkerSettings) -> None:
    held = library(settings, [])
    slots = [
        drawn(held, None),
        drawn(held, "two"),
        drawn(held, None, Lora("ink")),
        drawn(held, "two", Lora("ink")),
    ]
    assert len({slot.key for slot in slots}) == 4
    assert torch.equal(slots[0].latents, slots[1].latents)  # the same files under two names
    assert torch.equal(slots[2].latents, slots[3].latents)
    assert not torch.equal(slots[0].latents, slots[2].latents)
    assert torch.equal(drawn(held, None).latents, slots[0].latents)


def test_a_lora_that_cannot_be_used_fails_its_picture_alone(settings: WorkerSettings) -> None:
    held = library(settings, [])
    for name, said in (("lost", "is missing"), ("no", "There is no LoRA 'no' here")):
        with pytest.raises(ModelError, match=said):
            drawn(held, None, Lora(name))
    drawn(held, None)


def test_hashes_are_told_by_name(settings: WorkerSettings) -> None:
    held = library(settings, [])
    task = Task("a", 0, "x", None, DEFAULT_SIZE, 2, 5.0, "Euler a", 1, loras=(Lora("ink"),), model="two")
    [(name, digest)] = held.hashes(task)
    assert name == "ink" and len(digest) == 64


def test_guidance_in_a_share_of_the_steps_takes_one_row_elsewhere(loaded: Loaded) -> None:
    denoiser = Denoiser(loaded, Encoder(loaded.pipe, 2**20))
    slot = denoiser.admit("x", "bad", SIZE, 4, 5.0, "Euler", 1, guidance=(0.25, 0.5))
    beside = denoiser.admit("x", "bad", SIZE, 4, 5.0, "Euler", 1)
    widths = []
    while not slot.finished:
        widths.append(slot.width)
        denoiser.step([slot, beside])
    assert widths == [1, 2, 1, 1]
    assert not torch.equal(slot.latents, beside.latents)


@pytest.mark.parametrize("name", ["Euler", "DPM++ 2M Karras", "DPM++ SDE Karras", "DPM++ 2M SDE Karras"])
def test_the_fast_schedule_is_diffusers_own(loaded: Loaded, name: str) -> None:
    denoiser = Denoiser(loaded, Encoder(loaded.pipe, 2**20))
    slot = denoiser.admit("x", "bad", SIZE, 10, 5.0, name, 1, schedule="ays")
    assert [round(float(step)) for step in slot.timesteps] == AYS
    while not slot.finished:
        denoiser.step([slot])
    assert bool(torch.isfinite(slot.latents).all())


def test_trailing_begins_at_pure_noise(loaded: Loaded) -> None:
    config = dict(loaded.pipe.scheduler.config)
    assert float(scheduled(SAMPLERS["Euler"], config, 4, "trailing").timesteps[0]) == 999


@pytest.mark.parametrize(
    ("schedule", "steps", "sampler", "said"),
    [
        ("best", 10, "Euler", "is not a schedule"),
        ("ays", 9, "Euler", "10 steps"),
        ("ays", 10, "DDIM", "cannot"),
    ],
)
def test_schedules_that_cannot_be_followed_are_refused(
    loaded: Loaded, schedule: str, steps: int, sampler: str, said: str
) -> None:
    with pytest.raises(InvalidRequest, match=said):
        scheduled(SAMPLERS[sampler], dict(loaded.pipe.scheduler.config), steps, schedule)
