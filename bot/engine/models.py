"""Names of models, and the files that each name stands for on this machine; no torch, no network.

A name is a profile (`PROFILES`), ``chibi`` (a folder that the caller knows), a diffusers folder, or a
single-file ``.safetensors`` checkpoint. Everything that can be told without loading is told here, in one
sentence each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from bot.core.errors import ModelError
from bot.engine import layout


@dataclasses.dataclass(frozen=True, slots=True)
class Profile:
    """A model of the hub: its repository, and that of a VAE to be used in place of its own."""

    repo: str
    vae: str | None = None


FP16_FIX = "madebyollin/sdxl-vae-fp16-fix"
"""A VAE whose activations stay inside half precision; SDXL's own overflows there (the card uses it)."""

PROFILES: Mapping[str, Profile] = {
    "animagine-xl-3.0": Profile("cagliostrolab/animagine-xl-3.0", FP16_FIX),
    "animagine-xl-3.1": Profile("cagliostrolab/animagine-xl-3.1", FP16_FIX),
    "animagine-xl-2.0": Profile("Linaqruf/animagine-xl-2.0", FP16_FIX),
    "sdxl-base": Profile("stabilityai/stable-diffusion-xl-base-1.0", FP16_FIX),
}
PICKLES = frozenset({".ckpt", ".pt", ".pth", ".bin", ".pkl"})
"""Formats that run code when they are read."""


@dataclasses.dataclass(frozen=True, slots=True)
class ModelFiles:
    """Where a model's files are: a diffusers ``folder``, or a ``checkpoint`` with a folder that describes it.

    ``vae`` is a folder that replaces the model's own VAE.
    """

    name: str
    folder: Path
    checkpoint: Path | None = None
    vae: Path | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of the weights on the disk; about what they take in memory."""
        if self.checkpoint is not None:
            return self.checkpoint.stat().st_size
        own = [part for part in layout.COMPONENTS if part != "vae" or self.vae is None]
        files = [file for part in own for file in layout.weights(self.folder, part)]
        files += layout.weights(self.vae, "") if self.vae is not None else ()
        return sum(file.stat().st_size for file in files)

    @property
    def unet_weights(self) -> Path:
        """The file whose sha256 names the model: the UNet's, or the whole single file."""
        return self.checkpoint or layout.weights(self.folder, "unet")[0]


def hub_folder(models: Path, repo: str) -> Path:
    """Where a hub repository's files are kept below the folder of models."""
    return models / repo.replace("/", "--")


def resolve(name: str, models: Path, builtin: Mapping[str, Path]) -> ModelFiles:
    """Find the files of a name; ``builtin`` gives the folders of models that ship with the bot.

    Raises ModelError, in one sentence, for a name that means nothing, files that are missing or
    incomplete, pickles, and models of another family.
    """
    if name in builtin:
        return _folder(name, builtin[name])
    if name in PROFILES:
        return _profile(name, models)
    path = Path(name).expanduser()
    if path.suffix.lower() in PICKLES:
        raise ModelError(
            f"{name} is a pickle ({path.suffix}), which can run code when it is opened; "
            "use the .safetensors file of the same model."
        )
    if path.is_dir():
        return _folder(path.resolve().name, path.resolve())
    if path.is_file():
        return _checkpoint(path.resolve(), models, builtin)
    known = ", ".join([*builtin, *PROFILES])
    raise ModelError(
        f"There is no model {name!r}: use {known}, a diffusers folder, or a .safetensors file that exists."
    )


def installed(models: Path, builtin: Mapping[str, Path]) -> dict[str, str | None]:
    """Every known name with None where it can be loaded, else the sentence that says why not."""
    answers: dict[str, str | None] = {}
    for name in (*builtin, *PROFILES):
        try:
            resolve(name, models, builtin)
        except ModelError as error:
            answers[name] = str(error)
        else:
            answers[name] = None
    return answers


def _folder(name: str, folder: Path) -> ModelFiles:
    layout.require_sdxl(folder)
    return ModelFiles(name, folder)


def _profile(name: str, models: Path) -> ModelFiles:
    profile = PROFILES[name]
    folder = hub_folder(models, profile.repo)
    if not folder.is_dir():
        raise ModelError(
            f"The model {name} is not in {models}; fetch it with `python -m bot model pull {name}`."
        )
    if profile.vae is None:
        return _folder(name, folder)
    vae = hub_folder(models, profile.vae)
    if not vae.is_dir():
        raise ModelError(
            f"{name} needs the VAE {profile.vae}, which is not in {models}; "
            f"`python -m bot model pull {name}` fetches it."
        )
    layout.require_sdxl(folder, without=("vae",))
    layout.require_component(vae, "")
    return ModelFiles(name, folder, vae=vae)


def _checkpoint(path: Path, models: Path, builtin: Mapping[str, Path]) -> ModelFiles:
    if path.suffix.lower() != ".safetensors":
        raise ModelError(f"{path} is not a .safetensors file; a model is a diffusers folder or such a file.")
    shape = layout.checkpoint_shape(path)
    candidates = [*(hub_folder(models, profile.repo) for profile in PROFILES.values()), *builtin.values()]
    for folder in candidates:
        if layout.describes(folder, shape):
            return ModelFiles(path.stem, folder, checkpoint=path)
    raise ModelError(
        f"{path.name} holds weights alone; its tokenizer and configuration come from a model of the same "
        "shape: `python -m bot model pull sdxl-base --config-only` fetches them (a few MB)."
    )
