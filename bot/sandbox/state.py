"""One sandbox's whole state, and the way in which news of it reaches the bot and the page."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from bot.sandbox.attachments import AttachmentStore
from bot.sandbox.clock import Clock
from bot.sandbox.commands import CommandRegistry
from bot.sandbox.errors import Json
from bot.sandbox.gateway import Gateway
from bot.sandbox.ids import Snowflakes
from bot.sandbox.ledger import Deed, Ledger
from bot.sandbox.limits import Limits
from bot.sandbox.messages import Message, MessageStore, render
from bot.sandbox.permissions import can_see
from bot.sandbox.seed import build_world
from bot.sandbox.viewers import Viewers
from bot.sandbox.world import Channel

GUILD_MESSAGES, GUILD_REACTIONS, GUILD_TYPING = 1 << 9, 1 << 10, 1 << 11
DM_MESSAGES, DM_REACTIONS, DM_TYPING = 1 << 12, 1 << 13, 1 << 14
GUILDS = 1 << 0
MESSAGE_CONTENT = 1 << 15


@dataclass(frozen=True)
class Exchange:
    """One request of the bot and what it was answered; `route` is the path with its parameters' names.
    Files are left out of `request`; `files` has their names and sizes."""

    method: str
    route: str
    path: str
    request: Any
    status: int
    response: Any
    files: tuple[tuple[str, int], ...] = ()
    at: float = 0.0


class State:
    """World, messages, commands, gateway and viewers of one sandbox."""

    def __init__(self, clock: Clock, limits: Limits, bot_name: str, token: str) -> None:
        self.clock = clock
        self.limits = limits
        self.token = token
        self.ids = Snowflakes(clock)
        self.world = build_world(bot_name)
        self.attachments = AttachmentStore(clock, self.ids, limits.url_seconds)
        self.messages = MessageStore(self.attachments)
        self.commands = CommandRegistry(clock, self.ids, self.world.application_id)
        self.gateway = Gateway(self.world, clock, limits, token)
        self.viewers = Viewers()
        self.log: deque[Exchange] = deque(maxlen=limits.log_entries)
        self.ledger = Ledger(limits.log_entries)
        self._tasks: set[asyncio.Task[None]] = set()
        self.gateway.on_status.append(
            lambda online: self.viewers.emit("BOT_STATUS", lambda _user: {"online": online})
        )

    @property
    def bot_id(self) -> str:
        return self.world.bot.id

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs something in the background until it ends or the sandbox closes."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def note(self, deed: Deed, message: Message) -> None:
        """Writes into the ledger what a message holds now."""
        self.ledger.note(self.clock.now(), deed, message)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- how messages look

    def render(self, message: Message, viewer_id: str) -> Json:
        """A message as one user sees it, with the message that it answers and the thread it began."""
        found = render(message, self.attachments, viewer_id=viewer_id)
        if message.reference is not None and message.type in (19, 21):
            original = self.messages.lookup(str(message.reference.get("message_id")))
            found["referenced_message"] = (
                render(original, self.attachments, viewer_id=viewer_id) if original else None
            )
        if message.thread_id is not None and message.guild_id is not None:
            thread = self.world.guild(message.guild_id).threads.get(message.thread_id)
            if thread is not None:
                found["thread"] = thread.payload()
        return found

    def for_bot(self, message: Message) -> Json:
        """A message over REST: blank when the bot may not read other people's words."""
        found = self.render(message, self.bot_id)
        return self._blanked(message, found) if self._is_private_to(message) else found

    def _is_private_to(self, message: Message) -> bool:
        return not self.limits.privileged_intents & MESSAGE_CONTENT and self._content_hidden(message)

    def _content_hidden(self, message: Message) -> bool:
        """Whether reading this message needs the message content intent."""
        mentioned = any(user.id == self.bot_id for user in message.mentions)
        return message.guild_id is not None and message.author.id != self.bot_id and not mentioned

    def _blanked(self, message: Message, found: Json) -> Json:
        return {**found, "content": "", "embeds": [], "attachments": [], "components": []}

    # -- news

    def tell_message(self, event: str, message: Message) -> None:
        """MESSAGE_CREATE or MESSAGE_UPDATE to the bot and to every viewer who may see it."""
        channel = self.world.channel(message.channel_id)
        if not message.ephemeral and can_see(self.world, channel, self.bot_id):
            data = self.render(message, self.bot_id) | self._origin(message)
            blank = self._blanked(message, data) if self._content_hidden(message) else None
            intent = GUILD_MESSAGES if message.guild_id else DM_MESSAGES
            self.gateway.emit(event, data, guild_id=message.guild_id, intent=intent, blank=blank)
        self.show_message(event, message)

    def show_message(self, event: str, message: Message) -> None:
        """The same for viewers only."""
        channel = self.world.channel(message.channel_id)
        self.viewers.emit(
            event, lambda user: self.for_page(message, user) if self.reads(message, channel, user) else None
        )

    def tell_deleted(self, message: Message) -> None:
        channel = self.world.channel(message.channel_id)
        data: Json = {"id": message.id, "channel_id": message.channel_id}
        if not message.ephemeral and can_see(self.world, channel, self.bot_id):
            full = data | ({"guild_id": message.guild_id} if message.guild_id else {})
            intent = GUILD_MESSAGES if message.guild_id else DM_MESSAGES
            self.gateway.emit("MESSAGE_DELETE", full, guild_id=message.guild_id, intent=intent)
        self.viewers.emit("MESSAGE_DELETE", lambda user: data if self.reads(message, channel, user) else None)

    def tell_reaction(self, event: str, message: Message, user_id: str, emoji: str) -> None:
        channel = self.world.channel(message.channel_id)
        data: Json = {
            "user_id": user_id,
            "channel_id": message.channel_id,
            "message_id": message.id,
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        if event == "MESSAGE_REACTION_ADD":
            data["message_author_id"] = message.author.id
        if message.guild_id:
            data["guild_id"] = message.guild_id
            if event == "MESSAGE_REACTION_ADD":
                data["member"] = self.world.member(message.guild_id, user_id).payload()
        if not message.ephemeral and can_see(self.world, channel, self.bot_id):
            intent = GUILD_REACTIONS if message.guild_id else DM_REACTIONS
            self.gateway.emit(event, data, guild_id=message.guild_id, intent=intent)
        self.show_message("MESSAGE_UPDATE", message)

    def tell_channel(self, event: str, channel: Channel) -> None:
        """CHANNEL_* or THREAD_* to the bot and the viewers who may see the channel."""
        if can_see(self.world, channel, self.bot_id):
            extra: Json = {"newly_created": True} if event == "THREAD_CREATE" else {}
            self.gateway.emit(event, channel.payload() | extra, guild_id=channel.guild_id, intent=GUILDS)
        self.viewers.emit(
            event, lambda user: channel.payload() if can_see(self.world, channel, user) else None
        )

    def tell_typing(self, channel: Channel, user_id: str) -> None:
        data: Json = {"channel_id": channel.id, "user_id": user_id, "timestamp": int(self.clock.now())}
        if channel.guild_id:
            data["guild_id"] = channel.guild_id
            data["member"] = self.world.member(channel.guild_id, user_id).payload()
        intent = GUILD_TYPING if channel.guild_id else DM_TYPING
        if user_id != self.bot_id and can_see(self.world, channel, self.bot_id):
            self.gateway.emit("TYPING_START", data, guild_id=channel.guild_id, intent=intent)
        shown: Json = {"channel_id": channel.id, "user_id": user_id}
        self.viewers.emit("TYPING_START", lambda user: shown if can_see(self.world, channel, user) else None)

    def tell_user(self, user_id: str, event: str, data: Json) -> None:
        """News for one person's page alone."""
        self.viewers.emit(event, lambda user: data if user == user_id else None)

    # -- what people see

    def reads(self, message: Message, channel: Channel, user_id: str) -> bool:
        if message.viewer_id is not None:
            return message.viewer_id == user_id
        return can_see(self.world, channel, user_id)

    def for_page(self, message: Message, user_id: str) -> Json:
        """A message for the page: file addresses relative, and the name of the command that was used."""
        found: Json = _relative(self.render(message, user_id), self.attachments.origin)
        if message.interaction_metadata is not None and message.command_name:
            found["interaction_metadata"] = {**message.interaction_metadata, "name": message.command_name}
        return found

    def _origin(self, message: Message) -> Json:
        """What the gateway adds to a message: the server and its author's membership."""
        if message.guild_id is None:
            return {}
        found: Json = {"guild_id": message.guild_id}
        member = self.world.guild(message.guild_id).members.get(message.author.id)
        if member is not None:
            found["member"] = member.payload(with_user=False)
        return found


def _relative(part: Any, origin: str) -> Any:
    if isinstance(part, dict):
        return {key: _relative(value, origin) for key, value in part.items()}
    if isinstance(part, list):
        return [_relative(value, origin) for value in part]
    if isinstance(part, str) and part.startswith(f"{origin}/attachments/"):
        return part.removeprefix(origin)
    return part
