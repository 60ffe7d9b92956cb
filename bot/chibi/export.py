"""Puts trained weights together as the diffusers folder that ships."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bot.chibi import tokenizer
from bot.chibi.text import TextEncoders
from bot.chibi.train_loop import load_weights
from bot.chibi.unet import SCHEDULE, build_unet
from bot.chibi.vae import build_vae

if TYPE_CHECKING:
    from diffusers import StableDiffusionXLPipeline


def assemble(
    tokenizers: Path, encoders_file: Path, unet_file: Path, vae_file: Path
) -> StableDiffusionXLPipeline:
    """Return the stock pipeline over weights that training left, in single precision."""
    from diffusers import EulerAncestralDiscreteScheduler, StableDiffusionXLPipeline

    first, second = tokenizer.load(tokenizers)
    encoders = TextEncoders((first, second))
    unet, vae = build_unet(), build_vae()
    load_weights(encoders, encoders_file)
    load_weights(unet, unet_file)
    load_weights(vae, vae_file)
    scheduler = EulerAncestralDiscreteScheduler(**SCHEDULE, timestep_spacing="leading", steps_offset=1)
    pipeline = StableDiffusionXLPipeline(
        vae=vae.eval(),
        text_encoder=encoders.first.eval(),
        text_encoder_2=encoders.second.eval(),
        tokenizer=first,
        tokenizer_2=second,
        unet=unet.eval(),
        scheduler=scheduler,
        force_zeros_for_empty_prompt=True,
        add_watermarker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def export(pipeline: StableDiffusionXLPipeline, folder: Path) -> None:
    """Write the pipeline to the folder as safetensors; other files in the folder stay.

    The denoiser and the autoencoder are stored as float16. The text encoders stay float32: transformers
    loads them as they are stored unless told otherwise, and the rest of a pipeline loads as float32.
    """
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary) / "model"
        pipeline.unet.half()
        pipeline.vae.half()
        pipeline.save_pretrained(made, safe_serialization=True)
        for name, own in (("tokenizer", pipeline.tokenizer), ("tokenizer_2", pipeline.tokenizer_2)):
            tokenizer.write_files(own, made / name)
        for config in made.rglob("*.json"):
            _forget_origin(config)
        for path in made.rglob("*"):
            if path.is_file():
                target = folder / path.relative_to(made)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
                target.chmod(0o644)


def _forget_origin(path: Path) -> None:
    """Strip the folder names that the libraries write into their configs."""
    values = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(values, dict) and ("_name_or_path" in values or "name_or_path" in values):
        kept = {key: value for key, value in values.items() if key not in ("_name_or_path", "name_or_path")}
        path.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
