"""The whole bot on the sandbox, with the demo model, started once for all journeys."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import app, languages
from bot.config import Config, Discord, Engine, Storage, Token
from bot.sandbox import Sandbox
from tests.sandbox.oracle import Oracle

# With few steps one picture in forty is withheld; those of these seeds are not, as the journeys ask for them.
SEEDS = (1, 2, 3, 4, 6, 7, 9, 10)


@pytest.fixture(autouse=True)
def _drawn_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeds that the bot draws where nobody names one, so that a picture is not shown by chance."""
    seeds = itertools.cycle(SEEDS)
    monkeypatch.setattr(secrets, "randbelow", lambda below: next(seeds))


@pytest.fixture(autouse=True)
def _spoken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """English for everybody, whatever they read, but for the journeys that are about languages."""
    if request.node.get_closest_marker("languages") is None:
        monkeypatch.setattr(languages, "_LOCALES", {})


def config_for(sandbox: Sandbox, folder: Path) -> Config:
    return Config(
        discord=Discord(api_base=sandbox.api_base, gateway_url=sandbox.gateway_url),
        engine=Engine(device="cpu", threads=1),
        storage=Storage(path=str(folder)),
    )


@contextlib.asynccontextmanager
async def running(sandbox: Sandbox, folder: Path, **tables: Any) -> AsyncIterator[None]:
    """The bot, ready, with some of the config's tables in place of the usual; stopped cleanly at the end."""
    stop, ready = asyncio.Event(), asyncio.Event()
    config = config_for(sandbox, folder).model_copy(update=tables)
    bot = asyncio.create_task(app.run(config, Token(sandbox.token), stop, ready.set))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait((bot, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        if not bot.done():
            yield
    finally:
        stop.set()
        await bot


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def sandbox(data: Path) -> AsyncIterator[Sandbox]:
    """A sandbox with the bot on it; every request and answer is held against Discord's own file."""
    oracle = Oracle()
    async with Sandbox(observer=oracle) as opened, running(opened, data):
        yield opened
    assert not oracle.faults
