"""Whether a place is age-restricted: what the gateway told may deny; only an answer may confirm."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.core.job import Place
from bot.ui.places import DiscordChannels, moderates, sees

GUILD, CHANNEL, THREAD = 1, 2, 3
DEFAULT, EXPLICIT = discord.NSFWLevel.default, discord.NSFWLevel.explicit
HERE = Place(GUILD, CHANNEL)
SAFE, AGE_RESTRICTED = discord.NSFWLevel.safe, discord.NSFWLevel.age_restricted


@dataclasses.dataclass
class Channel:
    marked: bool

    def is_nsfw(self) -> bool:
        return self.marked


@dataclasses.dataclass
class Guild:
    nsfw_level: discord.NSFWLevel = DEFAULT
    channels: dict[int, Channel] = dataclasses.field(default_factory=dict)
    unavailable: bool = False
    id: int = GUILD

    def get_channel_or_thread(self, channel_id: int) -> Channel | None:
        return self.channels.get(channel_id)


@dataclasses.dataclass
class Client:
    """What the gateway told (``known``), and what Discord answers when it is asked."""

    known: Guild | None
    answers: Guild
    broken: bool = False
    asked: list[int] = dataclasses.field(default_factory=list)

    def get_guild(self, guild_id: int) -> Guild | None:
        return self.known if guild_id == GUILD else None

    async def fetch_channel(self, channel_id: int) -> Channel:
        self.asked.append(channel_id)
        if self.broken:
            raise ConnectionError("no Discord today")
        return self.answers.channels[channel_id]

    async def fetch_guild(self, guild_id: int) -> Guild:
        self.asked.append(guild_id)
        return self.answers


def guild(marked: bool = False, level: discord.NSFWLevel = DEFAULT, *, unavailable: bool = False) -> Guild:
    return Guild(level, {CHANNEL: Channel(marked)}, unavailable)


async def restricted(client: Client, place: Place = HERE) -> bool:
    return await DiscordChannels(cast(Any, client)).age_restricted(place)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("answered", [False, True])
async def test_both_must_say_so(known: bool, answered: bool) -> None:
    client = Client(guild(known), guild(answered))
    assert await restricted(client) is (known and answered)
    assert client.asked == ([CHANNEL] if known else [])


async def test_a_thread_is_asked_for_by_its_parent() -> None:
    client = Client(guild(True), guild(True))
    assert await restricted(client, Place(GUILD, THREAD, parent_id=CHANNEL))
    assert client.asked == [CHANNEL]


@pytest.mark.parametrize(
    ("level", "expected"), [(DEFAULT, False), (SAFE, False), (EXPLICIT, True), (AGE_RESTRICTED, True)]
)
async def test_the_level_of_the_whole_server_counts(level: discord.NSFWLevel, expected: bool) -> None:
    assert await restricted(Client(guild(level=level), guild(level=level))) is expected
    assert not await restricted(Client(guild(level=level), guild()))


@pytest.mark.parametrize(
    "client",
    [
        Client(None, guild(True)),
        Client(guild(True, unavailable=True), guild(True)),
        Client(Guild(), guild(True)),
        Client(guild(True), guild(True), broken=True),
        Client(guild(True), Guild()),
    ],
    ids=["unknown server", "outage", "unknown channel", "no answer", "no such channel"],
)
async def test_what_cannot_be_told_is_not_age_restricted(client: Client) -> None:
    assert not await restricted(client)


async def test_direct_messages_are_not_age_restricted() -> None:
    assert not await restricted(Client(guild(True), guild(True)), Place(None, CHANNEL))


OTHER, PRIVATE, ORPHAN = 20, 21, 22


def interaction(**may: bool) -> Any:
    """In ``CHANNEL`` of a server where the person may do these things everywhere else."""

    class Held:
        def permissions_for(self, _: object) -> discord.Permissions:
            return discord.Permissions(**may)

    class Orphan(Held):
        def permissions_for(self, _: object) -> discord.Permissions:
            raise discord.ClientException("no parent")

    class Thread(discord.Thread):
        def __init__(self) -> None:
            self._type = discord.ChannelType.private_thread

        def permissions_for(self, _: object, /) -> discord.Permissions:
            return discord.Permissions(**may)

    channels = {OTHER: Held(), PRIVATE: Thread(), ORPHAN: Orphan()}
    return SimpleNamespace(
        guild_id=GUILD,
        channel_id=CHANNEL,
        permissions=discord.Permissions(**may),
        guild=SimpleNamespace(get_channel_or_thread=channels.get),
        user=discord.Member.__new__(discord.Member),
    )


def test_what_a_person_reads_and_moderates_goes_by_each_channel() -> None:
    reader = interaction(view_channel=True, read_message_history=True)
    assert [sees(reader, each) for each in (CHANNEL, OTHER, PRIVATE, ORPHAN, 99)] == [
        True,
        True,
        *[False] * 3,
    ]
    blind = interaction(read_message_history=True, manage_messages=True)
    assert [sees(blind, each) for each in (CHANNEL, OTHER)] == [True, False]
    assert [moderates(blind, each) for each in (CHANNEL, OTHER)] == [True, False]
    moderator = interaction(view_channel=True, manage_messages=True)
    assert [moderates(moderator, each) for each in (CHANNEL, OTHER, PRIVATE, ORPHAN, 99)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert moderates(interaction(view_channel=True, manage_messages=True, manage_threads=True), PRIVATE)
    assert not any(moderates(reader, each) for each in (CHANNEL, OTHER, PRIVATE))


def test_nobody_moderates_direct_messages() -> None:
    alone = interaction(manage_messages=True)
    alone.guild = alone.guild_id = None
    assert not moderates(alone, CHANNEL) and not moderates(alone, OTHER) and not sees(alone, OTHER)
