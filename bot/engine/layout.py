"""The layout of model files on disk: which files an SDXL needs, and what safetensors headers say."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.core.errors import ModelError

PIPELINE = "StableDiffusionXLPipeline"
STEMS = {"unet": "diffusion_pytorch_model", "vae": "diffusion_pytorch_model", "": "diffusion_pytorch_model"}
"""Weight files' names by component; everything else is a transformers model, named ``model``."""
COMPONENTS = ("unet", "vae", "text_encoder", "text_encoder_2")
TOKENIZERS = ("tokenizer", "tokenizer_2")
VARIANTS = ("", ".fp16")
"""File name endings before ``.safetensors``: as trained, or halved by the author."""
MAX_HEADER = 100 * 2**20
"""Bytes that a safetensors header may have (the format's own limit)."""

_UNET = "model.diffusion_model."
_FIRST = _UNET + "input_blocks.0.0.weight"
_CROSS = "attn2.to_k.weight"
SECOND_ENCODER = "conditioner.embedders.1.model."
"""Prefix of the second text encoder's tensors in a single-file checkpoint."""

Shape = tuple[int, int]
"""What tells SDXL shapes apart: channels of the UNet's first block, and width of the text embeddings."""


def weights(folder: Path, component: str) -> tuple[Path, ...]:
    """The safetensors files of a component (several when it is sharded), in the order that loading tries.

    ``component`` is a subfolder, or ``""`` for a folder that is the component itself. Raises ModelError
    naming the file that is missing, or the pickle that stands in its place.
    """
    home = folder / component
    stem = STEMS.get(component, "model")
    for variant in VARIANTS:
        if (single := home / f"{stem}{variant}.safetensors").is_file():
            return (single,)
        index = home / f"{stem}.safetensors.index{variant}.json"
        if index.is_file():
            shards = sorted(set(read_json(index).get("weight_map", {}).values()))
            return tuple(_present(home / shard, folder) for shard in shards)
    for pickled in (*home.glob("*.bin"), *home.glob("*.ckpt"), *home.glob("*.pt"), *home.glob("*.pth")):
        raise ModelError(
            f"{folder} holds pickled weights ({pickled.relative_to(folder)}), which can run code when they "
            "are opened; only safetensors are loaded."
        )
    raise _incomplete(folder, home / f"{stem}.safetensors")


def variant(folder: Path, component: str) -> str | None:
    """The diffusers name of the variant that `weights` found: ``"fp16"`` or None."""
    return "fp16" if ".fp16." in weights(folder, component)[0].name else None


def require_component(folder: Path, component: str) -> None:
    """Raise ModelError unless a component's configuration and weights are there."""
    _present(folder / component / "config.json", folder)
    weights(folder, component)


def require_sdxl(folder: Path, without: Iterable[str] = ()) -> None:
    """Raise ModelError unless the folder is a whole SDXL in diffusers' layout, but for ``without``."""
    if not folder.is_dir():
        raise ModelError(f"There is no model folder {folder}.")
    index = folder / "model_index.json"
    if not index.is_file():
        loose = sorted(path.name for path in folder.glob("*.safetensors"))
        hint = f"; for a single file name it whole, as {folder / loose[0]}" if loose else ""
        raise ModelError(f"{folder} is not a diffusers model: it has no model_index.json{hint}.")
    kind = read_json(index).get("_class_name")
    if kind != PIPELINE:
        raise ModelError(f"{folder} holds a {kind}, not an SDXL model ({PIPELINE}).")
    require_words(folder)
    for component in COMPONENTS:
        if component not in without:
            require_component(folder, component)


def require_words(folder: Path) -> None:
    """Raise ModelError unless the scheduler's configuration and both tokenizers are there."""
    _present(folder / "scheduler" / "scheduler_config.json", folder)
    for tokenizer in TOKENIZERS:
        if not (folder / tokenizer / "tokenizer.json").is_file():
            _present(folder / tokenizer / "vocab.json", folder)
            _present(folder / tokenizer / "merges.txt", folder)


def checkpoint_shape(path: Path) -> Shape:
    """The shape of a single-file SDXL; raises ModelError for any other file."""
    tensors = safetensors_header(path)
    if _FIRST not in tensors or not any(name.startswith(SECOND_ENCODER) for name in tensors):
        lora = any("lora" in name for name in tensors)
        raise ModelError(
            f"{path.name} is {'a LoRA' if lora else 'not an SDXL checkpoint'}; a whole SDXL model is needed."
        )
    cross = next(name for name in tensors if name.startswith(_UNET) and name.endswith(_CROSS))
    return tensors[_FIRST]["shape"][0], tensors[cross]["shape"][1]


def describes(folder: Path, shape: Shape) -> bool:
    """Whether a folder's configuration files (its weights may be absent) fit a checkpoint's shape."""
    try:
        require_words(folder)
        config = read_json(folder / "unet" / "config.json")
        _present(folder / "model_index.json", folder)
        for component in COMPONENTS:
            _present(folder / component / "config.json", folder)
    except ModelError:
        return False
    return (config["block_out_channels"][0], config["cross_attention_dim"]) == shape


def safetensors_header(path: Path) -> dict[str, Any]:
    """The tensors' names with dtype, shape and offsets; raises ModelError for a file that is damaged.

    Eight bytes little-endian give the length of a JSON object; the tensors' bytes follow and must be
    exactly as many as the offsets say (https://github.com/huggingface/safetensors).
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= MAX_HEADER:
                raise ModelError(f"{path} is not a safetensors file; fetch it again.")
            header: dict[str, Any] = json.loads(file.read(length))
            header.pop("__metadata__", None)
            end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} cannot be read as safetensors ({error}); fetch it again.") from None
    if path.stat().st_size != 8 + length + end:
        raise ModelError(
            f"{path} has {path.stat().st_size:,} bytes where its header promises {8 + length + end:,}; "
            "fetch it again."
        )
    return header


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; raises ModelError naming the file."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path} is missing.") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as JSON ({error}); fetch it again.") from None
    if not isinstance(value, dict):
        raise ModelError(f"{path} should hold a JSON object.")
    return value


def _present(path: Path, folder: Path) -> Path:
    if not path.is_file():
        raise _incomplete(folder, path)
    return path


def _incomplete(folder: Path, missing: Path) -> ModelError:
    name = missing.relative_to(folder)
    return ModelError(f"The model folder {folder} is incomplete: {name} is missing; fetch it again.")
