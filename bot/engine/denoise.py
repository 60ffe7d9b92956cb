"""The denoising itself: pictures as slots that join, step and leave; worker side only.

``admit`` makes a slot, ``predict`` asks the UNet about any slots of one key at once, ``advance`` moves each
by its answer. A slot holds all of its own state (sampler, noise, latents), so that neighbours never matter.
Alone, a slot gives what ``StableDiffusionXLPipeline`` gives with
``generator=torch.Generator("cpu").manual_seed(seed)``; with a start, what its img2img sibling gives.

Nothing here waits for the device: samplers reckon with numbers that stay on the CPU, and what the UNet needs
of them is brought over once, at admission.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from bot.core.lora import Lora
from bot.core.request import Vary, require_strength, steps_from
from bot.engine.encode import Embedding, Encoder
from bot.engine.loader import Loaded
from bot.engine.rows import padded, total
from bot.engine.samplers import Sampler, sampler
from bot.engine.schedules import scheduled
from bot.engine.start import Keep, Start, first_latents
from bot.engine.transfer import bring
from bot.engine.wardrobe import Look, Wardrobe, look_of, none_here

TEXTS = ("text_encoder", "text_encoder_2")


class Key(NamedTuple):
    """Slots of one key can share a call: latent height and width, tokens of the text, model and LoRAs."""

    height: int
    width: int
    tokens: int
    model: str = ""
    look: Look = ()


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
    ``guidance`` is the share of the steps from and up to which it works.
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
    guidance: tuple[float, float] = (0.0, 1.0)
    model: str = ""
    look: Look = ()
    counts: list[int] = dataclasses.field(default_factory=list)
    """The row counts of its calls, each named once."""
    glimpse: Glimpse | None = None
    keep: Keep | None = None
    """What every step leaves of the picture that it began from, where that had a mask."""
    generator: torch.Generator | None = None
    """Where its noise came from, for a second pass."""

    @property
    def key(self) -> Key:
        _, _, height, width = self.latents.shape
        return Key(height, width, self.positive.hidden.shape[1], self.model, self.look)

    @property
    def guided(self) -> bool:
        """Whether the next call needs the negative's answer too."""
        first, last = self.guidance
        return self.negative is not None and first <= self.index / len(self.timesteps) < last

    @property
    def width(self) -> int:
        """Rows that it takes in the next call."""
        return 2 if self.guided else 1

    @property
    def finished(self) -> bool:
        return self.index >= len(self.timesteps)

    @property
    def steps_done(self) -> int:
        """Steps as people count them: some samplers call the model twice a step."""
        return self.index * self.steps // len(self.timesteps)


class Denoiser:
    """One model's slots. ``unet`` stands in for the model's own where it has been made faster.

    ``wardrobe`` has the LoRAs that it may be asked for.
    """

    wardrobe: Wardrobe | None

    def __init__(
        self, model: Loaded, encoder: Encoder, unet: Any = None, wardrobe: Wardrobe | None = None
    ) -> None:
        self._model = model
        self._encoder = encoder
        self._unet = model.pipe.unet if unet is None else unet
        self.wardrobe = wardrobe
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
        vary: Vary | None = None,
        *,
        loras: Sequence[Lora] = (),
        schedule: str | None = None,
        guidance: tuple[float, float] | None = None,
    ) -> Slot:
        """A slot at its first step; ``size`` is width and height in the model's own pixels.

        ``vary`` turns its first noise towards another seed's. ``schedule`` names timesteps in place of the
        sampler's own, and ``guidance`` is the share of the steps from and up to which it works. Raises
        InvalidRequest for a sampler, weights or a strength that cannot be used, and ModelError for such a
        LoRA.
        """
        look = look_of(loras)
        self._dress_texts(look)
        with torch.inference_mode():
            width, height = size
            device, dtype = self._model.device, self._model.dtype
            recipe = sampler(sampler_name)
            if cfg > 1:
                words, against = self._encoder.pair(positive, negative)
            else:
                words, against = self._encoder.encode(positive), None
            scheduler, timesteps = _schedule(recipe, self._config, steps, start, schedule)
            shape = (1, self._model.pipe.unet.config.in_channels, height // 8, width // 8)
            generator = torch.Generator("cpu").manual_seed(seed)
            latents, kept = first_latents(start, shape, scheduler, timesteps, generator, dtype, vary)
            keep = None
            if start is not None and start.mask is not None and kept is not None:
                keep = Keep(bring(start.mask.to(dtype), device), bring(torch.stack(kept), device))
            noise = _step_noise(recipe, shape, timesteps, generator, dtype)
            return Slot(
                scheduler=scheduler,
                timesteps=timesteps,
                times=bring(timesteps.float(), device),
                latents=bring(latents, device),
                noise=None if noise is None else bring(noise, device),
                positive=words,
                negative=against,
                time_ids=bring(_time_ids(height, width, dtype), device),
                cfg=cfg,
                steps=steps if start is None else steps_from(start.strength, steps),
                keep=keep,
                generator=generator,
                guidance=guidance or (0.0, 1.0),
                model=self._model.info.name,
                look=look,
            )

    def again(
        self, slot: Slot, steps: int, sampler_name: str, start: Start, schedule: str | None = None
    ) -> Slot:
        """A second pass over a slot's picture, with its words, from latents of any size.

        As diffusers' img2img pipeline does it, given the generator that the first pass has drawn from.
        """
        with torch.inference_mode():
            device, dtype = self._model.device, self._model.dtype
            recipe = sampler(sampler_name)
            scheduler, timesteps = _schedule(recipe, self._config, steps, start, schedule)
            shape = tuple(start.latents.shape)
            generator = slot.generator or torch.Generator("cpu")
            latents, _ = first_latents(start, shape, scheduler, timesteps, generator, dtype)
            noise = _step_noise(recipe, shape, timesteps, generator, dtype)
            height, width = (side * self._model.pipe.vae_scale_factor for side in shape[2:])
            return dataclasses.replace(
                slot,
                scheduler=scheduler,
                timesteps=timesteps,
                times=bring(timesteps.float(), device),
                latents=bring(latents, device),
                noise=None if noise is None else bring(noise, device),
                time_ids=bring(_time_ids(height, width, dtype), device),
                steps=steps_from(start.strength, steps),
                index=0,
                glimpse=None,
                keep=None,
            )

    def _dress_texts(self, look: Look) -> None:
        if self.wardrobe is None:
            none_here(look)
            return
        texts = self.wardrobe.texts(look)
        for part in TEXTS:
            self.wardrobe.wear(part, texts)
        self._encoder.look = texts

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
        if self.wardrobe is not None:
            self.wardrobe.wear("unet", slots[0].look)
        with torch.inference_mode():
            guided = [i for i, slot in enumerate(slots) if slot.guided]
            order = [*guided, *range(len(slots))]
            order += order[:1] * (count - len(order))
            inputs = [slot.scheduler.scale_model_input(slot.latents, _now(slot)) for slot in slots]
            texts = [slots[i].negative or slots[i].positive for i in guided]
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
            latents = moved[0]
            slot.latents = latents if slot.keep is None else slot.keep.over(latents, slot.index)
            slot.index += 1

    def forget_texts(self) -> None:
        """Let the prompts go that were kept in case they come again."""
        self._encoder.forget()

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
    recipe: Sampler, config: dict[str, Any], steps: int, start: Start | None, schedule: str | None
) -> tuple[Any, torch.Tensor]:
    """A scheduler of one's own, on the CPU, and the timesteps that are to be done."""
    scheduler = (
        recipe.build(config, steps) if schedule is None else scheduled(recipe, config, steps, schedule)
    )
    if start is None:
        return scheduler, scheduler.timesteps
    require_strength(start.strength, steps)
    first = (steps - steps_from(start.strength, steps)) * scheduler.order
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first)
    return scheduler, scheduler.timesteps[first:]


def _step_noise(
    recipe: Sampler,
    shape: Sequence[int],
    timesteps: torch.Tensor,
    generator: torch.Generator,
    dtype: torch.dtype,
) -> torch.Tensor | None:
    """What the sampler adds at each step, drawn in their order; None for those that add none."""
    if recipe.noise is None:
        return None
    kind = dtype if recipe.noise == "model" else torch.float32
    count = len(timesteps) - (not recipe.noise_last)
    noise = [torch.randn(shape, generator=generator, dtype=kind) for _ in range(count)]
    if not recipe.noise_last:
        noise.append(torch.zeros(tuple(shape), dtype=kind))
    return torch.stack(noise)


def _time_ids(height: int, width: int, dtype: torch.dtype) -> torch.Tensor:
    return torch.tensor([[height, width, 0, 0, height, width]], dtype=dtype)


def _now(slot: Slot) -> torch.Tensor:
    return slot.timesteps[slot.index]
