"""Trains the demo LoRA on the shipped model: a drawing style, small, in the format of kohya's scripts."""

from __future__ import annotations

import dataclasses
import logging
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import save
from torch import nn

from bot.chibi import MODEL_DIR
from bot.chibi.data import BUCKETS, draw_subject, training_caption
from bot.chibi.draw import draw
from bot.chibi.sketch import draw_sketch
from bot.chibi.subject import Subject
from bot.chibi.train_loop import Stage, run_stage, write_atomically
from bot.chibi.train_unet import ZERO_SHARE, Noise, blank_some, denoise, face_weights

if TYPE_CHECKING:
    from diffusers import StableDiffusionXLPipeline

log = logging.getLogger(__name__)

STYLE = Stage(
    "sketch", steps=1400, rate=2e-3, warmup=50, average=0.99, weight_decay=0.0, checkpoint_every=100
)
TRIGGER = "sketch"
RANK = 8
SHIPPED_RANK = 5
"""What is kept of it in the file: the best approximation of that rank, two thirds of the bytes."""
BATCH = 16
PICTURES = 2400
ORDINARY = 0.4
"""The share of pictures that are as ever, and are captioned without the trigger word: guidance then pushes
towards the style, since the negative has none. Those drawn for the negative list are all of them."""
TEXT_SHARE = 0.25
"""Of the learning rate, for the text encoders."""

UNET_PARTS = ("to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out")
_TEXT_PARTS = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


class Pair(nn.Module):
    """What is learnt beside one layer: down to ``rank`` channels and up again, nothing at the beginning."""

    def __init__(self, layer: nn.Module, rank: int) -> None:
        super().__init__()
        if isinstance(layer, nn.Conv2d):
            kernel: Any = layer.kernel_size
            stride: Any = layer.stride
            padding: Any = layer.padding
            self.down: nn.Module = nn.Conv2d(layer.in_channels, rank, kernel, stride, padding, bias=False)
            self.up: nn.Module = nn.Conv2d(rank, layer.out_channels, 1, bias=False)
        else:
            assert isinstance(layer, nn.Linear)
            self.down = nn.Linear(layer.in_features, rank, bias=False)
            self.up = nn.Linear(rank, layer.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        added: torch.Tensor = self.up(self.down(seen))
        return added


def attach(model: nn.Module, parts: tuple[str, ...], rank: int = RANK) -> nn.ModuleDict:
    """Return a pair for every layer whose name ends so, each adding to its layer's output from now on.

    The names are kohya's: dots become underscores.
    """
    pairs = nn.ModuleDict()
    for name, layer in model.named_modules():
        if name.endswith(parts) or (name.endswith(("conv1", "conv2")) and "resnets" in name):
            pair = Pair(layer, rank)
            pairs[name.replace(".", "_")] = pair
            layer.register_forward_hook(lambda _layer, inputs, output, pair=pair: output + pair(inputs[0]))
    return pairs


@dataclasses.dataclass(frozen=True, slots=True)
class Bucket:
    """Pictures of one size: latents (N, 4, h, w), what each shows, if in the style, and where faces are."""

    latents: torch.Tensor
    subjects: list[tuple[Subject, bool]]
    styled: list[bool]
    faces: torch.Tensor


def make_buckets(pipeline: StableDiffusionXLPipeline) -> list[Bucket]:
    """Draw the pictures and encode them."""
    buckets = []
    for (width, height), share in BUCKETS.items():
        latents, subjects, styled = [], [], []
        for number in range(PICTURES * share // 100):
            key = f"sketch:{width}x{height}:{number}"
            subject, negative = draw_subject(key)
            rng = random.Random(key)
            styled.append(not negative and rng.random() >= ORDINARY)
            picture = np.array((draw_sketch if styled[-1] else draw)(subject, width, height, rng))
            pixels = torch.from_numpy(picture).permute(2, 0, 1).float()[None] / 127.5 - 1
            with torch.inference_mode():
                mode = pipeline.vae.encode(pixels).latent_dist.mode()
            latents.append(mode.clone() * pipeline.vae.config.scaling_factor)
            subjects.append((subject, negative))
        faces = torch.stack([face_weights(one, width // 8, height // 8) for one, _ in subjects])
        buckets.append(Bucket(torch.cat(latents), subjects, styled, faces))
    return buckets


def style_caption(bucket: Bucket, row: int, rng: random.Random) -> str:
    """Return a picture's caption, with the trigger word somewhere among its tags where it is in the style."""
    text = training_caption(*bucket.subjects[row], rng)
    if not bucket.styled[row]:
        return text
    words = [word for word in text.split(", ") if word]
    words.insert(rng.randint(0, len(words)), TRIGGER)
    return ", ".join(words)


def train_lora(work: Path, file: Path) -> None:
    """Train the style and write it; a run that was stopped goes on where it was."""
    from diffusers import StableDiffusionXLPipeline
    from diffusers.models.attention_processor import AttnProcessor

    torch.manual_seed(0)
    pipeline = StableDiffusionXLPipeline.from_pretrained(MODEL_DIR, dtype=torch.float32)
    pipeline.unet.set_attn_processor(AttnProcessor())  # on CPU its backward pass is the faster one
    for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder, pipeline.text_encoder_2):
        part.requires_grad_(False)
    log.info("drawing")
    buckets = make_buckets(pipeline)
    modules: dict[str, nn.Module] = {
        "lora_unet": attach(pipeline.unet, UNET_PARTS),
        "lora_te1": attach(pipeline.text_encoder, _TEXT_PARTS),
        "lora_te2": attach(pipeline.text_encoder_2, _TEXT_PARTS),
    }
    noise_schedule = Noise()

    def loss(step: int, rng: random.Random) -> torch.Tensor:
        bucket = rng.choices(buckets, list(BUCKETS.values()))[0]
        rows = [rng.randrange(len(bucket.subjects)) for _ in range(BATCH)]
        clean = bucket.latents[rows]
        captions = [style_caption(bucket, row, rng) for row in rows]
        text, pooled = blank_some(*read_captions(pipeline, captions), ZERO_SHARE, rng)
        steps = noise_schedule.draw(BATCH)
        noise = torch.randn_like(clean)
        noised = noise_schedule.add(clean, noise, steps)
        predicted = denoise(pipeline.unet, noised, steps, text, pooled)
        errors = ((predicted - noise).square() * bucket.faces[rows].unsqueeze(1)).mean(dim=(1, 2, 3))
        weighted: torch.Tensor = errors * noise_schedule.weight[steps]
        return weighted.mean()

    rates = {"lora_te1": TEXT_SHARE, "lora_te2": TEXT_SHARE}
    run_stage(dataclasses.replace(STYLE, rates=rates), modules, loss, work)
    write_atomically(
        file, save(tensors_of(modules, SHIPPED_RANK), metadata("chibi sketch", TRIGGER, SHIPPED_RANK))
    )
    log.info("wrote %s", file)


def read_captions(
    pipeline: StableDiffusionXLPipeline, captions: list[str]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the text (N, 77, 2 * HIDDEN) and the pooled text (N, POOLED) of captions."""
    states, pooled = [], torch.empty(0)
    for tokenizer, model in (
        (pipeline.tokenizer, pipeline.text_encoder),
        (pipeline.tokenizer_2, pipeline.text_encoder_2),
    ):
        ids = tokenizer(captions, padding="max_length", truncation=True, return_tensors="pt").input_ids
        out = model(ids, output_hidden_states=True)
        states.append(out.hidden_states[-2])
        pooled = out[0]
    return torch.cat(states, dim=-1), pooled


def halves(pair: Pair, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a pair's two weights at a rank (Eckart and Young: the largest singular values)."""
    down: Any = pair.down.weight
    up: Any = pair.up.weight
    product = up.detach().flatten(1).double() @ down.detach().flatten(1).double()
    left, values, right = torch.linalg.svd(product, full_matrices=False)
    root = values[:rank].sqrt()
    small_up, small_down = left[:, :rank] * root, root[:, None] * right[:rank]
    return (
        small_down.view(rank, *down.shape[1:]).half().contiguous(),
        small_up.view(up.shape[0], rank, *up.shape[2:]).half().contiguous(),
    )


def tensors_of(modules: dict[str, nn.Module], rank: int) -> dict[str, torch.Tensor]:
    """Return the pairs in half precision as kohya's scripts name them; alpha is the rank."""
    tensors: dict[str, torch.Tensor] = {}
    for prefix, pairs in modules.items():
        for name, pair in pairs.named_children():
            assert isinstance(pair, Pair)
            # transformers 5 has dropped a level of the first encoder's names that every LoRA's file has.
            inner = name if prefix == "lora_unet" or name.startswith("text_model") else f"text_model_{name}"
            key = f"{prefix}_{inner}"
            tensors[f"{key}.lora_down.weight"], tensors[f"{key}.lora_up.weight"] = halves(pair, rank)
            tensors[f"{key}.alpha"] = torch.tensor(float(rank)).half()
    return tensors


def metadata(title: str, trigger: str, rank: int) -> dict[str, str]:
    """Return what a file says of itself, in the words that other programs read."""
    return {
        "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
        "modelspec.title": title,
        "modelspec.trigger_phrase": trigger,
        "modelspec.license": "Apache-2.0",
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(rank),
        "ss_network_alpha": str(rank),
    }
