"""LoRAs in memory: a file's pairs of matrices for the layers of one model; worker side only.

diffusers' own converters give every dialect (kohya's, with SDXL's old or new block names, and diffusers') one
set of names; what is added to a layer's weight is then ``weight * alpha / rank * up @ down``, which is what
peft reckons on the layer's output.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.utils.state_dict_utils import (
    StateDictType,
    convert_state_dict_to_diffusers,
    convert_state_dict_to_peft,
    convert_unet_state_dict_to_peft,
)
from safetensors import SafetensorError
from safetensors.torch import load_file

from bot.core.errors import ModelError
from bot.engine import lora_file
from bot.engine.lora_file import LoraFile

PARTS = ("unet", "text_encoder", "text_encoder_2")
_DOWN, _UP = ".lora_A.weight", ".lora_B.weight"


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """What is added to one layer: ``scale * up @ down``, both with any kernel's sides laid flat."""

    down: torch.Tensor
    up: torch.Tensor
    scale: float


@dataclasses.dataclass(frozen=True, slots=True)
class Adapter:
    """One LoRA for one model: by part and layer its pair, on the CPU; ``hash`` is `lora_file.hash_of`."""

    name: str
    hash: str
    pairs: Mapping[tuple[str, str], Pair]

    @property
    def nbytes(self) -> int:
        return sum(4 * (pair.down.numel() + pair.up.numel()) for pair in self.pairs.values())

    @property
    def texts(self) -> bool:
        """Whether it changes a text encoder."""
        return any(part != "unet" for part, _ in self.pairs)


def load(file: LoraFile, pipe: StableDiffusionXLPipeline) -> Adapter:
    """Read a LoRA for a model.

    Raises ModelError, in one sentence that names the LoRA, for what `lora_file.check` refuses, for numbers
    that are none, and for layers that the model does not have or that have other sides there.
    """
    said = lora_file.check(file)
    try:
        tensors = load_file(file.path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"The LoRA {file.name} cannot be read: {error}.") from None
    for name, tensor in tensors.items():
        if not bool(torch.isfinite(tensor.float()).all()):
            raise ModelError(f"The LoRA {file.name} is damaged: {name} holds values that are no numbers.")
    named, alphas = _named(file, tensors, pipe)
    alphas = {**_said_alphas(said), **alphas}
    pairs = {}
    for (part, layer), (down, up) in named.items():
        pairs[part, layer] = _pair(file, pipe, part, layer, (down, up), alphas)
    if not pairs:
        raise ModelError(f"The LoRA {file.name} changes nothing that this model has.")
    return Adapter(file.name, lora_file.hash_of(file.path), pairs)


Matrices = tuple[torch.Tensor, torch.Tensor]


def _named(
    file: LoraFile, tensors: dict[str, torch.Tensor], pipe: StableDiffusionXLPipeline
) -> tuple[dict[tuple[str, str], Matrices], dict[str, float]]:
    """The pairs by part and layer, and the alphas by both joined by a dot, as the model names them."""
    try:
        state, alphas = StableDiffusionXLPipeline.lora_state_dict(dict(tensors), unet_config=pipe.unet.config)
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        first = str(error).strip().splitlines()[0][:120]
        raise ModelError(f"The LoRA {file.name} is not one for SDXL: {first}.") from None
    found: dict[tuple[str, str], Matrices] = {}
    own: dict[str, float] = {}
    for part in PARTS:
        flat = part != "unet" and not hasattr(getattr(pipe, part), "text_model")
        names = _peft_names(part, state)
        for key, down in names.items():
            if key.endswith(_DOWN):
                layer = key.removesuffix(_DOWN)
                if layer + _UP not in names:
                    raise ModelError(f"The LoRA {file.name} is damaged: {part}.{layer} has only one half.")
                found[part, _flat(layer, flat)] = down, names[layer + _UP]
            elif not key.endswith(_UP) or key.removesuffix(_UP) + _DOWN not in names:
                raise ModelError(f"The LoRA {file.name} is not understood: it holds {part}.{key}.")
        downs = {_down_of(key): torch.tensor(float(value)) for key, value in (alphas or {}).items()}
        for key, value in _peft_names(part, downs).items():
            own[f"{part}.{_flat(key.removesuffix(_DOWN), flat)}"] = float(value)
    strange = [key for key in state if not key.startswith(tuple(f"{part}." for part in PARTS))]
    if strange:
        raise ModelError(f"The LoRA {file.name} is not one for SDXL: it holds {strange[0]}.")
    return found, own


def _down_of(alpha: str) -> str:
    """The name of the tensor that an alpha stands by; diffusers names some by the layer alone."""
    name = alpha.removesuffix(".alpha")
    return name if name.endswith(".weight") else f"{name}.lora.down.weight"


def _peft_names(part: str, state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What belongs to a part, by the names that peft gives its tensors."""
    state = {key.removeprefix(f"{part}."): each for key, each in state.items() if key.startswith(f"{part}.")}
    if not state or part == "unet":
        return dict(convert_unet_state_dict_to_peft(state))
    state = convert_state_dict_to_diffusers(state)
    # Left to guess, diffusers knows kohya's names only where the output projection is among them.
    kind = {"original_type": StateDictType.DIFFUSERS_OLD} if any("_lora." in key for key in state) else {}
    names: dict[str, torch.Tensor] = convert_state_dict_to_peft(state, **kind)
    return names


def _flat(layer: str, flat: bool) -> str:
    """A text encoder's layer: transformers 5 has dropped a level of the first encoder's names."""
    return layer.removeprefix("text_model.") if flat else layer


def _said_alphas(said: Mapping[str, str]) -> dict[str, float]:
    """The alphas in the metadata that diffusers writes: by part, and by part and layer."""
    try:
        config: dict[str, Any] = json.loads(said.get("lora_adapter_metadata", "{}"))
    except ValueError:
        return {}
    alphas: dict[str, float] = {}
    for part in PARTS:
        if f"{part}.lora_alpha" in config:
            alphas[part] = float(config[f"{part}.lora_alpha"])
        for layer, alpha in (config.get(f"{part}.alpha_pattern") or {}).items():
            alphas[f"{part}.{layer}"] = float(alpha)
        if config.get(f"{part}.use_rslora"):
            alphas[f"{part} rs"] = 1.0
    return alphas


def _pair(
    file: LoraFile,
    pipe: StableDiffusionXLPipeline,
    part: str,
    layer: str,
    matrices: Matrices,
    alphas: Mapping[str, float],
) -> Pair:
    """The pair for a layer, checked against the model's."""
    down, up = matrices
    rank = down.shape[0]
    try:
        weight = getattr(pipe, part).get_submodule(layer).weight
    except AttributeError:
        raise ModelError(
            f"The LoRA {file.name} is for another architecture: it changes {part}.{layer}, "
            "which this model does not have."
        ) from None
    wanted, given = list(weight.shape), [up.shape[0], *down.shape[1:]]
    # A 1x1 convolution and a linear layer are the same matrix.
    while len(given) > len(wanted) and given[-1] == 1:
        given.pop()
    while len(wanted) > len(given) and wanted[-1] == 1:
        wanted.pop()
    if given != wanted or math.prod(up.shape[2:]) != 1 or up.shape[1] != rank:
        raise ModelError(
            f"The LoRA {file.name} is for another architecture: {part}.{layer} is "
            f"{'x'.join(map(str, weight.shape))} in this model, and {'x'.join(map(str, given))} in the LoRA."
        )
    alpha = alphas.get(f"{part}.{layer}", alphas.get(part, float(rank)))
    divisor = math.sqrt(rank) if f"{part} rs" in alphas else rank
    return Pair(down.flatten(1).float(), up.flatten(1).float(), alpha / divisor)


def delta(pairs: Iterable[tuple[Pair, float]], shape: torch.Size, device: torch.device) -> torch.Tensor:
    """What several LoRAs, each at its weight, add to a layer of this shape; single precision."""
    total = torch.zeros(shape, device=device)
    for pair, weight in pairs:
        up, down = pair.up.to(device), pair.down.to(device)
        total += (up @ down).view(shape).mul_(pair.scale * weight)
    return total
