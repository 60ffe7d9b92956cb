"""The lock file in a pulled model's folder: repository, revision, each file's sha256 and size as seen."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

from bot.core.errors import ModelError
from bot.engine import layout

NAME = "model.lock.json"


@dataclasses.dataclass(frozen=True, slots=True)
class FileRecord:
    """One file as it was seen."""

    sha256: str
    size: int

    @classmethod
    def of(cls, path: Path) -> FileRecord:
        """Read a file whole and record it."""
        with path.open("rb") as file:
            return cls(hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)


@dataclasses.dataclass(frozen=True, slots=True)
class Lock:
    """What a folder of a hub model held when it was pulled; file names are relative, with slashes."""

    repo: str
    revision: str
    files: dict[str, FileRecord]


def digest(path: Path) -> str:
    """A file's sha256 in hex, from its lock where that knows it."""
    known = known_digest(path)
    return FileRecord.of(path).sha256 if known is None else known


def read(folder: Path) -> Lock | None:
    """The folder's lock, or None when it has none; raises ModelError when it cannot be understood."""
    path = folder / NAME
    if not path.is_file():
        return None
    data = layout.read_json(path)
    try:
        files = {
            name: FileRecord(str(entry["sha256"]), int(entry["size"]))
            for name, entry in data["files"].items()
        }
        return Lock(str(data["repo"]), str(data["revision"]), files)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"The lock file {path} is damaged ({error}); delete it and pull again.") from None


def write(folder: Path, lock: Lock) -> None:
    """Write the lock in one move, so that no half of it is ever read."""
    draft = folder / f".{NAME}.part"
    draft.write_text(json.dumps(dataclasses.asdict(lock), indent=2, sort_keys=True) + "\n", "utf-8")
    draft.replace(folder / NAME)


def known_digest(path: Path) -> str | None:
    """The sha256 that a lock above this file recorded, when the size still agrees; None otherwise."""
    for folder in path.parents[:3]:
        lock = read(folder)
        if lock is not None:
            record = lock.files.get(path.relative_to(folder).as_posix())
            return record.sha256 if record is not None and record.size == path.stat().st_size else None
    return None


def verify(folder: Path) -> None:
    """Hold every file of a folder against the lock in it or above it, reading them whole.

    Files that no lock names pass: an owner may put a model there by hand. Raises ModelError for the first
    that differs.
    """
    for home in (folder, *folder.parents[:2]):
        held = read(home)
        if held is None:
            continue
        for path in sorted(folder.iterdir()):
            record = held.files.get(path.relative_to(home).as_posix())
            if record is not None and record != FileRecord.of(path):
                raise ModelError(f"{path} is not what it was when it was pulled; delete it and pull again.")
        return
