"""Who is turned away, for how long, and what is kept of what was refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.core.errors import Barred
from bot.services.conduct import DAY, STRIKES, ConductService
from bot.storage.database import Database
from bot.storage.secret import SecretKey
from bot.storage.strikes import StrikeStore

TEXT = "a text that nobody may keep"


class Clock:
    """Seconds that pass when the test says so; it starts at a round UTC day."""

    def __init__(self) -> None:
        self.now = 20_000 * DAY

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    turned = Clock()
    monkeypatch.setattr("bot.storage.strikes.time.time", turned)
    return turned


@pytest.fixture
def conduct(database: Database, tmp_path: Path, clock: Clock) -> ConductService:
    return ConductService(StrikeStore(database), SecretKey(tmp_path / "conduct.key"), clock=clock)


async def test_three_strikes_in_a_day_and_the_person_is_refused_for_a_day(
    conduct: ConductService, clock: Clock
) -> None:
    assert "2 more such requests within 24 hours" in await conduct.strike(7, "F1", (TEXT,))
    clock.now += DAY / 2
    assert "One more such request within 24 hours" in await conduct.strike(7, "F2", (TEXT,))
    await conduct.check(7, 1)
    clock.now += DAY / 2 - 1
    assert "refused until" in await conduct.strike(7, "F2", (TEXT,))
    third = clock.now
    for moment in (third, third + DAY / 2, third + DAY - 1):
        clock.now = moment
        with pytest.raises(Barred, match=r"refused until <t:1728172858:f>, because 3 of them"):
            await conduct.check(7, None)
        await conduct.check(8, 1)
    clock.now = third + DAY
    await conduct.check(7, 1)
    assert "2 more such requests" in await conduct.strike(7, "F1", (TEXT,))


async def test_strikes_further_apart_do_not_add_up(conduct: ConductService, clock: Clock) -> None:
    for _ in range(3 * STRIKES):
        await conduct.strike(7, "F5", (TEXT,))
        await conduct.check(7, 1)
        clock.now += DAY / 2


async def test_a_restart_forgets_no_strike(database: Database, tmp_path: Path, clock: Clock) -> None:
    for _ in range(STRIKES):
        started = ConductService(StrikeStore(database), SecretKey(tmp_path / "conduct.key"), clock=clock)
        await started.check(7, 1)
        await started.strike(7, "F6", (TEXT,))
    started = ConductService(StrikeStore(database), SecretKey(tmp_path / "conduct.key"), clock=clock)
    with pytest.raises(Barred):
        await started.check(7, 1)


async def test_nothing_is_kept_but_the_rule_and_a_keyed_hash(
    conduct: ConductService, database: Database, tmp_path: Path
) -> None:
    await conduct.strike(7, "F1", (TEXT, "and another"))
    await conduct.strike(7, "F1", (TEXT, "and another"))
    await conduct.strike(7, "F1", (TEXT, "and one more"))
    rows = await database.fetch_all("SELECT * FROM strikes ORDER BY rowid")
    assert [row["rule"] for row in rows] == ["F1"] * 3
    hashes = [row["hash"] for row in rows]
    assert hashes[0] == hashes[1] != hashes[2] and {len(each) for each in hashes} == {32}
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert TEXT.encode() not in kept and b"and another" not in kept

    other = ConductService(StrikeStore(database), SecretKey(tmp_path / "other.key"))
    await other.strike(9, "F1", (TEXT, "and another"))
    row = await database.fetch_one("SELECT hash FROM strikes WHERE user_id = 9")
    assert row is not None and row["hash"] not in hashes


async def test_half_a_surrogate_can_be_hashed(conduct: ConductService) -> None:
    assert re.search("more such requests", await conduct.strike(7, "F1", ("\ud800",)))


async def test_the_owner_blocks_people_and_servers_and_pauses_all(database: Database, tmp_path: Path) -> None:
    store, key = StrikeStore(database), SecretKey(tmp_path / "conduct.key")
    blocking = ConductService(store, key, blocked_people=(7,), blocked_servers=(1,))
    with pytest.raises(Barred, match="blocked this server"):
        await blocking.check(8, 1)
    for guild_id in (2, None):
        with pytest.raises(Barred, match="blocked you"):
            await blocking.check(7, guild_id)
        await blocking.check(8, guild_id)
    paused = ConductService(store, key, paused=True)
    with pytest.raises(Barred, match="paused it for everybody"):
        await paused.check(8, None)
