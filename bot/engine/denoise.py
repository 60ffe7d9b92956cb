"""The denoising itself: pictures as slots that join, step and leave; worker side only.

``admit`` makes a slot, ``predict`` asks the UNet about any slots of one key at once, ``advance`` moves each
by its answer. A slot holds all of its own state (sampler, noise, latents), so that neighbours never matter.
Alone, a slot gives what ``StableDiffusionXLPipeline`` gives with
``generator=torch.Generator("cpu").manual_seed(seed)``; with a start, what its img2img sibling gives.

Nothing here waits for the device: samplers reckon with numbers that stay on the CPU, and what the UNet needs
of them is brought over once, at admission. (UniPC alone waits: its corrector solves a small system there.)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from bot.core.errors import InvalidRequest
from bot.engine.encode import Embedding, Encoder
from bot.engine.loader import Loaded
from bot.engine.rows import padded, total
from bot.engine.samplers import Sampler, sampler
from bot.engine.transfer import bring


class Key(NamedTuple):
    """Slots of one key can share a call: latent height and width, and tokens of the embeddings."""

    height: int
    width: int
    tokens: int


@dataclasses.dataclass(frozen=True, slots=True)
class Start:
    """A picture to begin from: its latents ``(1, 4, height / 8, width / 8)`` as the UNet knows them, scaled.

    ``strength``, above 0 and at most 1, is the share of the steps that is done.
    """

    latents: torch.Tensor
    strength: float


@dataclasses.dataclass(frozen=True, slots=True)
class Glimpse:
    """What the last call saw and answered, for a preview: scaled input, guided output, timestep."""

    seen: torch.Tensor
    answer: torch.Tensor
    timestep: float


@dataclasses.dataclass(slots=True, eq=False)
class Slot:
    """A picture's place in the running batch.

    ``latents`` is ``(1, 4, height / 8, width / 8)`` in the model's type; ``noise``, for samplers that take
    some, is one such tensor per step; ``negative`` is None when guidance is off (CFG 1 or less).
    ``timesteps`` are the sampler's own, on the CPU, and ``times`` the same as float32 on the device.
    """

    scheduler: Any
    timesteps: torch.Tensor
    times: torch.Tensor
    latents: torch.Tensor
    noise: torch.Tensor | None
    positive: Embedding
    negative: Embedding | None
    time_ids: torch.Tensor
    cfg: float
    steps: int
    index: int = 0
    counts: list[int] = dataclasses.field(default_factory=list)
    """The row counts of its calls, each named once."""
    glimpse: Glimpse | None = None

    @property
    def key(self) -> Key:
        return Key(self.latents.shape[2], self.latents.shape[3], self.positive.hidden.shape[1])

    @property
    def width(self) -> int:
        """Rows that it takes in a call."""
        return 1 if self.negative is None else 2

    @property
    def finished(self) -> bool:
        return self.index >= len(self.timesteps)

    @property
    def steps_done(self) -> int:
        """Steps as people count them: some samplers call the model twice a step."""
        return self.index * self.steps // len(self.timesteps)


class Denoiser:
    """One model's slots. ``unet`` stands in for the model's own where it has been made faster."""

    def __init__(self, model: Loaded, encoder: Encoder, unet: Any = None) -> None:
        self._model = model
        self._encoder = encoder
        self._unet = model.pipe.unet if unet is None else unet
        self._config = dict(model.pipe.scheduler.config)

    def admit(
        self,
        positive: str,
        negative: str | None,
        size: tuple[int, int],
        steps: int,
        cfg: float,
        sampler_name: str,
        seed: int,
        start: Start | None = None,
    ) -> Slot:
        """A slot at its first step; ``size`` is width and height in the model's own pixels.

        Raises InvalidRequest for a sampler, weights or a strength that cannot be used.
        """
        with torch.inference_mode():
            width, height = size
            device, dtype = self._model.device, self._model.dtype
            recipe = sampler(sampler_name)
            if cfg > 1:
                words, against = self._encoder.pair(positive, negative)
            else:
                words, against = self._encoder.encode(positive), None
            scheduler, timesteps = _schedule(recipe, self._config, steps, start)
            shape = (1, self._model.pipe.unet.config.in_channels, height // 8, width // 8)
            generator = torch.Generator("cpu").manual_seed(seed)
            # The order of draws is the stock pipeline's: the first latents, then one per step.
            latents = torch.randn(shape, generator=generator, dtype=dtype)
            if start is None:
                latents = latents * scheduler.init_noise_sigma
            else:
                latents = scheduler.add_noise(start.latents.to("cpu", dtype), latents, timesteps[:1])
            noise = None
            if recipe.noise is not None:
                kind = dtype if recipe.noise == "model" else torch.float32
                draws = [torch.randn(shape, generator=generator, dtype=kind) for _ in timesteps]
                noise = bring(torch.stack(draws), device)
            return Slot(
                scheduler=scheduler,
                timesteps=timesteps,
                times=bring(timesteps.float(), device),
                latents=bring(latents, device),
                noise=noise,
                positive=words,
                negative=against,
                time_ids=bring(torch.tensor([[height, width, 0, 0, height, width]], dtype=dtype), device),
                cfg=cfg,
                steps=steps if start is None else len(timesteps) // scheduler.order,
            )

    def step(self, slots: Sequence[Slot], count: int | None = None) -> None:
        """Move every slot, all of one key and none finished, by one call of the UNet."""
        for slot, answer in zip(slots, self.predict(slots, count), strict=True):
            self.advance(slot, answer)

    def predict(self, slots: Sequence[Slot], count: int | None = None) -> list[torch.Tensor]:
        """The model's answer for each slot at its own timestep, guided where the slot is; changes no slot.

        Rows are the negatives of the slots with guidance, then the positives of all, then copies of the first
        row up to ``count`` (by default the next fixed one): those are real numbers, so that they cost no more
        than others and are never infinite, and their answers are dropped.
        """
        count = padded(total(slots)) if count is None else count
        with torch.inference_mode():
            guided = [i for i, slot in enumerate(slots) if slot.negative is not None]
            order = [*guided, *range(len(slots))]
            order += order[:1] * (count - len(order))
            inputs = [slot.scheduler.scale_model_input(slot.latents, _now(slot)) for slot in slots]
            texts = [slot.negative for slot in slots if slot.negative is not None]
            texts += [slot.positive for slot in slots]
            texts += texts[:1] * (count - len(texts))
            predicted = self._unet(
                torch.cat([inputs[i] for i in order]),
                torch.stack([slots[i].times[slots[i].index] for i in order]),
                encoder_hidden_states=torch.cat([text.hidden for text in texts]),
                added_cond_kwargs={
                    "text_embeds": torch.cat([text.pooled for text in texts]),
                    "time_ids": torch.cat([slots[i].time_ids for i in order]),
                },
                return_dict=False,
            )[0].split(1)
            answers = list(predicted[len(guided) : len(guided) + len(slots)])
            for row, i in enumerate(guided):
                away = predicted[row]
                answers[i] = away + slots[i].cfg * (answers[i] - away)
            for slot, seen, answer in zip(slots, inputs, answers, strict=True):
                slot.glimpse = Glimpse(seen, answer, float(_now(slot)))
                if count not in slot.counts:
                    slot.counts.append(count)
            return answers

    def advance(self, slot: Slot, answer: torch.Tensor) -> None:
        """Move a slot by the model's answer."""
        with torch.inference_mode():
            extra = {} if slot.noise is None else {"variance_noise": slot.noise[slot.index]}
            moved = slot.scheduler.step(answer, _now(slot), slot.latents, return_dict=False, **extra)
            slot.latents = moved[0]
            slot.index += 1

    def make_room(self) -> None:
        """Give back what memory the device's allocator only keeps."""
        if self._model.device.type == "cuda":
            torch.cuda.empty_cache()

    def alive(self) -> bool:
        """Whether the device still answers: after some faults CUDA does not, until its process has ended."""
        if self._model.device.type != "cuda":
            return True
        try:
            torch.cuda.synchronize(self._model.device)
        except RuntimeError:
            return False
        return True


def _schedule(
    recipe: Sampler, config: dict[str, Any], steps: int, start: Start | None
) -> tuple[Any, torch.Tensor]:
    """A scheduler of one's own, on the CPU, and the timesteps that are to be done."""
    scheduler = recipe.build(config, steps)
    if start is None:
        return scheduler, scheduler.timesteps
    done = min(int(steps * start.strength), steps)  # as the stock img2img pipeline reckons
    if done < 1:
        raise InvalidRequest(
            f"A strength of {start.strength:g} leaves none of the {steps} steps; use a higher one, up to 1."
        )
    first = (steps - done) * scheduler.order
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first)
    return scheduler, scheduler.timesteps[first:]


def _now(slot: Slot) -> torch.Tensor:
    return slot.timesteps[slot.index]
