"""Which LoRAs a model wears: its layers' weights are exchanged for others that were merged once.

An exchange is a pointer for each changed layer, so that pictures with other LoRAs can take turns at every
step; compiled code stays valid, since it is handed the weights with every call, and a picture without any
costs nothing more. What was merged is kept as long as there is room for it (`bot.engine.shelf`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.models.attention_processor import Attention

from bot.core.errors import InvalidRequest
from bot.core.lora import Lora
from bot.engine.lora import PARTS, Adapter, Pair, delta
from bot.engine.shelf import Shelf

Look = tuple[Lora, ...]
"""A set of LoRAs with weights, in the order of their names; none is the model as it is."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outfit:
    """The merged weights of a look for one part of the model, by layer."""

    weights: Mapping[torch.nn.Module, torch.Tensor]

    @property
    def nbytes(self) -> int:
        return sum(weight.numel() * weight.element_size() for weight in self.weights.values())


def look_of(loras: Sequence[Lora]) -> Look:
    """The look of some LoRAs: their order does not matter, and one of weight 0 is none."""
    return tuple(sorted((lora for lora in loras if lora.weight), key=lambda lora: lora.name))


class Wardrobe:
    """One model's LoRAs. ``fetch`` gives an adapter by its name, and raises ModelError."""

    def __init__(
        self, name: str, pipe: StableDiffusionXLPipeline, fetch: Callable[[str], Adapter], shelf: Shelf
    ) -> None:
        self._name = name
        self._pipe = pipe
        self._fetch = fetch
        self._shelf = shelf
        self._bare: dict[torch.nn.Module, torch.Tensor] = {}
        """The model's own weights of every layer that was ever exchanged."""
        self._worn: dict[str, Look] = dict.fromkeys(PARTS, ())
        self._on: dict[str, list[torch.nn.Module]] = {part: [] for part in PARTS}

    def check(self, loras: Sequence[Lora]) -> None:
        """Read what a request asks for; raises ModelError for what cannot be used."""
        for lora in loras:
            self._fetch(lora.name)

    def texts(self, loras: Sequence[Lora]) -> Look:
        """The part of a look that changes the text encoders."""
        return tuple(lora for lora in look_of(loras) if self._fetch(lora.name).texts)

    def hashes(self, loras: Sequence[Lora]) -> tuple[tuple[str, str], ...]:
        """Name and hash of each."""
        return tuple((lora.name, self._fetch(lora.name).hash) for lora in loras)

    def wear(self, part: str, look: Look) -> None:
        """Exchange a part's weights for a look's."""
        if self._worn[part] == look:
            return
        for module in self._on[part]:
            module.weight.data = self._bare[module]
        self._on[part], self._worn[part] = [], ()
        if not look:
            return
        outfit = self._outfit(part, look)
        for module, weight in outfit.weights.items():
            module.weight.data = weight
        self._on[part], self._worn[part] = list(outfit.weights), look

    def _outfit(self, part: str, look: Look) -> Outfit:
        key = ("look", self._name, part, look)
        kept = self._shelf.get(key)
        if isinstance(kept, Outfit):
            return kept
        with torch.no_grad():
            outfit = Outfit(self._merged(part, look))
        self._shelf.put(key, outfit, outfit.nbytes)
        return outfit

    def _merged(self, part: str, look: Look) -> dict[torch.nn.Module, torch.Tensor]:
        asked: dict[str, list[tuple[Pair, float]]] = {}
        for lora in look:
            for (where, layer), pair in self._fetch(lora.name).pairs.items():
                if where == part:
                    asked.setdefault(layer, []).append((pair, lora.weight))
        model = getattr(self._pipe, part)
        merged: dict[torch.nn.Module, torch.Tensor] = {}
        for layer, pairs in asked.items():
            module, rows = _home(model, layer)
            bare = self._bare.setdefault(module, _weight(module))
            if module not in merged:
                merged[module] = bare.clone()
            place = merged[module][rows]
            added = delta(pairs, place.shape, place.device)
            place.copy_((bare[rows].float() + added).to(place.dtype))
        return merged


def _weight(module: torch.nn.Module) -> torch.Tensor:
    weight: Any = module.weight
    found: torch.Tensor = weight.data
    return found


def _home(model: torch.nn.Module, layer: str) -> tuple[torch.nn.Module, slice]:
    """The module that reckons with a layer's weight, and which of its rows are the layer's.

    They differ where attention's projections were fused into one (`bot.engine.speed`).
    """
    module = model.get_submodule(layer)
    above, _, last = layer.rpartition(".")
    parent = model.get_submodule(above)
    if not (isinstance(parent, Attention) and getattr(parent, "fused_projections", False)):
        return module, slice(None)
    parts = ("to_k", "to_v") if parent.is_cross_attention else ("to_q", "to_k", "to_v")
    if last not in parts:
        return module, slice(None)
    first = 0
    for name in parts:
        size = getattr(parent, name).weight.shape[0]
        if name == last:
            break
        first += size
    fused = parent.to_kv if parent.is_cross_attention else parent.to_qkv
    return fused, slice(first, first + size)


def none_here(loras: Sequence[Lora]) -> None:
    """Raise InvalidRequest when LoRAs are asked for where there are none."""
    if loras:
        raise InvalidRequest(f"There is no LoRA {loras[0].name!r} here.")
