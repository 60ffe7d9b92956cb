"""What the engine draws against what diffusers' own pipeline draws."""

from __future__ import annotations

from pathlib import Path

import diffusers
import numpy as np
import numpy.typing as npt
import pytest
import torch
from diffusers import StableDiffusionXLPipeline

from bot.core.errors import EngineError, InvalidRequest
from bot.core.request import SAMPLERS as OFFERED
from bot.engine.denoise import Denoiser, Slot
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded
from bot.engine.samplers import SAMPLERS, sampler

SIZE = (104, 152)
STOCK = {
    "Euler a": "EulerAncestralDiscreteScheduler",
    "Euler": "EulerDiscreteScheduler",
    "DPM++ 2M Karras": "DPMSolverMultistepScheduler",
    "DPM++ SDE Karras": "DPMSolverSinglestepScheduler",
    "DPM++ 2M SDE Karras": "DPMSolverMultistepScheduler",
    "DDIM": "DDIMScheduler",
    "Heun": "HeunDiscreteScheduler",
    "UniPC": "UniPCMultistepScheduler",
}


@pytest.fixture(scope="module")
def denoiser(loaded: Loaded) -> Denoiser:
    return Denoiser(loaded, Encoder(loaded.pipe, 2**20))


@pytest.fixture(scope="module")
def stock(tiny_folder: Path) -> StableDiffusionXLPipeline:
    pipe = StableDiffusionXLPipeline.from_pretrained(tiny_folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def pixels(denoiser: Denoiser, slot: Slot) -> npt.NDArray[np.int16]:
    return np.asarray(denoiser.decode(slot), np.int16)


def draw(denoiser: Denoiser, *args: object) -> npt.NDArray[np.int16]:
    slot = denoiser.admit(*args)  # type: ignore[arg-type]  # the tests below spell them out
    while not slot.finished:
        denoiser.step([slot])
    return pixels(denoiser, slot)


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize(
    ("negative", "steps", "cfg"), [("bad", 5, 7.0), (None, 4, 5.5), ("", 1, 3.0), ("x", 3, 1.0)]
)
def test_a_picture_alone_is_the_stock_pipelines(
    denoiser: Denoiser,
    stock: StableDiffusionXLPipeline,
    loaded: Loaded,
    name: str,
    negative: str | None,
    steps: int,
    cfg: float,
) -> None:
    theirs = getattr(diffusers, STOCK[name])
    stock.scheduler = theirs.from_config(loaded.pipe.scheduler.config, **SAMPLERS[name].settings)
    expected = stock(
        "1girl, smile",
        negative_prompt=negative,
        width=SIZE[0],
        height=SIZE[1],
        num_inference_steps=steps,
        guidance_scale=cfg,
        generator=torch.Generator("cpu").manual_seed(5),
        output_type="pil",
    ).images[0]
    ours = draw(denoiser, "1girl, smile", negative, SIZE, steps, cfg, name, 5)
    assert ours.std() > 5
    assert np.array_equal(ours, np.asarray(expected, np.int16))


def test_slots_that_join_and_leave_a_batch_draw_what_they_draw_alone(denoiser: Denoiser) -> None:
    wishes = [
        ("1girl, smile", "bad", SIZE, 6, 7.0, "Euler a", 1),
        ("1boy", None, SIZE, 4, 4.0, "DPM++ 2M SDE Karras", 2),
        ("night", "", SIZE, 5, 1.0, "Heun", 3),
        ("(hat:1.5), sunset", "x", SIZE, 3, 6.0, "UniPC", 4),
    ]
    alone = [draw(denoiser, *wish) for wish in wishes]
    slots: list[Slot] = []
    turn = 0
    while len(slots) < len(wishes) or not all(slot.finished for slot in slots):
        if turn % 2 == 0 and len(slots) < len(wishes):
            slots.append(denoiser.admit(*wishes[len(slots)]))
        running = [slot for slot in slots if not slot.finished]
        denoiser.step(running[::-1] if turn % 3 else running)
        turn += 1
    for slot, expected in zip(slots, alone, strict=True):
        assert np.abs(pixels(denoiser, slot) - expected).max() <= 1


def test_a_step_that_failed_can_be_repeated(denoiser: Denoiser, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = ("1girl", "bad", SIZE, 3, 7.0, "Euler a", 9)
    expected = draw(denoiser, *wish)
    slot = denoiser.admit(*wish)
    denoiser.step([slot])
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="out of memory"):
        patch.setattr(denoiser._model.pipe.unet, "forward", _out_of_memory)
        denoiser.step([slot])
    while not slot.finished:
        denoiser.step([slot])
    assert np.array_equal(pixels(denoiser, slot), expected)


def _out_of_memory(*args: object, **kwargs: object) -> None:
    raise RuntimeError("out of memory")


def test_numbers_that_are_none_are_an_error_and_no_picture(denoiser: Denoiser) -> None:
    slot = denoiser.admit("1girl", None, SIZE, 1, 1.0, "Euler a", 0)
    slot.latents = torch.full_like(slot.latents, float("nan"))
    with pytest.raises(EngineError, match="another seed"):
        denoiser.decode(slot)


def test_steps_count_as_people_count_them(denoiser: Denoiser) -> None:
    slot = denoiser.admit("1girl", None, SIZE, 4, 1.0, "Heun", 0)
    counts = []
    while not slot.finished:
        denoiser.step([slot])
        counts.append(slot.steps_done)
    assert counts == sorted(counts)
    assert counts[-1] == 4


def test_the_samplers_on_offer_are_those_there_are() -> None:
    assert tuple(SAMPLERS) == OFFERED


def test_another_sampler_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match=r"'PLMS' is not a sampler here; use Euler a"):
        sampler("PLMS")
