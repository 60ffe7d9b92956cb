"""What is here to draw with, by its hashes, as the worker itself names it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from bot.config import Config
from bot.engine.inventory import LIBRARIES, Inventory, kind_of, libraries
from bot.engine.lora_file import hash_of
from bot.models import open_model


async def test_files_are_named_by_what_is_in_them(tmp_path: Path) -> None:
    settings = open_model(Config.model_validate({"storage": {"path": str(tmp_path)}})).settings
    inventory = Inventory(settings)
    own = await inventory.model_hash(None)
    assert own is not None and len(own) == 64
    assert await inventory.lora_hash("sketch") == hash_of(settings.loras["sketch"].path)
    assert await inventory.model_hash("other") is None and await inventory.lora_hash("other") is None
    assert inventory.upscaler == "upscaler"
    bare = Inventory(dataclasses.replace(settings, upscaler=None, models={"other": settings.files}))
    assert bare.upscaler is None and await bare.model_hash("other") == own


async def test_what_was_taken_away_since_is_not_here(tmp_path: Path) -> None:
    settings = open_model(Config.model_validate({"storage": {"path": str(tmp_path)}})).settings
    gone = dataclasses.replace(settings.files, checkpoint=tmp_path / "gone.safetensors")
    assert await Inventory(dataclasses.replace(settings, files=gone)).model_hash(None) is None


def test_versions_and_devices_are_named_shortly() -> None:
    assert [part.split(" ")[0] for part in libraries().split("; ")] == list(LIBRARIES)
    assert (kind_of("cuda:1"), kind_of("cpu")) == ("cuda", "cpu")
