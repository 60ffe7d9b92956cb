"""Pulling models with the hub library's own code from a hub on the loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import torch

from bot.core.errors import ModelError
from bot.engine import classifiers, lock, upscale_files
from bot.engine.check import check
from bot.engine.fetch import pull
from bot.engine.models import (
    FP16_FIX,
    PROFILES,
    hub_folder,
    installed,
    resolve,
)
from bot.engine.upscale import open_upscaler
from tests.engine.hub import Hub

NAME = "animagine-xl-3.0"
REPO = PROFILES[NAME].repo


@pytest.fixture(scope="module")
def contents(tiny_folder: Path) -> dict[str, bytes]:
    paths = (path for path in tiny_folder.rglob("*") if path.is_file())
    return {path.relative_to(tiny_folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
async def hub(contents: dict[str, bytes]) -> AsyncIterator[Hub]:
    hub = Hub()
    files = dict(contents)
    extras = {"animagine-xl-3.0.safetensors": b"whole", "unet/diffusion_pytorch_model.bin": b"pickle"}
    hub.add(REPO, {**files, **extras, "README.md": b"words", "unet/openvino_model.bin": b"other"})
    vae = {name.removeprefix("vae/"): body for name, body in files.items() if name.startswith("vae/")}
    hub.add(FP16_FIX, {**vae, "sdxl_vae.safetensors": b"other"})
    for each, names in classifiers.FILES.items():
        hub.add(each, {**{name: name.encode() for name in names}, "other/model.onnx": b"x"})
    hub.add(upscale_files.REPO, {upscale_files.FILE: b"weights", "README.md": b"words", "other.pth": b"x"})
    async with hub.server:
        yield hub


async def fetch(hub: Hub, models: Path, name: str = NAME, config_only: bool = False) -> list[str]:
    lines: list[str] = []
    await asyncio.to_thread(pull, name, models, lines.append, config_only=config_only, endpoint=hub.endpoint)
    return lines


async def test_a_pull_fetches_what_loading_needs_and_nothing_else(hub: Hub, tmp_path: Path) -> None:
    assert not any(sentence is None for sentence in installed(tmp_path, {}).values())
    lines = await fetch(hub, tmp_path)
    rated = [classifiers.RATING_REPO, classifiers.TAGGER_REPO]
    assert [line.split(" at ")[0] for line in lines] == [REPO, FP16_FIX, *rated, upscale_files.REPO]
    files = resolve(NAME, tmp_path, {})
    assert files.vae == hub_folder(tmp_path, FP16_FIX)
    here = classifiers.find(tmp_path, frozenset({"child"}))
    assert here.tagger == hub_folder(tmp_path, classifiers.TAGGER_REPO)
    assert here.rating == hub_folder(tmp_path, classifiers.RATING_REPO) / classifiers.RATING_MODEL
    assert installed(tmp_path, {})[NAME] is None
    unneeded = (
        "bin",
        "README.md",
        f"{NAME}.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "sdxl_vae",
    )
    assert not [name for name in hub.fetched if name.startswith(REPO) and name.endswith(unneeded)]
    assert not [name for name in hub.fetched if name.endswith("other/model.onnx")]
    reports = list(check(files))
    assert len(reports) > 10
    assert all(report.locked and report.problem is None for report in reports)


async def test_later_pulls_keep_to_the_first_revision(hub: Hub, tmp_path: Path) -> None:
    await fetch(hub, tmp_path)
    first = lock.read(hub_folder(tmp_path, REPO))
    assert first is not None
    assert first.revision == "a" * 40
    hub.fetched.clear()
    await fetch(hub, tmp_path)
    assert hub.fetched == []
    hub.revisions[REPO] = "b" * 40
    with pytest.raises(ModelError, match=REPO):
        await fetch(hub, tmp_path)
    assert lock.read(hub_folder(tmp_path, REPO)) == first


async def test_a_file_that_changed_at_its_revision_is_refused_until_the_lock_goes(
    hub: Hub, tmp_path: Path
) -> None:
    await fetch(hub, tmp_path)
    folder = hub_folder(tmp_path, REPO)
    hub.files[REPO]["model_index.json"] += b" "
    (folder / "model_index.json").unlink()
    with pytest.raises(ModelError, match=r"model_index\.json changed; to accept the change, delete"):
        await fetch(hub, tmp_path)
    (folder / lock.NAME).unlink()
    await fetch(hub, tmp_path)
    held = lock.read(folder)
    assert held is not None
    assert held.files["model_index.json"] == lock.FileRecord.of(folder / "model_index.json")


async def test_a_damaged_file_is_told_and_pulled_again(hub: Hub, tmp_path: Path) -> None:
    await fetch(hub, tmp_path)
    weights = hub_folder(tmp_path, REPO) / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    bad = [report for report in check(resolve(NAME, tmp_path, {})) if report.problem]
    assert [report.path for report in bad] == [weights]
    assert "not what it was" in str(bad[0].problem)
    weights.unlink()
    await fetch(hub, tmp_path)
    assert not [report for report in check(resolve(NAME, tmp_path, {})) if report.problem]


async def test_a_missing_locked_file_is_reported(hub: Hub, tmp_path: Path) -> None:
    await fetch(hub, tmp_path)
    files = resolve(NAME, tmp_path, {})
    (files.folder / "scheduler" / "scheduler_config.json").unlink()
    bad = [report for report in check(files) if report.problem]
    assert [report.path.name for report in bad] == ["scheduler_config.json"]
    with pytest.raises(ModelError, match=r"incomplete: scheduler/scheduler_config\.json is missing"):
        resolve(NAME, tmp_path, {})


async def test_the_configuration_alone_can_be_pulled_and_completed_later(hub: Hub, tmp_path: Path) -> None:
    await fetch(hub, tmp_path, config_only=True)
    assert not [name for name in hub.fetched if name.endswith(("safetensors", "onnx"))]
    with pytest.raises(ModelError, match="pull"):
        resolve(NAME, tmp_path, {})
    await fetch(hub, tmp_path)
    held = lock.read(hub_folder(tmp_path, REPO))
    assert held is not None
    assert {"unet/config.json", "unet/diffusion_pytorch_model.safetensors"} <= held.files.keys()


async def test_a_model_of_pickles_is_refused(hub: Hub, tmp_path: Path) -> None:
    del hub.files[REPO]["unet/diffusion_pytorch_model.safetensors"]
    with pytest.raises(ModelError, match="unet has no safetensors weights"):
        await fetch(hub, tmp_path)
    assert not hub_folder(tmp_path, REPO).exists()


async def test_a_repository_that_is_not_there_is_named(hub: Hub, tmp_path: Path) -> None:
    del hub.files[REPO]
    with pytest.raises(ModelError, match=f"{REPO} could not be fetched"):
        await fetch(hub, tmp_path)


async def test_a_name_without_a_repository_cannot_be_pulled(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'chibi' cannot be pulled; use animagine"):
        await fetch(hub, tmp_path, "chibi")


async def test_a_hub_out_of_reach_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"{REPO} could not be fetched"):
        await asyncio.to_thread(pull, NAME, tmp_path, endpoint="http://127.0.0.1:9")


def test_a_damaged_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / lock.NAME).write_text(json.dumps({"repo": "a/b"}), "utf-8")
    with pytest.raises(ModelError, match="delete it and pull again"):
        lock.read(tmp_path)


async def test_the_upscaler_can_be_pulled_alone_and_is_pinned(hub: Hub, tmp_path: Path) -> None:
    assert upscale_files.find(tmp_path) is None and "pull upscaler" in str(upscale_files.missing(tmp_path))
    await fetch(hub, tmp_path, upscale_files.NAME)
    assert hub.fetched == [f"{upscale_files.REPO}/{upscale_files.FILE}"]
    found = upscale_files.find(tmp_path)
    assert found is not None and upscale_files.missing(tmp_path) is None
    found.write_bytes(b"another")
    with pytest.raises(ModelError, match="is not what it was when it was pulled"):
        open_upscaler(found, torch.device("cpu"))


async def test_the_classifiers_can_be_pulled_alone_and_are_pinned(hub: Hub, tmp_path: Path) -> None:
    assert classifiers.find(tmp_path, frozenset()) == classifiers.ClassifierFiles()
    await fetch(hub, tmp_path, classifiers.NAME)
    assert {"/".join(name.split("/")[:2]) for name in hub.fetched} == set(classifiers.FILES)
    here = classifiers.find(tmp_path, frozenset({"child"}))
    assert here.rating is not None and here.small is not None and here.tagger is not None
    assert here.rating_on("cuda") == here.rating and here.rating_on("cpu") == here.small
    for folder in (here.rating, here.small, here.tagger):
        lock.verify(folder)
    (here.tagger / "model.onnx").write_bytes(b"another")
    with pytest.raises(ModelError, match=r"model\.onnx is not what it was when it was pulled"):
        classifiers.open_rater(classifiers.ClassifierFiles(tagger=here.tagger), "cpu")
