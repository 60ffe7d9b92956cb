"""The denoising itself: pictures as slots that join, step and leave; worker side only.

``admit`` makes a slot, ``step`` moves any slots of one key by one UNet call, ``decode`` turns a finished one
into pixels. A slot holds all of its own state (sampler, noise, latents), so that neighbours never matter
and a step that failed has changed nothing. Alone, a slot gives what ``StableDiffusionXLPipeline`` gives
with ``generator=torch.Generator("cpu").manual_seed(seed)``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image

from bot.core.errors import EngineError
from bot.engine.encode import Embedding, Encoder
from bot.engine.loader import Loaded
from bot.engine.samplers import sampler

Key = tuple[int, int, int]
"""Slots of one key share a UNet call: latent height and width, and tokens of the embeddings."""


@dataclasses.dataclass(slots=True)
class Slot:
    """A picture's place in the running batch.

    ``latents`` is ``(1, 4, height / 8, width / 8)`` in the model's type; ``noise``, for samplers that take
    some, is one such tensor per step; ``negative`` is None when guidance is off (CFG 1 or less).
    """

    scheduler: Any
    timesteps: torch.Tensor
    latents: torch.Tensor
    noise: torch.Tensor | None
    positive: Embedding
    negative: Embedding | None
    time_ids: torch.Tensor
    cfg: float
    steps: int
    index: int = 0

    @property
    def key(self) -> Key:
        return self.latents.shape[2], self.latents.shape[3], self.positive.hidden.shape[1]

    @property
    def finished(self) -> bool:
        return self.index >= len(self.timesteps)

    @property
    def steps_done(self) -> int:
        """Steps as people count them: some samplers call the model twice a step."""
        return self.index * self.steps // len(self.timesteps)


class Denoiser:
    """One model's slots."""

    def __init__(self, model: Loaded, encoder: Encoder) -> None:
        self._model = model
        self._encoder = encoder
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
    ) -> Slot:
        """A slot at its first step; ``size`` is width and height in the model's own pixels.

        Raises InvalidRequest for a sampler or weights that cannot be used.
        """
        with torch.inference_mode():
            width, height = size
            device, dtype = self._model.device, self._model.dtype
            recipe = sampler(sampler_name)
            words = self._encoder.encode(positive)
            against = None
            if cfg > 1:
                against = words.zeros() if negative is None else self._encoder.encode(negative)
            scheduler = recipe.build(self._config, steps, device)
            shape = (1, self._model.pipe.unet.config.in_channels, height // 8, width // 8)
            generator = torch.Generator("cpu").manual_seed(seed)
            # The order of draws is the stock pipeline's: the first latents, then one per step.
            latents = _draw(shape, generator, dtype, device) * scheduler.init_noise_sigma
            noise = None
            if recipe.noise is not None:
                kind = dtype if recipe.noise == "model" else torch.float32
                draws = [_draw(shape, generator, kind, device) for _ in scheduler.timesteps]
                noise = torch.stack(draws)
            time_ids = torch.tensor([[height, width, 0, 0, height, width]], dtype=dtype, device=device)
            return Slot(scheduler, scheduler.timesteps, latents, noise, words, against, time_ids, cfg, steps)

    def step(self, slots: Sequence[Slot]) -> None:
        """Move every slot, all of one key and none finished, by one call of the UNet.

        Rows are the negatives of the slots with guidance, then the positives of all. When the call fails
        no slot has changed.
        """
        with torch.inference_mode():
            now = [slot.timesteps[slot.index] for slot in slots]
            outputs = self._predict(slots, now)
            for slot, t, output in zip(slots, now, outputs, strict=True):
                extra = {} if slot.noise is None else {"variance_noise": slot.noise[slot.index]}
                slot.latents = slot.scheduler.step(output, t, slot.latents, return_dict=False, **extra)[0]
                slot.index += 1

    def _predict(self, slots: Sequence[Slot], now: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """The model's answer for each slot at its own timestep, guided where the slot is."""
        guided = [i for i, slot in enumerate(slots) if slot.negative is not None]
        order = [*guided, *range(len(slots))]
        inputs = [
            slot.scheduler.scale_model_input(slot.latents, t) for slot, t in zip(slots, now, strict=True)
        ]
        negatives = [slot.negative for slot in slots if slot.negative is not None]
        texts = [*negatives, *(slot.positive for slot in slots)]
        predicted = self._model.pipe.unet(
            torch.cat([inputs[i] for i in order]),
            torch.stack([now[i].float() for i in order]),
            encoder_hidden_states=torch.cat([text.hidden for text in texts]),
            added_cond_kwargs={
                "text_embeds": torch.cat([text.pooled for text in texts]),
                "time_ids": torch.cat([slots[i].time_ids for i in order]),
            },
            return_dict=False,
        )[0].split(1)
        answers = list(predicted[len(guided) :])
        for row, i in enumerate(guided):
            away = predicted[row]
            answers[i] = away + slots[i].cfg * (answers[i] - away)
        return answers

    def decode(self, slot: Slot) -> Image.Image:
        """The finished slot's picture, RGB; raises EngineError when the model gave no numbers."""
        pipe = self._model.pipe
        vae, latents = pipe.vae, slot.latents
        with torch.inference_mode():
            # SDXL's own VAE overflows in half precision and says so in its configuration.
            upcast = vae.dtype == torch.float16 and vae.config.force_upcast
            if upcast:
                vae.to(torch.float32)
                latents = latents.float()
            pixels = vae.decode(latents / vae.config.scaling_factor, return_dict=False)[0]
            if upcast:
                vae.to(torch.float16)
            if not bool(torch.isfinite(pixels).all()):
                raise EngineError("The model gave a picture without numbers in it; another seed may work.")
            picture: Image.Image = pipe.image_processor.postprocess(pixels, output_type="pil")[0]
        return picture


def _draw(
    shape: tuple[int, ...], generator: torch.Generator, dtype: torch.dtype, device: torch.device
) -> torch.Tensor:
    """Noise from a CPU generator, which is the same on every machine."""
    return torch.randn(shape, generator=generator, dtype=dtype).to(device)
