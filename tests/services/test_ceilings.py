"""A place's ceiling is the lowest of everybody who has a say, and Discord is asked anew before posting."""

from __future__ import annotations

import itertools

import pytest

from bot.core.job import Place
from bot.core.rating import Rating
from bot.services.ceilings import CeilingService
from bot.storage.database import Database
from bot.storage.settings import SettingsStore

GUILD, CHANNEL, THREAD, ADMIN = 1, 2, 3, 9


class Discord:
    """What Discord says of every channel when it is asked anew."""

    def __init__(self) -> None:
        self.restricted = False
        self.asked: list[Place] = []

    async def age_restricted(self, place: Place) -> bool:
        self.asked.append(place)
        return self.restricted


@pytest.fixture
def store(database: Database) -> SettingsStore:
    return SettingsStore(database)


@pytest.fixture
def discord() -> Discord:
    return Discord()


def service(store: SettingsStore, discord: Discord, owner: Rating = Rating.EXPLICIT) -> CeilingService:
    return CeilingService(store, owner, discord)


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("owner", Rating)
async def test_a_server_that_set_nothing_is_general(
    store: SettingsStore, discord: Discord, owner: Rating, restricted: bool
) -> None:
    ceiling = await service(store, discord, owner).of(Place(GUILD, CHANNEL, restricted))
    assert ceiling.rating is Rating.GENERAL and not ceiling.strict


@pytest.mark.parametrize(
    ("owner", "server", "channel", "restricted"),
    [
        (owner, server, channel, restricted)
        for owner, server, channel in itertools.product(Rating, (None, *Rating), (None, *Rating))
        for restricted in (False, True)
    ],
)
async def test_the_lowest_of_all_counts(
    store: SettingsStore,
    discord: Discord,
    owner: Rating,
    server: Rating | None,
    channel: Rating | None,
    restricted: bool,
) -> None:
    await store.set_ceiling(GUILD, None, server, ADMIN)
    await store.set_ceiling(GUILD, CHANNEL, channel, ADMIN)
    discord.restricted = restricted
    expected = min(
        owner,
        Rating.GENERAL if server is None else server,
        Rating.EXPLICIT if channel is None else channel,
        Rating.EXPLICIT if restricted else Rating.SENSITIVE,
    )
    ceilings = service(store, discord, owner)
    for found in (
        await ceilings.of(Place(GUILD, CHANNEL, restricted)),
        await ceilings.now(Place(GUILD, CHANNEL, not restricted)),
    ):
        assert found.rating is expected
        assert expected.word in found.why or "no limit" in found.why
        assert found.why in {limit.why for limit in found.limits if limit.rating is expected}


async def test_direct_messages_are_general_whatever_is_said(store: SettingsStore, discord: Discord) -> None:
    discord.restricted = True
    place = Place(None, CHANNEL, True)
    assert (await service(store, discord).of(place)).rating is Rating.GENERAL
    assert (await service(store, discord).now(place)).rating is Rating.GENERAL
    assert discord.asked == []


async def test_a_thread_goes_by_the_settings_of_its_parent(store: SettingsStore, discord: Discord) -> None:
    await store.set_ceiling(GUILD, None, Rating.EXPLICIT, ADMIN)
    await store.set_ceiling(GUILD, CHANNEL, Rating.QUESTIONABLE, ADMIN)
    found = await service(store, discord).of(Place(GUILD, THREAD, True, parent_id=CHANNEL))
    assert found.rating is Rating.QUESTIONABLE


async def test_another_servers_settings_do_not_count(store: SettingsStore, discord: Discord) -> None:
    await store.set_ceiling(GUILD + 1, None, Rating.EXPLICIT, ADMIN)
    await store.set_ceiling(GUILD + 1, CHANNEL, Rating.EXPLICIT, ADMIN)
    assert (await service(store, discord).of(Place(GUILD, CHANNEL, True))).rating is Rating.GENERAL


async def test_a_channel_that_is_no_longer_restricted_is_sensitive_at_most(
    store: SettingsStore, discord: Discord
) -> None:
    await store.set_ceiling(GUILD, None, Rating.EXPLICIT, ADMIN)
    place = Place(GUILD, CHANNEL, True)
    ceilings = service(store, discord)
    assert (await ceilings.of(place)).rating is Rating.EXPLICIT
    found = await ceilings.now(place)
    assert found.rating is Rating.SENSITIVE and "not age-restricted" in found.why
    assert discord.asked == [place]


async def test_discord_is_not_asked_where_its_word_changes_nothing(
    store: SettingsStore, discord: Discord
) -> None:
    await store.set_ceiling(GUILD, None, Rating.SENSITIVE, ADMIN)
    assert (await service(store, discord).now(Place(GUILD, CHANNEL))).rating is Rating.SENSITIVE
    assert discord.asked == []


async def test_strict_is_the_servers(store: SettingsStore, discord: Discord) -> None:
    await store.set_strict(GUILD, True, ADMIN)
    ceilings = service(store, discord)
    assert (await ceilings.of(Place(GUILD, CHANNEL))).strict
    assert (await ceilings.now(Place(GUILD, THREAD, parent_id=CHANNEL))).strict
    assert not (await ceilings.of(Place(GUILD + 1, CHANNEL))).strict
