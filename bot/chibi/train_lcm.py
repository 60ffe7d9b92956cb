"""Trains the demo model's few-step LoRA: a latent consistency model (Luo et al. 2023) of the shipped one.

The teacher is the shipped model with guidance, the card's negative and a solver of 17 steps. Its ways from
noise to a picture are written down once; the student, the same UNet with a LoRA, learns to answer from
anywhere on a way with the picture at its end. Guidance and negative are thereby in its weights, so that it
draws at CFG 1, where a step costs one row in place of two. Half of the ways begin at noise alone and half at
a finished picture that was noised again, which is what the LCM sampler does between steps.
"""

from __future__ import annotations

import dataclasses
import logging
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save

from bot.chibi import MODEL_DIR, palette
from bot.chibi.captions import CARD_NEGATIVE, GUARD, caption
from bot.chibi.data import BUCKETS, Size
from bot.chibi.subject import Subject, random_subject
from bot.chibi.train_loop import Stage, run_stage, write_atomically
from bot.chibi.train_lora import UNET_PARTS, attach, metadata, read_captions, tensors_of
from bot.chibi.train_unet import denoise
from bot.chibi.unet import SCHEDULE

if TYPE_CHECKING:
    from diffusers import StableDiffusionXLPipeline

log = logging.getLogger(__name__)

LCM = Stage("lcm", steps=700, rate=2e-3, warmup=50, average=0.995, weight_decay=0.0, checkpoint_every=100)
RANK = 4
PARTS = (*UNET_PARTS, "time_emb_proj", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv")
"""What the published LCM-LoRAs of SDXL change."""
CFG = 6.0
"""The teacher's: between the card's 5 and 7."""
STRIDE = 60
"""Timesteps of one step of the teacher; 999, 939 and so on to 39 are 17 of them."""
GRID = 20
"""The LCM sampler's timesteps are 999 less a multiple of this (50 of them)."""
WAYS, AT_ONCE, AGAIN = 100, 8, 2
"""Batches of ways, captions in each, and how often each picture is noised again."""
BATCH = 16


@dataclasses.dataclass(frozen=True, slots=True)
class Ways:
    """What the teacher drew for a batch of captions.

    ``states`` are (steps, N, 4, h, w), the latents before each step, at ``times`` (steps,); ``ends`` are
    (N, 4, h, w), the latents after the last.
    """

    captions: list[str]
    times: torch.Tensor
    states: torch.Tensor
    ends: torch.Tensor


def wished(rng: random.Random) -> str:
    """A caption as the bot writes it for people: good quality, the rating that may be shown anywhere."""
    while (subject := random_subject(rng)).rating != "general":
        pass
    shown = tuple(word for word in subject.extras if word not in palette.DEFECTS)
    good: Subject = dataclasses.replace(subject, quality="masterpiece", extras=shown)
    return caption(good, rng)


def walk(pipeline: StableDiffusionXLPipeline, captions: list[str], latents: torch.Tensor, first: int) -> Ways:
    """Let the teacher draw from latents (N, 4, h, w) that are noised to the timestep ``first``."""
    from diffusers import DPMSolverMultistepScheduler

    times = list(range(first, 0, -STRIDE))
    solver: Any = DPMSolverMultistepScheduler(**SCHEDULE)
    solver.set_timesteps(timesteps=times)
    negative = ", ".join((*CARD_NEGATIVE, *GUARD))
    text, pooled = read_captions(pipeline, [negative] * len(captions) + captions)
    states = []
    for time in solver.timesteps:
        states.append(latents)
        both = torch.cat([latents, latents])
        away, towards = denoise(pipeline.unet, both, time.expand(len(both)), text, pooled).chunk(2)
        latents = solver.step(away + CFG * (towards - away), time, latents, return_dict=False)[0]
    return Ways(captions, torch.tensor(times), torch.stack(states), latents)


def draw_ways(pipeline: StableDiffusionXLPipeline, folder: Path, number: int) -> list[Ways]:
    """The ways of one batch of captions, from pure noise and again from the noised ends; kept in a file."""
    rng = random.Random(f"lcm:{number}")
    size = rng.choices(list(BUCKETS), list(BUCKETS.values()))[0]
    captions = [wished(rng) for _ in range(AT_ONCE)]
    file = folder / f"{number}.safetensors"
    if not file.exists():
        torch.manual_seed(rng.getrandbits(62))
        with torch.inference_mode():
            write_atomically(file, save(_drawn(pipeline, captions, size, rng)))
    tensors = load_file(file)
    return [
        Ways(captions, *(tensors[f"{name}{each}"] for name in ("times", "states", "ends")))
        for each in range(1 + AGAIN)
    ]


def _drawn(
    pipeline: StableDiffusionXLPipeline, captions: list[str], size: Size, rng: random.Random
) -> dict[str, torch.Tensor]:
    width, height = size
    shape = (len(captions), 4, height // 8, width // 8)
    all_ways = [walk(pipeline, captions, torch.randn(shape), 999)]
    for _ in range(AGAIN):
        first = 999 - GRID * rng.randint(2, 47)
        kept = _kept(torch.tensor(first))
        noised = kept.sqrt() * all_ways[0].ends + (1 - kept).sqrt() * torch.randn(shape)
        all_ways.append(walk(pipeline, captions, noised, first))
    return {
        f"{name}{number}": getattr(ways, name)
        for number, ways in enumerate(all_ways)
        for name in ("times", "states", "ends")
    }


def _kept(times: torch.Tensor) -> torch.Tensor:
    """The share of the signal at timesteps, SDXL's alphas_cumprod; any shape."""
    start, end = SCHEDULE["beta_start"] ** 0.5, SCHEDULE["beta_end"] ** 0.5
    betas = torch.linspace(start, end, SCHEDULE["num_train_timesteps"]) ** 2
    return torch.cumprod(1 - betas, 0)[times]


def consistency_loss(
    unet: Any,
    states: torch.Tensor,
    times: torch.Tensor,
    ends: torch.Tensor,
    text: torch.Tensor,
    pooled: torch.Tensor,
) -> torch.Tensor:
    """How far from the ends (N, 4, h, w) the student's answers to states at times (N,) are.

    The paper's pseudo-Huber distance; what noise alone leaves open weighs less. The paper's boundary terms
    are below 1e-5 at the timesteps that the sampler has.
    """
    kept = _kept(times).view(-1, 1, 1, 1)
    noise = (1 - kept).sqrt()
    seen = (states - noise * denoise(unet, states, times, text, pooled)) / kept.sqrt()
    weight = 1 / (0.5 + noise / kept.sqrt())
    distance: torch.Tensor = weight * (((seen - ends).square() + HUBER**2).sqrt() - HUBER)
    return distance.mean()


HUBER = 0.03


def train_lcm(work: Path, file: Path) -> None:
    """Train the LoRA and write it; a run that was stopped goes on where it was."""
    from diffusers import StableDiffusionXLPipeline
    from diffusers.models.attention_processor import AttnProcessor

    torch.manual_seed(0)
    pipeline = StableDiffusionXLPipeline.from_pretrained(MODEL_DIR, dtype=torch.float32)
    pipeline.unet.set_attn_processor(AttnProcessor())  # on CPU its backward pass is the faster one
    for part in (pipeline.unet, pipeline.text_encoder, pipeline.text_encoder_2):
        part.requires_grad_(False)
    ways: list[Ways] = []
    for number in range(WAYS):
        ways += draw_ways(pipeline, work / LCM.name / "ways", number)
        if number % 10 == 9:
            log.info("the teacher drew %d of %d batches", number + 1, WAYS)
    from_noise = [each for each in ways if int(each.times[0]) == 999]
    pairs = attach(pipeline.unet, PARTS, RANK)

    def loss(step: int, rng: random.Random) -> torch.Tensor:
        chosen = rng.choice(from_noise if rng.random() < 0.4 else ways)
        same = [each for each in ways if each.ends.shape == chosen.ends.shape]
        picked = [chosen, *rng.choices(same, k=BATCH // AT_ONCE - 1)]
        states, times, ends, captions = [], [], [], []
        for each in picked:
            for row, text in enumerate(each.captions):
                # Where a way begins is where the sampler will stand; the rest shows what leads to the same.
                at = 0 if rng.random() < 0.5 else rng.randrange(len(each.times))
                states.append(each.states[at, row])
                times.append(each.times[at])
                ends.append(each.ends[row])
                captions.append(text)
        with torch.no_grad():
            text_states, pooled = read_captions(pipeline, captions)
        return consistency_loss(
            pipeline.unet, torch.stack(states), torch.stack(times), torch.stack(ends), text_states, pooled
        )

    run_stage(LCM, {"lora_unet": pairs}, loss, work)
    said = metadata("chibi lcm", "", RANK)
    write_atomically(file, save(tensors_of({"lora_unet": pairs}, RANK), said))
    log.info("wrote %s", file)
