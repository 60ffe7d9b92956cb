"""A house with one job in it that was just accepted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.events import ModelInfo, Ready
from bot.storage.database import Database
from tests.services.house import House, asked


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "bot.sqlite3") as opened:
        yield opened


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> House:
    built = House(database, tmp_path)
    await built.jobs.add(asked())
    built.delivery.handle(Ready(ModelInfo("chibi", "ab", 0.125, "cpu")))
    return built
