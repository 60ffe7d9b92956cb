"""The tiny model, made once for all tests of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.engine.models import ModelFiles

if TYPE_CHECKING:
    from bot.engine.loader import Loaded


HERE = Path(__file__).parent
DIFFUSERS_ARRAYS = "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
"""diffusers 0.42's schedulers make numpy 2 warn; it is not ours to mend."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(DIFFUSERS_ARRAYS))


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """Tests are many and small: torch's threads would only get in each other's way."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """A random SDXL as a diffusers folder; tests that change files copy it."""
    from tests.engine import tiny

    return tiny.save(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_files(tiny_folder: Path) -> ModelFiles:
    return ModelFiles("tiny", tiny_folder)


@pytest.fixture(scope="session")
def loaded(tiny_files: ModelFiles) -> Loaded:
    from bot.engine.loader import load

    return load(tiny_files, "cpu")
