"""Pictures from pictures, and second passes, in mixed batches, against diffusers' own pipelines."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import numpy.typing as npt
import pytest
import torch
from diffusers import (
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
)
from PIL import Image

from bot.core.events import Stepped, Took, Undrawn
from bot.core.job import Start, Task
from bot.core.request import Vary
from bot.core.size import DEFAULT_SIZE, Size
from bot.engine.loader import Loaded
from bot.engine.messages import Submit
from bot.engine.models import ModelFiles
from bot.engine.samplers import SAMPLERS
from tests.engine.script import Script, parts, pixels, serve, task
from tests.engine.test_denoise import STOCK

NATIVE = (104, 152)
Levels = npt.NDArray[np.int16]


@pytest.fixture(scope="module")
def stock(tiny_folder: Path) -> StableDiffusionXLPipeline:
    pipe = StableDiffusionXLPipeline.from_pretrained(tiny_folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def picture(width: int = NATIVE[0], height: int = NATIVE[1], seed: int = 3) -> Image.Image:
    """Soft colours, since noise would tell no resizing from another."""
    small = np.random.default_rng(seed).integers(0, 256, (7, 5, 3), np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def half(width: int = NATIVE[0], height: int = NATIVE[1]) -> Image.Image:
    """A mask that has the left half drawn anew."""
    mask = Image.new("L", (width, height), 0)
    mask.paste(255, (0, 0, width // 2, height))
    return mask


def png(of: Image.Image) -> bytes:
    file = io.BytesIO()
    of.save(file, "PNG")
    return file.getvalue()


def sibling(kind: Any, stock: StableDiffusionXLPipeline, loaded: Loaded, sampler: str) -> Any:
    pipe = kind(**stock.components, add_watermarker=False)
    pipe.set_progress_bar_config(disable=True)
    theirs = getattr(diffusers, STOCK[sampler])
    pipe.scheduler = theirs.from_config(loaded.pipe.scheduler.config, **SAMPLERS[sampler].settings)
    return pipe


def asked(of: Task, **more: Any) -> dict[str, Any]:
    return {
        "prompt": of.positive,
        "negative_prompt": of.negative,
        "num_inference_steps": of.steps,
        "guidance_scale": of.cfg,
        **more,
    }


def levels(answer: Any) -> Levels:
    return np.asarray(answer.images[0], np.int16)


def mixed(wishes: list[Task], files: ModelFiles, loaded: Loaded) -> dict[str, Levels]:
    """Each wish drawn among the others and two of another kind; keyed by job."""
    others = [task("other", 0, steps=9, cfg=1.0), task("other", 1, steps=3, size=Size(1024, 1024))]
    script = serve(Script(*map(Submit, [others[0], *wishes, others[1]])), files, parts(loaded), max_batch=6)
    assert not script.told(Undrawn)
    return {job: pixels(drawn.png) for (job, _), drawn in script.drawn().items() if job != "other"}


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_pictures_from_pictures_are_the_stock_img2img_pipelines(
    stock: StableDiffusionXLPipeline, loaded: Loaded, tiny_files: ModelFiles, strength: float
) -> None:
    start = Start(png(picture()), strength)
    wishes = [
        task(name, seed=5 + number, steps=7, sampler=name, start=start)
        for number, name in enumerate(SAMPLERS)
    ]
    drawn = mixed(wishes, tiny_files, loaded)
    for wish in wishes:
        pipe = sibling(StableDiffusionXLImg2ImgPipeline, stock, loaded, wish.sampler)
        generator = torch.Generator("cpu").manual_seed(wish.seed)
        expected = levels(pipe(**asked(wish, image=picture(), strength=strength, generator=generator)))
        assert np.abs(drawn[wish.job_id] - expected).max() <= 1, wish.sampler


@pytest.mark.parametrize("strength", [0.6, 1.0])
def test_what_a_mask_leaves_is_the_stock_inpainting_pipelines(
    stock: StableDiffusionXLPipeline, loaded: Loaded, tiny_files: ModelFiles, strength: float
) -> None:
    start = Start(png(picture()), strength, png(half()))
    wishes = [
        task(name, seed=5 + number, steps=7, sampler=name, start=start)
        for number, name in enumerate(SAMPLERS)
    ]
    drawn = mixed(wishes, tiny_files, loaded)
    for wish in wishes:
        pipe = sibling(StableDiffusionXLInpaintPipeline, stock, loaded, wish.sampler)
        expected = levels(
            pipe(
                **asked(wish, image=picture(), mask_image=half(), strength=strength),
                width=NATIVE[0],
                height=NATIVE[1],
                generator=torch.Generator("cpu").manual_seed(wish.seed),
            )
        )
        assert np.abs(drawn[wish.job_id] - expected).max() <= 1, wish.sampler


def test_hires_is_its_two_passes(
    stock: StableDiffusionXLPipeline, loaded: Loaded, tiny_files: ModelFiles
) -> None:
    wishes = [
        task(name, seed=number, steps=4, sampler=name, hires=True) for number, name in enumerate(SAMPLERS)
    ]
    drawn = mixed(wishes, tiny_files, loaded)
    for wish in wishes:
        generator = torch.Generator("cpu").manual_seed(wish.seed)
        first = sibling(StableDiffusionXLPipeline, stock, loaded, wish.sampler)
        latents = first(
            **asked(wish, generator=generator, output_type="latent"), width=NATIVE[0], height=NATIVE[1]
        ).images
        larger = torch.nn.functional.interpolate(latents, size=(28, 20), mode="nearest-exact")
        second = sibling(StableDiffusionXLImg2ImgPipeline, stock, loaded, wish.sampler)
        expected = levels(second(**asked(wish, image=larger, strength=0.55, generator=generator)))
        assert expected.shape == (224, 160, 3)
        assert np.abs(drawn[wish.job_id] - expected).max() <= 1, wish.sampler


def test_both_passes_count_as_steps_and_the_second_at_its_own_size(
    loaded: Loaded, tiny_files: ModelFiles
) -> None:
    wish = task("a", steps=4, sampler="Heun", hires=True, start=Start(png(picture()), 0.5))
    script = serve(Script(Submit(wish)), tiny_files, parts(loaded))
    steps = [(event.step, event.steps) for event in script.told(Stepped)]
    assert steps[-1] == (4, 4) and [step for step, _ in steps] == sorted(step for step, _ in steps)
    large = Size(1248, 1824)
    assert [took.size for took in script.told(Took)] == [DEFAULT_SIZE] * 3 + [large] * 3
    text = Image.open(io.BytesIO(script.drawn()["a", 0].png)).info["parameters"]
    assert "Size: 104x152" in text and "Hires upscale: 1.5" in text and "Denoising strength: 0.5" in text
    assert f"Init image hash: {hashlib.sha256(png(picture())).hexdigest()}" in text


def test_a_variation_lies_between_two_seeds(loaded: Loaded, tiny_files: ModelFiles) -> None:
    shares = (None, 0.0, 0.1, 0.9, 1.0)
    wishes = [
        task("a", number, sampler="Euler", steps=4, vary=None if share is None else Vary(2, share))
        for number, share in enumerate(shares)
    ]
    wishes.append(task("a", 9, sampler="Euler", steps=4, seed=2))
    script = serve(Script(*map(Submit, wishes)), tiny_files, parts(loaded))
    drawn = {index: pixels(each.png).astype(float) for (_, index), each in script.drawn().items()}
    far = np.abs(drawn[0] - drawn[9]).mean()
    assert np.array_equal(drawn[0], drawn[1]) and np.array_equal(drawn[4], drawn[9])
    assert 0 < np.abs(drawn[2] - drawn[0]).mean() < far / 2
    assert 0 < np.abs(drawn[3] - drawn[9]).mean() < far / 2


def test_a_larger_picture_is_cut_to_the_shape_and_its_mask_with_it(
    loaded: Loaded, tiny_files: ModelFiles
) -> None:
    wide = Image.new("RGB", (300, 152), "red")
    wide.paste(picture(), (98, 0))
    marks = Image.new("L", (600, 304), 0)
    marks.paste(half(208, 304), (196, 0))
    wishes = [
        task("wide", steps=4, start=Start(png(wide), 0.5, png(marks))),
        task("own", steps=4, start=Start(png(picture()), 0.5, png(half()))),
    ]
    script = serve(Script(*map(Submit, wishes)), tiny_files, parts(loaded))
    drawn = script.drawn()
    assert np.array_equal(pixels(drawn["wide", 0].png), pixels(drawn["own", 0].png))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"start": Start(png(picture()), 0.0)}, "A strength of 0 leaves none of the 4 steps"),
        ({"start": Start(png(picture()), 0.2)}, "A strength of 0.2 leaves none of the 4 steps"),
        ({"start": Start(png(picture()), 1.5)}, "Strength 1.5 is outside 0 to 1"),
        ({"start": Start(png(picture()), float("nan"))}, "Strength nan is outside 0 to 1"),
        ({"start": Start(b"no", 0.5)}, "no picture that can be read"),
        ({"start": Start(png(picture()), 0.5, b"no")}, "no picture that can be read"),
        ({"start": Start(png(picture()), 0.5, png(Image.new("L", (104, 152))))}, "has nothing white in it"),
        ({"start": Start(png(picture()), 0.5, png(half())), "hires": True}, "leave one of the two out"),
        ({"steps": 1, "hires": True}, "Hires leaves none of 1 steps"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence_and_others_go_on(
    loaded: Loaded, tiny_files: ModelFiles, more: dict[str, Any], said: str
) -> None:
    script = serve(
        Script(Submit(task("a", **{"steps": 4, **more})), Submit(task("b"))), tiny_files, parts(loaded)
    )
    (undrawn,) = script.told(Undrawn)
    assert said in undrawn.sentence and undrawn.sentence.endswith(".")
    assert list(script.drawn()) == [("b", 0)]
