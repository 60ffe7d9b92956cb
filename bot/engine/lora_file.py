"""LoRA files on disk: what can be told of one without loading it; no torch.

Only safetensors are read. What is inside is told from the header alone, so that a file that lies about its
name is refused before anything of it is opened.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

from bot.core.errors import ModelError
from bot.engine import layout
from bot.engine.models import PICKLES

_KINDS = {
    "hada_w": "a LoHa",
    "lokr_w": "a LoKr",
    "dora_scale": "a DoRA",
    "lora_magnitude_vector": "a DoRA",
    "oft_": "an OFT",
    "lora_mid": "a LoCon with a core tensor",
}
"""Parts of tensors' names that tell relatives of LoRA, which are other arithmetic."""
_UP = ("lora_up.weight", "lora_B.weight", "lora.up.weight", "lora_linear_layer.up.weight", "_lora.up.weight")


@dataclasses.dataclass(frozen=True, slots=True)
class LoraFile:
    """A LoRA of the config: its name, its safetensors file, and the words that call it up."""

    name: str
    path: Path
    trigger: str = ""


def check(file: LoraFile) -> dict[str, str]:
    """What a file says of itself (its metadata).

    Raises ModelError for one that is missing, a pickle by its name or by its bytes, damaged, or no LoRA.
    """
    path = file.path
    if path.suffix.lower() in PICKLES:
        raise ModelError(
            f"The LoRA {file.name} is a pickle ({path.suffix}), which can run code when it is opened; "
            "use its .safetensors file."
        )
    if not path.is_file():
        raise ModelError(f"The LoRA {file.name} is missing: there is no file {path}.")
    with path.open("rb") as opened:
        head = opened.read(2)
    if head in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        raise ModelError(
            f"The LoRA {file.name} is a pickle under another name ({path.name}); only safetensors are read."
        )
    try:
        names = layout.safetensors_header(path)
    except ModelError as error:
        raise ModelError(f"The LoRA {file.name} cannot be used: {error}") from None
    for part, kind in _KINDS.items():
        if any(part in name for name in names):
            raise ModelError(f"The LoRA {file.name} is {kind}, which is not supported; only LoRAs are.")
    if not any(name.endswith(_UP) for name in names):
        whole = "a whole model" if any(name.startswith("model.") for name in names) else "no LoRA"
        raise ModelError(f"The LoRA {file.name} is {whole}: {path.name} holds no LoRA's tensors.")
    return metadata(path)


def metadata(path: Path) -> dict[str, str]:
    """The texts in a safetensors file's header that are not about tensors."""
    with path.open("rb") as opened:
        header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
    said = header.get("__metadata__") or {}
    return {str(key): str(value) for key, value in said.items()}


def trigger_of(said: dict[str, str]) -> str:
    """The words that a file's metadata gives for calling it up (modelspec's ``trigger_phrase``), or none."""
    return said.get("modelspec.trigger_phrase", "").strip()


def hash_of(path: Path) -> str:
    """The sha256 in hex of the tensors' bytes alone, as the web UIs have it: metadata may change."""
    with path.open("rb") as opened:
        opened.seek(8 + int.from_bytes(opened.read(8), "little"))
        digest = hashlib.sha256()
        while block := opened.read(2**20):
            digest.update(block)
    return digest.hexdigest()
