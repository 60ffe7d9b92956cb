"""The nouns of the loopback Discord: people, servers, roles, channels and threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from bot.sandbox.errors import Json, refusal
from bot.sandbox.ids import iso, time_of

REQUIRE_TAG = 1 << 4  # flag of a forum


class ChannelType(IntEnum):
    TEXT = 0
    DM = 1
    CATEGORY = 4
    ANNOUNCEMENT = 5
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


THREADS = (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD)
WRITABLE = (ChannelType.TEXT, ChannelType.DM, ChannelType.ANNOUNCEMENT, *THREADS)


@dataclass
class User:
    id: str
    username: str
    global_name: str | None = None
    bot: bool = False
    locale: str = "en-US"

    def payload(self) -> Json:
        found: Json = {
            "id": self.id,
            "username": self.username,
            "global_name": self.global_name,
            "avatar": None,
            "discriminator": "0",
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
        }
        if self.bot:
            found["bot"] = True
        return found


@dataclass
class Role:
    id: str
    name: str
    permissions: int = 0
    position: int = 0
    color: int = 0
    bot_id: str | None = None

    def payload(self) -> Json:
        found: Json = {
            "id": self.id,
            "name": self.name,
            "permissions": str(self.permissions),
            "position": self.position,
            "color": self.color,
            "colors": {"primary_color": self.color, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": self.bot_id is not None,
            "mentionable": False,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }
        if self.bot_id:
            found["tags"] = {"bot_id": self.bot_id}
        return found


@dataclass
class Member:
    user: User
    roles: list[str] = field(default_factory=list)
    nick: str | None = None
    joined_at: str = "2024-01-01T00:00:00.000000+00:00"

    def payload(self, *, with_user: bool = True) -> Json:
        found: Json = {
            "avatar": None,
            "banner": None,
            "communication_disabled_until": None,
            "flags": 0,
            "joined_at": self.joined_at,
            "nick": self.nick,
            "pending": False,
            "premium_since": None,
            "roles": list(self.roles),
            "mute": False,
            "deaf": False,
        }
        if with_user:
            found["user"] = self.user.payload()
        return found


@dataclass
class Overwrite:
    id: str
    kind: int  # 0 role, 1 member
    allow: int = 0
    deny: int = 0

    def payload(self) -> Json:
        return {"id": self.id, "type": self.kind, "allow": str(self.allow), "deny": str(self.deny)}


@dataclass
class Channel:
    """A channel of a server, a thread, or a conversation of two."""

    id: str
    type: ChannelType
    guild_id: str | None = None
    name: str = ""
    topic: str | None = None
    nsfw: bool = False
    position: int = 0
    parent_id: str | None = None
    flags: int = 0
    slowmode: int = 0
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    last_message_id: str | None = None
    tags: list[Json] = field(default_factory=list)
    recipients: list[User] = field(default_factory=list)
    # threads only
    owner_id: str = ""
    archived: bool = False
    locked: bool = False
    archive_minutes: int = 1440
    message_count: int = 0
    members: list[str] = field(default_factory=list)
    applied_tags: list[str] = field(default_factory=list)

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS

    def payload(self) -> Json:
        found: Json = {
            "id": self.id,
            "type": int(self.type),
            "flags": self.flags,
            "last_message_id": self.last_message_id,
        }
        if self.type is ChannelType.DM:
            # a bot sees only the other person
            found["recipients"] = [user.payload() for user in self.recipients if not user.bot]
            return found
        found |= {
            "guild_id": self.guild_id,
            "name": self.name,
            "parent_id": self.parent_id,
            "rate_limit_per_user": self.slowmode,
        }
        return found | (self._thread_part() if self.is_thread else self._channel_part())

    def _channel_part(self) -> Json:
        found: Json = {
            "topic": self.topic,
            "nsfw": self.nsfw,
            "position": self.position,
            "permission_overwrites": [overwrite.payload() for overwrite in self.overwrites.values()],
        }
        if self.type is ChannelType.FORUM:
            found |= {
                "available_tags": self.tags,
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_forum_layout": 0,
                "default_auto_archive_duration": 4320,
            }
        return found

    def _thread_part(self) -> Json:
        return {
            "owner_id": self.owner_id,
            "message_count": self.message_count,
            "total_message_sent": self.message_count,
            "member_count": len(self.members),
            "applied_tags": list(self.applied_tags),
            "thread_metadata": {
                "archived": self.archived,
                "archive_timestamp": iso(time_of(self.id)),
                "auto_archive_duration": self.archive_minutes,
                "locked": self.locked,
                "create_timestamp": iso(time_of(self.id)),
            },
        }


@dataclass
class Guild:
    id: str
    name: str
    owner_id: str
    nsfw_level: int = 0
    locale: str = "en-US"
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    threads: dict[str, Channel] = field(default_factory=dict)


class World:
    """Everything that exists, by id. Look-ups raise Discord's own errors."""

    def __init__(self, bot: User, application_id: str) -> None:
        self.bot = bot
        self.application_id = application_id
        self.users: dict[str, User] = {bot.id: bot}
        self.guilds: dict[str, Guild] = {}
        self.dms: dict[str, Channel] = {}
        self.closed_dms: set[str] = set()  # people who take no direct messages from the bot

    def user(self, user_id: str) -> User:
        if user_id not in self.users:
            raise refusal(10013)
        return self.users[user_id]

    def guild(self, guild_id: str) -> Guild:
        if guild_id not in self.guilds:
            raise refusal(10004)
        return self.guilds[guild_id]

    def member(self, guild_id: str, user_id: str) -> Member:
        member = self.guild(guild_id).members.get(user_id)
        if member is None:
            raise refusal(10007)
        return member

    def all_channels(self) -> Iterator[Channel]:
        for guild in self.guilds.values():
            yield from guild.channels.values()
            yield from guild.threads.values()
        yield from self.dms.values()

    def channel(self, channel_id: str) -> Channel:
        for guild in self.guilds.values():
            found = guild.channels.get(channel_id) or guild.threads.get(channel_id)
            if found is not None:
                return found
        if channel_id in self.dms:
            return self.dms[channel_id]
        raise refusal(10003)

    def dm_with(self, user_id: str) -> Channel | None:
        """The bot's conversation with one person, if it was opened."""
        for channel in self.dms.values():
            if any(user.id == user_id for user in channel.recipients):
                return channel
        return None

    def parent(self, channel: Channel) -> Channel:
        """A thread's channel; anything else is its own parent."""
        return self.channel(channel.parent_id) if channel.is_thread and channel.parent_id else channel

    def is_nsfw(self, channel: Channel) -> bool:
        return self.parent(channel).nsfw
