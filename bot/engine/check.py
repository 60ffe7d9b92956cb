"""Looking at a model's files: all there, as locked, and readable; one report a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from bot.core.errors import ModelError
from bot.engine import layout, lock
from bot.engine.models import PICKLES, ModelFiles


@dataclasses.dataclass(frozen=True, slots=True)
class FileReport:
    """What was found of one file; ``problem`` is None when all is well."""

    path: Path
    size: int
    sha256: str
    locked: bool
    problem: str | None = None


def check(files: ModelFiles) -> Iterator[FileReport]:
    """Report on every file of a model, its replacement VAE and its checkpoint; reads them whole."""
    if files.checkpoint is not None:
        yield _report(files.checkpoint, None)
        return
    yield from check_folder(files.folder)
    if files.vae is not None:
        yield from check_folder(files.vae)


def check_folder(folder: Path) -> Iterator[FileReport]:
    """Report on every file of a folder and on those that its lock names and that are missing."""
    held = lock.read(folder)
    known = held.files if held is not None else {}
    present = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
    for name, path in present.items():
        if name != lock.NAME:
            yield _report(path, known.get(name))
    for name in sorted(known.keys() - present.keys()):
        yield FileReport(folder / name, 0, "", True, "is missing; pull the model again")


def _report(path: Path, record: lock.FileRecord | None) -> FileReport:
    seen = lock.FileRecord.of(path)
    problem = _damage(path)
    if record is not None and record != seen:
        problem = "is not what it was when it was pulled; delete it and pull the model again"
    return FileReport(path, seen.size, seen.sha256, record is not None, problem)


def _damage(path: Path) -> str | None:
    if path.suffix in PICKLES:
        return "is a pickle, which can run code when it is opened; it is never loaded, and can be deleted"
    try:
        if path.suffix == ".safetensors":
            layout.safetensors_header(path)
        elif path.suffix == ".json":
            layout.read_json(path)
    except ModelError as error:
        return str(error).removeprefix(str(path)).strip()
    return None
