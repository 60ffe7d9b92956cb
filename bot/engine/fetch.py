"""Fetching models from the hub: only the files that loading needs, at a revision that is then locked."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.errors import ModelError
from bot.engine import classifiers, layout, lock, upscale_files
from bot.engine.models import PROFILES, hub_folder

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Progress = Callable[[str], None]
"""Hears one plain line per repository; the bars are the hub library's own, on stderr."""
Choose = Callable[[Collection[str]], list[str]]
"""Of a repository's file names those that are fetched."""

WORDS = ("model_index.json", "scheduler/*.json", "tokenizer/*", "tokenizer_2/*")
WORD_ENDINGS = (".json", ".txt")


EXTRAS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    classifiers.NAME: classifiers.FILES,
    upscale_files.NAME: {upscale_files.REPO: (upscale_files.FILE,)},
}
"""What is fetched with every model, and alone by these names: repositories with the files of each."""


def pull(
    name: str,
    models: Path,
    progress: Progress = lambda line: None,
    *,
    config_only: bool = False,
    endpoint: str | None = None,
) -> list[Path]:
    """Fetch a profile with its VAE, the picture classifiers and the upscaler; returns their folders below
    ``models``.

    The names ``classifiers`` and ``upscaler`` fetch those alone. ``config_only`` fetches what a
    single-file checkpoint of the same shape needs beside it, a few MB.
    The first pull writes a lock beside the files; later ones use its revision. Raises ModelError for a
    name that is no profile, for files that differ from the lock, and when the hub cannot be used.
    """
    parts = [] if name in EXTRAS else _profile(name, config_only)
    for extra, repositories in EXTRAS.items():
        if name == extra or (name not in EXTRAS and not config_only):
            parts += [(repo, _all_of(files)) for repo, files in repositories.items()]
    return [_pull(repo, hub_folder(models, repo), choose, progress, endpoint) for repo, choose in parts]


def _all_of(files: Collection[str]) -> Choose:
    return lambda names: list(files)


def _profile(name: str, config_only: bool) -> list[tuple[str, Choose]]:
    """The repositories of a profile, each with what is needed of its files."""
    if name not in PROFILES:
        raise ModelError(f"{name!r} cannot be pulled; use {', '.join((*PROFILES, *EXTRAS))}.")
    profile = PROFILES[name]
    own_vae = profile.vae is None

    def model(names: Collection[str]) -> list[str]:
        weights = [part for part in layout.COMPONENTS if part != "vae" or own_vae]
        return _select(profile.repo, names, [] if config_only else weights)

    def vae(names: Collection[str]) -> list[str]:
        return ["config.json", *_weights(profile.repo, names, "")]

    parts: list[tuple[str, Choose]] = [(profile.repo, model)]
    if profile.vae and not config_only:
        parts.append((profile.vae, vae))
    return parts


def _pull(
    repo: str,
    folder: Path,
    choose: Choose,
    progress: Progress,
    endpoint: str | None,
) -> Path:
    # Imported here: a bot that has its models never needs it.
    import huggingface_hub

    held = lock.read(folder)
    if held is not None and held.repo != repo:
        raise ModelError(f"{folder} holds {held.repo}, not {repo}; move it away and pull again.")
    api = huggingface_hub.HfApi(endpoint=endpoint)
    try:
        revision, names = _look(api, repo, held.revision if held else None)
        chosen = sorted(choose(names))
        progress(f"{repo} at {revision[:10]}: {len(chosen)} files into {folder}")
        huggingface_hub.snapshot_download(
            repo, revision=revision, local_dir=folder, allow_patterns=chosen, endpoint=endpoint
        )
    except ModelError:
        raise
    except Exception as error:  # the library, its HTTP client and the disk raise kinds of their own
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"{repo} could not be fetched: {first}") from error
    _keep(folder, repo, revision, chosen, held)
    return folder


def _look(api: HfApi, repo: str, revision: str | None) -> tuple[str, list[str]]:
    info = api.model_info(repo, revision=revision)
    if info.sha is None:
        raise ModelError(f"The hub does not say which revision of {repo} it has; try again later.")
    return info.sha, [sibling.rfilename for sibling in info.siblings or ()]


def _keep(folder: Path, repo: str, revision: str, names: list[str], held: lock.Lock | None) -> None:
    """Compare with the lock, or write the first one."""
    for name in names:
        if not (folder / name).is_file():
            raise ModelError(f"{repo} has no {name}, which the model needs.")
    seen = {name: lock.FileRecord.of(folder / name) for name in names}
    known = held.files if held is not None else {}
    changed = [name for name, record in seen.items() if known.get(name, record) != record]
    if changed:
        raise ModelError(
            f"{repo} is not what it was at the first pull: {', '.join(changed)} changed; to accept the "
            f"change, delete {folder / lock.NAME} and pull again."
        )
    lock.write(folder, lock.Lock(repo, revision, {**known, **seen}))


def _select(repo: str, names: Collection[str], weights: Collection[str]) -> list[str]:
    """The files of an SDXL repository that loading needs, with the weights of these components."""
    chosen = [
        name
        for name in names
        if name.endswith(WORD_ENDINGS) and any(fnmatch.fnmatch(name, pattern) for pattern in WORDS)
    ]
    chosen += [f"{component}/config.json" for component in layout.COMPONENTS]
    for component in weights:
        chosen += _weights(repo, names, component)
    return chosen


def _weights(repo: str, names: Collection[str], component: str) -> list[str]:
    """A component's safetensors file, the halved one where there is one."""
    stem = layout.STEMS.get(component, "model")
    home = f"{component}/" if component else ""
    for variant in reversed(layout.VARIANTS):
        name = f"{home}{stem}{variant}.safetensors"
        if name in names:
            return [name]
    where = f"{repo}/{component}" if component else repo
    raise ModelError(f"{where} has no safetensors weights, and pickles are not loaded.")
