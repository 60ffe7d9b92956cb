"""What a picture's file says of itself, read back by somebody else's parser."""

from __future__ import annotations

import dataclasses
import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from sd_parsers import ParserManager

from bot.core.recipe import Recipe
from bot.core.request import Vary
from bot.imaging import png

RECIPE = Recipe(
    positive="1girl, saber \\(fate\\), (smile:1.2)",
    negative="nsfw, lowres",
    steps=28,
    sampler="DPM++ 2M SDE Karras",
    cfg=6.5,
    seed=4294967295,
    width=104,
    height=152,
    model="chibi",
    model_hash="0123456789abcdef" * 4,
    version="animagine-bot 1.2.3",
)


def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (20, 30, 3), np.uint8))


def written(recipe: Recipe) -> bytes:
    return png.encode(picture(), recipe)


def test_the_pixels_are_kept() -> None:
    with Image.open(io.BytesIO(written(RECIPE))) as image:
        assert np.array_equal(np.asarray(image), np.asarray(picture()))


def test_another_reader_finds_the_recipe() -> None:
    info = ParserManager().parse(io.BytesIO(written(RECIPE)))
    assert info is not None
    (sampler,) = info.samplers
    assert sampler.name == RECIPE.sampler
    assert sampler.parameters == {"cfg_scale": "6.5", "seed": "4294967295", "steps": "28"}
    assert sampler.model is not None
    assert (sampler.model.name, sampler.model.hash) == ("chibi", "0123456789")
    assert [prompt.value for prompt in info.prompts] == [RECIPE.positive]
    assert [prompt.value for prompt in info.negative_prompts] == [RECIPE.negative]
    assert info.metadata["Size"] == "104x152"


@pytest.mark.parametrize("text", ["初音ミク, 🎨, مرحبا", "café", 'quotes " and: colons, steps'])
def test_any_language_comes_back(text: str) -> None:
    info = ParserManager().parse(io.BytesIO(written(dataclasses.replace(RECIPE, positive=text))))
    assert info is not None
    assert [prompt.value for prompt in info.prompts] == [text]


def test_text_beyond_ascii_is_an_international_chunk() -> None:
    assert b"iTXtparameters" in written(dataclasses.replace(RECIPE, positive="猫"))
    assert b"tEXtparameters" in written(RECIPE)


def test_without_a_negative_there_is_no_line_for_it() -> None:
    lines = png.parameters(dataclasses.replace(RECIPE, negative="")).splitlines()
    assert len(lines) == 2
    assert lines[0] == RECIPE.positive


def test_line_breaks_in_a_prompt_cannot_forge_settings() -> None:
    forged = dataclasses.replace(RECIPE, positive="cat\nSteps: 1, Seed: 2", model="a, Seed: 9")
    assert len(png.parameters(forged).splitlines()) == 3
    info = ParserManager().parse(io.BytesIO(written(forged)))
    assert info is not None
    assert info.samplers[0].parameters["seed"] == str(RECIPE.seed)


def test_an_enlarged_picture_says_by_how_much() -> None:
    assert png.parameters(dataclasses.replace(RECIPE, enlarged=4)).endswith(", Enlarged: 4")
    assert "Enlarged" not in png.parameters(RECIPE)
    upscaled = dataclasses.replace(RECIPE, upscaled=2, upscaler="RealESRGAN_x4plus_anime_6B")
    assert png.parameters(upscaled).endswith(
        ", Postprocess upscale by: 2, Postprocess upscaler: RealESRGAN_x4plus_anime_6B"
    )
    assert "upscaler" not in png.parameters(dataclasses.replace(RECIPE, upscaler="Lanczos"))


def test_a_picture_names_the_row_counts_that_drew_it() -> None:
    assert png.parameters(dataclasses.replace(RECIPE, rows=(2,))).endswith(", Rows: 2")
    assert png.parameters(dataclasses.replace(RECIPE, rows=(2, 8))).endswith(", Rows: 2 8")
    assert "Rows" not in png.parameters(RECIPE)


def test_the_xmp_marks_a_trained_models_work() -> None:
    with Image.open(io.BytesIO(written(RECIPE))) as image:
        packet = str(image.info[png.XMP_KEY])
    root = ElementTree.fromstring(packet.encode())
    names = {"ext": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"}
    assert [found.text for found in root.findall(".//ext:DigitalSourceType", names)] == [
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    ]


def test_a_picture_names_what_it_began_from_and_went_on_to() -> None:
    begun = dataclasses.replace(
        RECIPE, strength=0.35, source="ab" * 32, mask="cd" * 32, vary=Vary(7, 0.1), hires=False
    )
    assert png.parameters(begun).endswith(
        "Variation seed: 7, Variation seed strength: 0.1, Denoising strength: 0.35, "
        f"Init image hash: {'ab' * 32}, Mask hash: {'cd' * 32}"
    )
    assert png.parameters(dataclasses.replace(RECIPE, hires=True)).endswith(
        "Denoising strength: 0.55, Hires upscale: 1.5, Hires upscaler: Latent (nearest-exact)"
    )


def test_numbers_read_back_as_they_were() -> None:
    assert [png.number(value) for value in (7.0, 6.5, 1, 5.123456789)] == ["7", "6.5", "1", "5.123456789"]
