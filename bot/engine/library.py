"""A worker's models and LoRAs: loaded when somebody asks, kept while there is room; worker side only.

The model that the worker began with always stays. To `bot.engine.batch` a library is a denoiser like any:
a slot says whose it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Sequence

import torch

from bot.core.errors import ModelError
from bot.core.events import Loading, Ready, WorkerEvent
from bot.core.job import Task
from bot.engine import lora, preview
from bot.engine.decode import Decoder
from bot.engine.denoise import Denoiser, Slot
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded, load
from bot.engine.lora import Adapter
from bot.engine.messages import WorkerSettings
from bot.engine.parts import Parts
from bot.engine.shelf import Shelf
from bot.engine.wardrobe import Wardrobe

CPU_BYTES = 4 * 2**30
"""What may lie beside the first model where no graphics card says how much it has."""


class Library:
    """``needed`` says which models have pictures under way."""

    def __init__(
        self,
        parts: Parts,
        settings: WorkerSettings,
        tell: Callable[[WorkerEvent], None],
        needed: Callable[[], set[str | None]] = set,
    ) -> None:
        self._settings = settings
        self._tell = tell
        self._needed = needed
        self.shelf = Shelf(settings.library_bytes or _room(parts.model.device), self._stays)
        self._first = self._with_loras(parts, None) if settings.loras else parts

    def parts(self, name: str | None) -> Parts:
        """What draws with a model of the config, None for the first.

        Raises ModelError for one that cannot be loaded, and torch.OutOfMemoryError.
        """
        if name is None:
            return self._first
        kept = self.shelf.get(("model", name))
        if isinstance(kept, Parts):
            return kept
        files = self._settings.models.get(name)
        if files is None:
            raise ModelError(f"There is no model {name!r} here.")
        self._tell(Loading(f"loading {name}"))
        try:
            self.shelf.make_room(files.nbytes)
            self.drop_unused()
            settings = self._settings
            model = load(dataclasses.replace(files, name=name), settings.device, settings.dtype)
        finally:
            self._tell(Ready(self._first.model.info))
        parts = self._with_loras(self._opened(model), name)
        self.shelf.put(("model", name), parts, _weigh(model))
        return parts

    def holds(self, name: str | None) -> bool:
        """Whether a model is loaded."""
        return name is None or ("model", name) in self.shelf

    def hashes(self, task: Task) -> tuple[tuple[str, str], ...]:
        """Name and hash of a picture's LoRAs."""
        wardrobe = self.parts(task.model).wardrobe
        return () if wardrobe is None else wardrobe.hashes(task.loras)

    def predict(self, slots: Sequence[Slot], count: int | None = None) -> list[torch.Tensor]:
        """As `Denoiser.predict`; the slots are of one key, and so of one model."""
        return self._of(slots[0]).predict(slots, count)

    def advance(self, slot: Slot, answer: torch.Tensor) -> None:
        """As `Denoiser.advance`."""
        self._of(slot).advance(slot, answer)

    def make_room(self) -> None:
        """Let everything go that no picture under way needs, and the allocator's hoard with it."""
        self.shelf.empty()
        self._first.denoiser.forget_texts()
        self.drop_unused()

    def alive(self) -> bool:
        """As `Denoiser.alive`."""
        return self._first.denoiser.alive()

    def drop_unused(self) -> None:
        """Give the device back what was let go."""
        self._first.denoiser.make_room()

    def _of(self, slot: Slot) -> Denoiser:
        name = None if slot.model == self._first.model.info.name else slot.model
        return self.parts(name).denoiser

    def _stays(self, key: Hashable) -> bool:
        return isinstance(key, tuple) and key[0] == "model" and key[1] in self._needed()

    def _opened(self, model: Loaded) -> Parts:
        pipe = model.pipe
        found = preview.find(self._settings.models[model.info.name].folder, pipe.vae.config.scaling_factor)
        previewer = preview.Previewer(found, pipe.scheduler, pipe.vae_scale_factor) if found else None
        denoiser = Denoiser(model, Encoder(pipe, self._settings.embedding_bytes))
        return Parts(
            model, denoiser, Decoder(model), previewer, self._first.rater, upscaler=self._first.upscaler
        )

    def _with_loras(self, parts: Parts, name: str | None) -> Parts:
        """The same parts with a wardrobe."""
        pipe = parts.model.pipe

        def fetch(asked: str) -> Adapter:
            key = ("lora", name, asked)
            kept = self.shelf.get(key)
            if isinstance(kept, Adapter):
                return kept
            if asked not in self._settings.loras:
                raise ModelError(f"There is no LoRA {asked!r} here.")
            adapter = lora.load(self._settings.loras[asked], pipe)
            self.shelf.put(key, adapter, adapter.nbytes)
            return adapter

        wardrobe = Wardrobe(name or "", pipe, fetch, self.shelf)
        parts.denoiser.wardrobe = wardrobe
        return dataclasses.replace(parts, wardrobe=wardrobe)


def _room(device: torch.device) -> int:
    """Bytes for everything beside the first model: half of a card's, where there is one."""
    if device.type != "cuda":
        return CPU_BYTES
    return int(torch.cuda.get_device_properties(device).total_memory) // 2


def _weigh(model: Loaded) -> int:
    """What a model's weights take, in bytes."""
    pipe = model.pipe
    parts = (pipe.unet, pipe.vae, pipe.text_encoder, pipe.text_encoder_2)
    return sum(each.numel() * each.element_size() for part in parts for each in part.parameters())
