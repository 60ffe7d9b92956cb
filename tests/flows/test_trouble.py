"""The database cannot be written: people are told in a sentence, and what was accepted goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import app
from bot.sandbox import Sandbox
from bot.storage import folder
from tests.flows.test_imagine import EPHEMERAL, has_pictures, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def other(sandbox: Sandbox, data: Path) -> Iterator[sqlite3.Connection]:
    """Another program that is writing to the bot's database and does not end."""
    connection = sqlite3.connect(data / app.DATABASE, isolation_level=None)
    yield connection
    connection.close()


async def test_a_locked_database_is_told_in_time_and_to_the_asker_alone(
    sandbox: Sandbox, other: sqlite3.Connection
) -> None:
    sora = sandbox.user("sora")
    other.execute("BEGIN IMMEDIATE")
    refused = await sora.slash("general", "imagine", prompt="1girl", steps=8)
    assert refused.message is not None and refused.message.flags & EPHEMERAL
    assert "locked by another program" in texts(refused.message)
    other.execute("ROLLBACK")
    asked = await sora.slash("general", "imagine", prompt="1girl", steps=8)
    await asked.wait_message(has_pictures, seconds=60)


async def test_a_nearly_full_disk_refuses_what_is_new_and_ends_what_is_old(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sora = sandbox.user("sora")
    asked = await sora.slash("general", "imagine", prompt="1girl", steps=20)
    monkeypatch.setattr(folder, "ROOM", 2**60)
    refused = await sora.slash("general", "imagine", prompt="1girl", steps=8)
    assert refused.message is not None and refused.message.flags & EPHEMERAL
    assert "nearly full" in texts(refused.message)
    await asked.wait_message(has_pictures, seconds=60)
