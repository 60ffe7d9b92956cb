"""Who may set what, what they are told, and what is written down of it."""

from __future__ import annotations

import pytest

from bot.core.errors import InvalidRequest
from bot.core.rating import Rating
from bot.services.settings import Admin, SettingsService
from bot.storage.database import Database
from bot.storage.settings import SettingsStore

GUILD, CHANNEL = 1, 2
ADMIN = Admin(9, GUILD, True)


@pytest.fixture
def store(database: Database) -> SettingsStore:
    return SettingsStore(database)


@pytest.fixture
def settings(store: SettingsStore) -> SettingsService:
    return SettingsService(store, Rating.EXPLICIT)


async def audit(database: Database) -> list[tuple[object, ...]]:
    rows = await database.fetch_all(
        "SELECT guild_id, channel_id, user_id, action, before, after FROM audit ORDER BY id"
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("admin", "said"), [(Admin(9, GUILD, False), "Manage Server"), (Admin(9, None, True), "a server")]
)
async def test_who_may_not_changes_nothing(
    settings: SettingsService, database: Database, admin: Admin, said: str
) -> None:
    with pytest.raises(InvalidRequest, match=said):
        await settings.set_ceiling(admin, None, Rating.EXPLICIT)
    with pytest.raises(InvalidRequest, match=said):
        await settings.set_ceiling(admin, CHANNEL, None)
    with pytest.raises(InvalidRequest, match=said):
        await settings.set_strict(admin, True)
    assert await audit(database) == []
    assert await database.fetch_all("SELECT * FROM place_settings") == []


async def test_every_change_is_written_down_and_nothing_else(
    settings: SettingsService, database: Database
) -> None:
    await settings.set_ceiling(ADMIN, None, Rating.SENSITIVE)
    assert "already" in await settings.set_ceiling(ADMIN, None, Rating.SENSITIVE)
    await settings.set_ceiling(ADMIN, None, Rating.EXPLICIT)
    await settings.set_ceiling(Admin(8, GUILD, True), CHANNEL, Rating.GENERAL)
    await settings.set_ceiling(ADMIN, CHANNEL, None)
    await settings.set_strict(ADMIN, True)
    assert "already off" in await settings.set_strict(Admin(7, 77, True), False)
    assert await audit(database) == [
        (GUILD, None, 9, "ceiling", "unset", "sensitive"),
        (GUILD, None, 9, "ceiling", "sensitive", "explicit"),
        (GUILD, CHANNEL, 8, "ceiling", "unset", "general"),
        (GUILD, CHANNEL, 9, "ceiling", "general", "unset"),
        (GUILD, None, 9, "strict", "off", "on"),
    ]


async def test_one_setting_leaves_the_other_alone(settings: SettingsService, store: SettingsStore) -> None:
    await settings.set_strict(ADMIN, True)
    await settings.set_ceiling(ADMIN, None, Rating.QUESTIONABLE)
    await settings.set_ceiling(ADMIN, None, None)
    server, _ = await store.of(GUILD, CHANNEL)
    assert server.strict is True and server.ceiling is None


async def test_an_admin_is_told_what_else_holds_the_ceiling_down(store: SettingsStore) -> None:
    settings = SettingsService(store, Rating.QUESTIONABLE)
    said = await settings.set_ceiling(ADMIN, CHANNEL, Rating.EXPLICIT)
    assert "owner of this bot allows questionable" in said
    assert "server's own ceiling is general" in said
    assert "not age-restricted stay at sensitive" in said
    assert "age-restricted" not in await settings.set_ceiling(ADMIN, None, Rating.SENSITIVE)
