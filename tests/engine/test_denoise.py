"""What the engine draws against what diffusers' own pipeline draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import numpy.typing as npt
import pytest
import torch
from diffusers import StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline

from bot.core.errors import InvalidRequest
from bot.core.request import PROFILE_SAMPLERS
from bot.core.request import SAMPLERS as OFFERED
from bot.engine.decode import Decoder
from bot.engine.denoise import Denoiser, Slot
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded
from bot.engine.samplers import SAMPLERS, sampler
from bot.engine.start import Start

Picture = npt.NDArray[np.int16]
Pixels = Callable[[Slot], Picture]

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
    "LCM": "LCMScheduler",
}


@pytest.fixture(scope="module")
def denoiser(loaded: Loaded) -> Denoiser:
    return Denoiser(loaded, Encoder(loaded.pipe, 2**20))


@pytest.fixture(scope="module")
def stock(tiny_folder: Path) -> StableDiffusionXLPipeline:
    pipe = StableDiffusionXLPipeline.from_pretrained(tiny_folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.fixture(scope="module")
def pixels(loaded: Loaded) -> Pixels:
    decoder = Decoder(loaded)
    return lambda slot: np.asarray(decoder.decode(slot.latents), np.int16)


@pytest.fixture(scope="module")
def draw(denoiser: Denoiser, pixels: Pixels) -> Callable[..., Picture]:
    def drawn(*args: Any, count: int | None = None, **more: Any) -> Picture:
        slot = denoiser.admit(*args, **more)
        while not slot.finished:
            denoiser.step([slot], count)
        return pixels(slot)

    return drawn


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize(
    ("negative", "steps", "cfg"), [("bad", 5, 7.0), (None, 4, 5.5), ("", 1, 3.0), ("x", 3, 1.0)]
)
def test_a_picture_alone_is_the_stock_pipelines(
    draw: Callable[..., Picture],
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
    ours = draw("1girl, smile", negative, SIZE, steps, cfg, name, 5)
    assert ours.std() > 5
    assert np.array_equal(ours, np.asarray(expected, np.int16))


def test_slots_that_join_and_leave_a_batch_draw_what_they_draw_alone(
    denoiser: Denoiser, draw: Callable[..., Picture], pixels: Pixels
) -> None:
    wishes = [
        ("1girl, smile", "bad", SIZE, 6, 7.0, "Euler a", 1),
        ("1boy", None, SIZE, 4, 4.0, "DPM++ 2M SDE Karras", 2),
        ("night", "", SIZE, 5, 1.0, "Heun", 3),
        ("(hat:1.5), sunset", "x", SIZE, 3, 6.0, "UniPC", 4),
    ]
    alone = [draw(*wish) for wish in wishes]
    slots: list[Slot] = []
    turn = 0
    while len(slots) < len(wishes) or not all(slot.finished for slot in slots):
        if turn % 2 == 0 and len(slots) < len(wishes):
            slots.append(denoiser.admit(*wishes[len(slots)]))
        running = [slot for slot in slots if not slot.finished]
        denoiser.step(running[::-1] if turn % 3 else running)
        turn += 1
    for slot, expected in zip(slots, alone, strict=True):
        assert np.abs(pixels(slot) - expected).max() <= 1


def test_a_step_that_failed_can_be_repeated(
    denoiser: Denoiser,
    draw: Callable[..., Picture],
    pixels: Pixels,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wish = ("1girl", "bad", SIZE, 3, 7.0, "Euler a", 9)
    expected = draw(*wish)
    slot = denoiser.admit(*wish)
    denoiser.step([slot])
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="out of memory"):
        patch.setattr(denoiser._model.pipe.unet, "forward", _out_of_memory)
        denoiser.step([slot])
    while not slot.finished:
        denoiser.step([slot])
    assert np.array_equal(pixels(slot), expected)


def _out_of_memory(*args: object, **kwargs: object) -> None:
    raise RuntimeError("out of memory")


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("strength", [0.3, 0.75, 1.0])
def test_a_picture_from_a_picture_is_the_stock_img2img_pipelines(
    draw: Callable[..., Picture],
    stock: StableDiffusionXLPipeline,
    loaded: Loaded,
    name: str,
    strength: float,
) -> None:
    latents = torch.randn(1, 4, SIZE[1] // 8, SIZE[0] // 8, generator=torch.Generator().manual_seed(2))
    sibling = StableDiffusionXLImg2ImgPipeline(**stock.components, add_watermarker=False)
    sibling.set_progress_bar_config(disable=True)
    theirs = getattr(diffusers, STOCK[name])
    sibling.scheduler = theirs.from_config(loaded.pipe.scheduler.config, **SAMPLERS[name].settings)
    # Its size is that of its input, which it takes for pixels here.
    expected = sibling(
        "1girl, smile",
        negative_prompt="bad",
        image=latents,
        original_size=SIZE[::-1],
        target_size=SIZE[::-1],
        strength=strength,
        num_inference_steps=7,
        guidance_scale=6.0,
        generator=torch.Generator("cpu").manual_seed(5),
        output_type="pil",
    ).images[0]
    ours = draw("1girl, smile", "bad", SIZE, 7, 6.0, name, 5, start=Start(latents, strength))
    assert np.array_equal(ours, np.asarray(expected, np.int16))


@pytest.mark.parametrize("strength", [0.0, 0.1])
def test_a_strength_that_leaves_no_step_is_refused(denoiser: Denoiser, strength: float) -> None:
    start = Start(torch.zeros(1, 4, SIZE[1] // 8, SIZE[0] // 8), strength)
    with pytest.raises(InvalidRequest, match="leaves none of the 7 steps"):
        denoiser.admit("1girl", "", SIZE, 7, 5.0, "Euler", 1, start)


def test_at_one_row_count_neighbours_and_places_change_nothing(
    denoiser: Denoiser, draw: Callable[..., Picture], pixels: Pixels
) -> None:
    wish = ("1girl, smile", "bad", SIZE, 4, 7.0, "Euler a", 1)
    for count in (2, 4, 8):
        expected = draw(*wish, count=count)
        for before, after in ((0, 0), (1, 0), (0, 1), (2, 1)):
            if 2 * (before + 1 + after) > count:
                continue
            others = [
                denoiser.admit("night", None, SIZE, 5, 3.0, "Euler", seed) for seed in range(before + after)
            ]
            slot = denoiser.admit(*wish)
            while not slot.finished:
                denoiser.step([*others[:before], slot, *others[before:]], count)
            assert slot.counts == [count]
            assert np.array_equal(pixels(slot), expected)


def test_prompts_of_several_chunks_are_drawn_with_empty_ones_on_the_shorter_side(
    denoiser: Denoiser, stock: StableDiffusionXLPipeline, loaded: Loaded, draw: Callable[..., Picture]
) -> None:
    long = ", ".join("abcdefghij" * 15)
    encoder = Encoder(loaded.pipe, 2**20)
    positive, negative = encoder.pair(long, "bad")
    stock.scheduler = diffusers.EulerDiscreteScheduler.from_config(loaded.pipe.scheduler.config)
    expected = stock(
        prompt_embeds=positive.hidden,
        pooled_prompt_embeds=positive.pooled,
        negative_prompt_embeds=negative.hidden,
        negative_pooled_prompt_embeds=negative.pooled,
        width=SIZE[0],
        height=SIZE[1],
        num_inference_steps=3,
        guidance_scale=5.0,
        generator=torch.Generator("cpu").manual_seed(5),
        output_type="pil",
    ).images[0]
    assert denoiser.admit(long, "bad", SIZE, 3, 5.0, "Euler", 5).key.tokens == 3 * 77
    ours = draw(long, "bad", SIZE, 3, 5.0, "Euler", 5)
    assert np.array_equal(ours, np.asarray(expected, np.int16))


def test_steps_count_as_people_count_them(denoiser: Denoiser) -> None:
    slot = denoiser.admit("1girl", None, SIZE, 4, 1.0, "Heun", 0)
    counts = []
    while not slot.finished:
        denoiser.step([slot])
        counts.append(slot.steps_done)
    assert counts == sorted(counts)
    assert counts[-1] == 4


def test_the_samplers_on_offer_are_those_there_are() -> None:
    assert tuple(SAMPLERS) == (*OFFERED, *PROFILE_SAMPLERS)


def test_another_sampler_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match=r"'PLMS' is not a sampler here; use Euler a"):
        sampler("PLMS")
