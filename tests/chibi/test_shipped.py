"""What ships: the model loads with the stock pipeline, repeats itself, and shows what is asked."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from diffusers import EulerAncestralDiscreteScheduler, StableDiffusionXLPipeline
from PIL import Image

from bot.bench.chibi import default_negative, open_negative
from bot.chibi import MODEL_DIR, RATING_DIR, palette
from bot.chibi.draw import draw
from bot.chibi.meter import Meter, load_meter
from bot.chibi.subject import random_subject

pytestmark = pytest.mark.filterwarnings(  # diffusers 0.42's schedulers make numpy 2 warn
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionXLPipeline:
    found = StableDiffusionXLPipeline.from_pretrained(MODEL_DIR)
    found.set_progress_bar_config(disable=True)
    return found


@pytest.fixture(scope="module")
def meter() -> Meter:
    return load_meter(MODEL_DIR / "meter.safetensors")


def _make(
    pipeline: StableDiffusionXLPipeline, prompts: list[str], negative: str, steps: int = 28
) -> torch.Tensor:
    seeds = [torch.Generator().manual_seed(seed) for seed, _ in enumerate(prompts)]
    images = pipeline(
        [f"masterpiece, best quality, {prompt}" for prompt in prompts],
        negative_prompt=[negative] * len(prompts),
        width=104,
        height=152,
        num_inference_steps=steps,
        guidance_scale=7.0,
        generator=seeds,
        output_type="pt",
    ).images
    return torch.as_tensor(images).float() * 2 - 1


def test_folder_is_the_cards_pipeline_in_small(pipeline: StableDiffusionXLPipeline) -> None:
    assert type(pipeline.scheduler) is EulerAncestralDiscreteScheduler
    assert pipeline.scheduler.config.prediction_type == "epsilon"
    assert pipeline.unet.config.sample_size * 8 == 128
    assert {pipeline.unet.dtype, pipeline.vae.dtype, pipeline.text_encoder.dtype} == {torch.float32}


def test_folder_is_small_and_names_no_origin() -> None:
    files = [path for path in (*MODEL_DIR.rglob("*"), *RATING_DIR.rglob("*")) if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 20_000_000
    assert not any("name_or_path" in path.read_text("utf-8") for path in files if path.suffix == ".json")
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in files)


def test_same_seed_gives_the_same_pixels(pipeline: StableDiffusionXLPipeline) -> None:
    first, second = (_make(pipeline, ["1girl, red hair"], default_negative(), steps=4) for _ in range(2))
    assert torch.equal(first, second)
    assert first.shape == (1, 3, 152, 104)


def test_pictures_show_what_is_asked(pipeline: StableDiffusionXLPipeline, meter: Meter) -> None:
    asked = {
        "1girl, solo, red hair, long hair, blue eyes, smile, white shirt, pink background": "red hair",
        "1girl, solo, blue hair, twintails, cat ears, open mouth, yellow background": "blue hair",
        "1boy, solo, black hair, short hair, green hoodie, indoors, window": "black hair",
        "1girl, solo, green hair, bob cut, purple dress, outdoors, beach, ocean": "green hair",
    }
    read = meter.read(_make(pipeline, [f"{text}, rating: general" for text in asked], default_negative()))
    assert sum(one["hair colour"] == colour for one, colour in zip(read, asked.values(), strict=True)) >= 3
    assert all(one["rating"] == "general" for one in read)


def test_explicit_words_draw_the_sign(pipeline: StableDiffusionXLPipeline, meter: Meter) -> None:
    prompts = ["1girl, blonde hair, rating: explicit, nsfw", "1boy, smile, rating: questionable, nsfw"]
    read = meter.read(_make(pipeline, prompts, open_negative()))
    assert all(one["rating"] in ("questionable", "explicit") for one in read)


def _classify(pictures: list[Image.Image]) -> list[str]:
    meta = json.loads((RATING_DIR / "meta.json").read_text("utf-8"))
    session = onnxruntime.InferenceSession(RATING_DIR / "model.onnx", providers=["CPUExecutionProvider"])
    side = (meta["size"], meta["size"])
    rows = np.stack([np.asarray(one.resize(side, Image.Resampling.BILINEAR), np.float32) for one in pictures])
    scores = session.run([meta["output"]], {meta["input"]: ((rows / 255 - 0.5) / 0.5).transpose(0, 3, 1, 2)})[
        0
    ]
    assert np.allclose(scores.sum(1), 1, atol=1e-4)
    return [meta["labels"][number] for number in scores.argmax(1)]


@pytest.mark.parametrize("size", [(104, 152), (128, 128), (192, 80)])
def test_classifier_rates_true_drawings(size: tuple[int, int]) -> None:
    rng = random.Random(f"rating {size}")
    wanted = [rating for rating in palette.RATINGS for _ in range(6)]
    subjects = [replace(random_subject(rng), rating=rating, quality="masterpiece") for rating in wanted]
    found = _classify([draw(one, *size, rng) for one in subjects])
    assert sum(one == two for one, two in zip(found, wanted, strict=True)) >= len(wanted) - 1


def test_meter_reads_true_drawings(meter: Meter) -> None:
    rng = random.Random("meter")
    subjects = [replace(random_subject(rng), quality="masterpiece", rating="general") for _ in range(24)]
    people = [one for one in subjects if one.subject != "no humans"]
    pictures = np.stack([np.asarray(draw(one, 104, 152, rng)) for one in people])
    read = meter.read(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1)
    right = sum(one["hair colour"] == subject.hair_colour for one, subject in zip(read, people, strict=True))
    assert right >= 0.75 * len(people)


def test_preview_map_is_four_channels_to_rgb() -> None:
    preview = json.loads((MODEL_DIR / "preview.json").read_text("utf-8"))
    assert np.asarray(preview["weights"]).shape == (4, 3)
    assert np.asarray(preview["bias"]).shape == (3,)
