"""What an interaction is: its kinds, its answers, and the form in which the bot is told of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import IntEnum

from bot.sandbox.errors import Json
from bot.sandbox.messages import Message
from bot.sandbox.permissions import in_channel
from bot.sandbox.state import State
from bot.sandbox.world import Channel, User


class Kind(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Answer(IntEnum):
    PONG = 1
    MESSAGE = 4
    DEFERRED = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE = 8
    MODAL = 9


@dataclass(frozen=True)
class First:
    """The bot's first answer as the person's client sees it."""

    kind: str  # message, deferred, update, deferred_update, autocomplete, modal, failed
    message: Message | None = None
    choices: list[Json] | None = None
    modal: Modal | None = None
    error: str | None = None


@dataclass(frozen=True)
class Modal:
    id: str
    title: str
    custom_id: str
    components: list[Json]
    origin: Interaction


@dataclass(eq=False)
class Interaction:
    id: str
    token: str
    kind: Kind
    user: User
    channel: Channel
    data: Json
    created: float
    command_name: str | None = None
    message: Message | None = None  # the one whose component was used
    origin: Interaction | None = None  # of a modal: what opened it
    answered: Answer | None = None
    failed: bool = False
    expired: bool = False
    original_id: str | None = None
    sent: list[str] = field(default_factory=list)  # ids of all its messages
    first: asyncio.Future[First] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def metadata(self) -> Json:
        found: Json = {
            "id": self.id,
            "type": int(self.kind),
            "user": self.user.payload(),
            "authorizing_integration_owners": {"0": self.channel.guild_id or "0"},
        }
        if self.kind is Kind.COMPONENT and self.message is not None:
            found["interacted_message_id"] = self.message.id
        if self.kind is Kind.MODAL and self.origin is not None:
            found["triggering_interaction_metadata"] = self.origin.metadata()
        if self.kind is Kind.COMMAND and self.data.get("type") == 3:
            found["target_message_id"] = self.data["target_id"]
        return found


def payload(state: State, found: Interaction) -> Json:
    """INTERACTION_CREATE's data: the act, its place, its person and what both may do."""
    channel = found.channel
    shown = channel.payload() | {"permissions": str(int(in_channel(state.world, channel, found.user.id)))}
    if channel.is_thread:
        shown["nsfw"] = state.world.is_nsfw(channel)
    about: Json = {
        "id": found.id,
        "application_id": state.world.application_id,
        "type": int(found.kind),
        "token": found.token,
        "version": 1,
        "data": found.data,
        "channel_id": channel.id,
        "channel": shown,
        "locale": found.user.locale,
        "app_permissions": str(int(in_channel(state.world, channel, state.bot_id))),
        "entitlements": [],
        "authorizing_integration_owners": {"0": channel.guild_id or "0"},
        "context": 0 if channel.guild_id else 1,
        "attachment_size_limit": state.limits.file_bytes,
    }
    if found.message is not None:
        about["message"] = state.render(found.message, state.bot_id)
    if channel.guild_id is None:
        return about | {"user": found.user.payload()}
    guild = state.world.guild(channel.guild_id)
    member = guild.members[found.user.id].payload()
    member["permissions"] = str(int(in_channel(state.world, channel, found.user.id)))
    return about | {
        "guild_id": guild.id,
        "guild": {"id": guild.id, "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": member,
    }
