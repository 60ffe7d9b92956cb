"""Trains the denoiser in the model card's three stages, over latents encoded once and fresh captions."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from bot.chibi import palette, tokenizer
from bot.chibi.data import load_pools, pick_pool, training_caption
from bot.chibi.draw import head_place
from bot.chibi.latents import load_latents
from bot.chibi.subject import Subject
from bot.chibi.text import TextEncoders
from bot.chibi.train_loop import Crew, Stage, final_file, load_weights, run_stage
from bot.chibi.train_text import TagReader, numbered_tags, reading_loss
from bot.chibi.unet import SCHEDULE, build_unet

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel

MIN_SNR = 5.0
ZERO_SHARE = 0.04
"""Share of the samples without any text, as the stock pipeline makes them when no negative is given."""

NOISE_OFFSET = 0.0357
"""The model card's, in its second and third stage."""

READING = 0.01
"""Weight of the tag readers' loss while the text encoders learn too, so that they go on telling which colour
is whose: the denoiser's own loss is slow to teach it."""

TOP_QUALITY = ("masterpiece", "best quality")

FACE = 3.0
"""How much the error where eyes and mouth are counts, against 1 elsewhere: they are few latents wide."""

RUINED = 0.45
"""How much likelier a picture drawn for the card's negative list is than the others."""

WORN = 2.5
"""How much likelier a picture with a coloured hat or cat ears is than one without: few wear them."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a stage of the denoiser's training does besides its `Stage` numbers.

    Attributes:
        batch: pictures a step in each process.
        text: whether the text encoders learn too.
        offset: the noise offset.
        top: how many times likelier the top quality words' pictures are than the others.
        start: the earlier stage that it goes on from; empty for none.
        start_text: the stage whose text encoders it uses.
    """

    batch: int
    text: bool
    offset: float
    top: float
    start: str
    start_text: str


class Noise:
    """SDXL's noise schedule, and which of its steps training looks at.

    A step is drawn as often as its min-SNR weight says (at least a little), and weighted by what is
    left, so that steps with hardly any weight cost hardly any time.
    """

    def __init__(self) -> None:
        from diffusers import DDPMScheduler

        self.kept = DDPMScheduler(**SCHEDULE).alphas_cumprod
        ratio = self.kept / (1 - self.kept)
        weight = ratio.clamp(max=MIN_SNR) / ratio
        self.often = (weight + 0.3) / (weight + 0.3).sum()
        self.weight = weight / self.often / len(weight)

    def draw(self, count: int) -> torch.Tensor:
        """Return steps (count,), drawn evenly over the schedule's share so that a batch covers it."""
        edges = (torch.arange(count) + torch.rand(count)) / count
        found: torch.Tensor = torch.searchsorted(self.often.cumsum(0), edges).clamp(max=len(self.often) - 1)
        return found

    def add(self, clean: torch.Tensor, noise: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        """Return the latents noised to their steps."""
        kept = self.kept[steps].view(-1, 1, 1, 1)
        noised: torch.Tensor = kept.sqrt() * clean + (1 - kept).sqrt() * noise
        return noised


def blank_some(
    text: torch.Tensor, pooled: torch.Tensor, share: float, rng: random.Random
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the text with a share of its rows all zero."""
    kept = torch.tensor([float(rng.random() >= share) for _ in range(len(text))])
    return text * kept.view(-1, 1, 1), pooled * kept.view(-1, 1)


def size_ids(width: int, height: int, count: int) -> torch.Tensor:
    """Return SDXL's six size conditions for pictures of this size, (count, 6)."""
    return torch.tensor([[height, width, 0, 0, height, width]], dtype=torch.float32).expand(count, 6)


def chance(subject: Subject, negative: bool, lesson: Lesson) -> float:
    """Return how likely a picture is chosen, against 1 for most."""
    if negative:
        return RUINED
    worn = WORN if subject.headwear in palette.HATS or subject.cat_ears else 1.0
    return worn * (lesson.top if subject.quality in TOP_QUALITY else 1.0)


def face_weights(subject: Subject, width: int, height: int) -> torch.Tensor:
    """Return how much the error counts at each latent of a picture (height, width) in latents."""
    weights = torch.ones(height, width)
    if subject.subject == "no humans" or subject.rating in ("questionable", "explicit"):
        return weights
    x, y, unit = head_place(subject, width, height)
    left, right = round(x - 0.85 * unit), round(x + 0.85 * unit)
    above, below = round(y - 0.15 * unit), round(y + 1.05 * unit)
    weights[max(0, above) : below, max(0, left) : right] = FACE
    return weights


def denoise(
    unet: UNet2DConditionModel,
    noisy: torch.Tensor,
    steps: torch.Tensor,
    text: torch.Tensor,
    pooled: torch.Tensor,
) -> torch.Tensor:
    """Return the noise that the denoiser sees in latents (N, 4, h, w)."""
    ids = size_ids(noisy.shape[-1] * 8, noisy.shape[-2] * 8, len(noisy))
    conditions = {"text_embeds": pooled, "time_ids": ids}
    predicted: torch.Tensor = unet(noisy, steps, text, added_cond_kwargs=conditions).sample
    return predicted


def train_unet(work: Path, pool: str, stage: Stage, lesson: Lesson, crew: Crew) -> None:
    """Train one stage; it leaves the denoiser and the text encoders in the stage's folder."""
    from diffusers.models.attention_processor import AttnProcessor

    pools = load_pools(work / pool)
    latents = load_latents(pools)
    faces = [
        torch.stack([face_weights(one, part.shape[3], part.shape[2]) for one in chosen.subjects])
        for chosen, part in zip(pools, latents, strict=True)
    ]
    chances = [
        [
            chance(one, negative, lesson)
            for one, negative in zip(chosen.subjects, chosen.negative, strict=True)
        ]
        for chosen in pools
    ]
    totals = [list(_running(part)) for part in chances]
    torch.manual_seed(0)
    encoders = TextEncoders(tokenizer.load(work / "tokenizer"))
    load_weights(encoders, final_file(work, lesson.start_text, "encoders"))
    unet = build_unet()
    if lesson.start:
        load_weights(unet, final_file(work, lesson.start, "unet"))
    unet.set_attn_processor(AttnProcessor())  # on CPU its backward pass is the faster one
    encoders.requires_grad_(lesson.text)
    tags = numbered_tags()
    reader = TagReader(len(tags))
    load_weights(reader, final_file(work, lesson.start_text, "reader"))
    reader.requires_grad_(lesson.text)
    noise_schedule = Noise()

    def loss(step: int, rng: random.Random) -> torch.Tensor:
        bucket = pick_pool(pools, random.Random(f"{stage.name}:{step}"))  # the same shape for the whole crew
        chosen = pools[bucket]
        rows = rng.choices(range(len(chosen)), cum_weights=totals[bucket], k=lesson.batch)
        clean = latents[bucket][rows]
        captions = [training_caption(chosen.subjects[row], chosen.negative[row], rng) for row in rows]
        with torch.set_grad_enabled(lesson.text):
            text, pooled = encoders(captions)
        reading = reading_loss(reader, tags, captions, text, pooled) if lesson.text else torch.zeros(())
        text, pooled = blank_some(text, pooled, ZERO_SHARE, rng)
        steps = noise_schedule.draw(lesson.batch)
        noise = torch.randn_like(clean)
        if lesson.offset:
            noise += lesson.offset * torch.randn(lesson.batch, 4, 1, 1)
        predicted = denoise(unet, noise_schedule.add(clean, noise, steps), steps, text, pooled)
        squares = (predicted - noise).square() * faces[bucket][rows].unsqueeze(1)
        errors = squares.mean(dim=(1, 2, 3))
        weighted: torch.Tensor = errors * noise_schedule.weight[steps]
        return weighted.mean() + READING * reading

    modules: dict[str, nn.Module] = {"unet": unet, "encoders": encoders, "reader": reader}
    run_stage(stage, modules, loss, work, crew)


def _running(values: list[float]) -> list[float]:
    total, sums = 0.0, []
    for value in values:
        total += value
        sums.append(total)
    return sums
