"""The walls between the rooms: who may import whom, and where heavy libraries may appear."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(path for room in ("bot", "cogs") for path in (ROOT / room).rglob("*.py"))

ANY = {"cogs", "bot"}
CRAFTS = {"bot.prompt", "bot.policy", "bot.engine", "bot.storage"}
MAY_IMPORT: dict[str, set[str]] = {
    "bot.core": set(),
    "bot.prompt": {"bot.core"},
    "bot.imaging": {"bot.core", "bot.prompt"},
    "bot.engine": {"bot.core", "bot.prompt", "bot.imaging"},
    "bot.policy": {"bot.core", "bot.prompt"},
    "bot.storage": {"bot.core"},
    "bot.languages": {"bot.core"},
    "bot.services": {"bot.core", "bot.languages", *CRAFTS},
    "bot.ui": {"bot.core", "bot.languages", "bot.services"},
    "bot.sandbox": set(),
    "bot.chibi": set(),
    "bot.config": {"bot.core"},
    "bot.client": {"bot.core", "bot.services", "bot.storage", "bot.ui"},
    "cogs": {"bot.core", "bot.services", "bot.ui", "bot.client"},
}
"""A room that is not named here (the composition root, the command line, bench) may import anything."""

TORCH = {"torch", "diffusers", "transformers", "accelerate", "onnxruntime"}
ONLY_IN = {
    "discord": {"cogs", "bot.ui", "bot.client"},
    "aiosqlite": {"bot.storage"},
    "babel": {"bot.languages"},
    "sqlite3": {"bot.storage"},
    **{name: {"bot.engine", "bot.imaging", "bot.chibi", "bot.bench"} for name in TORCH},
}


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[0] if parts[0] == "cogs" else ".".join(parts[:2])


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out in full"
            assert node.module is not None
            yield node.module
            if node.module == "bot":
                yield from (f"bot.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    room = room_of(module_of(path))
    allowed = MAY_IMPORT.get(room)
    for name in imports(path):
        top = name.split(".")[0]
        if allowed is not None and top in ANY and name != "bot" and room_of(name) != room:
            bare = name.startswith("bot.__")  # the package's own version
            assert bare or room_of(name) in allowed, f"{room} must not import {name}"
        if top in ONLY_IN:
            assert room in ONLY_IN[top], f"{top} must not be imported in {room}"
        if room == "bot.core":
            assert top == "bot" or top in sys.stdlib_module_names, f"core must not import {name}"


def test_nothing_imports_the_cogs() -> None:
    for path in FILES:
        if room_of(module_of(path)) != "cogs":
            assert not any(name.split(".")[0] == "cogs" for name in imports(path)), path


def test_the_bots_process_never_imports_torch() -> None:
    code = (
        "import sys, bot.app, bot.cli, cogs.imagine, cogs.preset, cogs.describe, cogs.history, cogs.queue,"
        " cogs.identify, cogs.show, cogs.settings, cogs.privacy, cogs.about\n"
        f"sys.exit(' '.join(sorted({TORCH!r} & sys.modules.keys())) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_help_answers_without_heavy_imports() -> None:
    code = (
        "import sys\nfrom bot.cli import parser\nparser()\n"
        "sys.exit(' '.join(sorted({'torch', 'discord', 'aiohttp', 'pydantic'} & sys.modules.keys())) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
