"""Messages: what one holds, how it looks to a reader, and the store of all of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.attachments import Attachment, AttachmentStore
from bot.sandbox.errors import Json, refusal
from bot.sandbox.world import User

SUPPRESS_EMBEDS = 1 << 2
HAS_THREAD = 1 << 5
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_NOTIFICATIONS = 1 << 12
COMPONENTS_V2 = 1 << 15

ATTACHMENT = "attachment://"
DEFAULT, THREAD_CREATED, REPLY, CHAT_COMMAND, STARTER, CONTEXT_COMMAND = 0, 18, 19, 20, 21, 23


@dataclass
class Message:
    id: str
    channel_id: str
    author: User
    timestamp: str
    type: int = DEFAULT
    content: str = ""
    guild_id: str | None = None
    edited: str | None = None
    tts: bool = False
    pinned: bool = False
    flags: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[str] = field(default_factory=list)
    mention_everyone: bool = False
    nonce: str | int | None = None
    reference: Json | None = None
    webhook_id: str | None = None
    interaction_metadata: Json | None = None
    command_name: str | None = None
    thread_id: str | None = None
    viewer_id: str | None = None  # the only reader of an ephemeral message
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def ephemeral(self) -> bool:
        return self.viewer_id is not None


class MessageStore:
    """Messages by id and by channel, oldest first; remembers nonces for a while."""

    def __init__(self, attachments: AttachmentStore) -> None:
        self._attachments = attachments
        self._all: dict[str, Message] = {}
        self._by_channel: dict[str, list[int]] = {}
        self._nonces: dict[tuple[str, str, str], tuple[float, str]] = {}

    def add(self, message: Message) -> None:
        self._all[message.id] = message
        insort(self._by_channel.setdefault(message.channel_id, []), int(message.id))

    def find(self, channel_id: str, message_id: str) -> Message:
        """Raises 10008 when there is no such message in that channel."""
        found = self._all.get(message_id)
        if found is None or found.channel_id != channel_id:
            raise refusal(10008)
        return found

    def lookup(self, message_id: str) -> Message | None:
        return self._all.get(message_id)

    def remove(self, message: Message) -> None:
        """Forgets the message and its files: their addresses answer 404 from now on."""
        self._all.pop(message.id, None)
        ids = self._by_channel.get(message.channel_id, [])
        at = bisect_left(ids, int(message.id))
        if at < len(ids) and ids[at] == int(message.id):
            del ids[at]
        for attachment in message.files:
            self._attachments.drop(attachment.id)

    def in_channel(self, channel_id: str) -> list[Message]:
        return [self._all[str(key)] for key in self._by_channel.get(channel_id, [])]

    def page(
        self,
        channel_id: str,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        keep: Callable[[Message], bool],
    ) -> list[Message]:
        """Up to `limit` messages, newest first: the last ones, those before, or those right after an id."""
        ids = self._by_channel.get(channel_id, [])
        if after is not None:
            rest = ids[bisect_right(ids, after) :]
            picked = [m for m in (self._all[str(key)] for key in rest) if keep(m)][:limit]
            return picked[::-1]
        rest = ids if before is None else ids[: bisect_left(ids, before)]
        picked = []
        for key in reversed(rest):
            if len(picked) == limit:
                break
            if keep(self._all[str(key)]):
                picked.append(self._all[str(key)])
        return picked

    def by_nonce(self, channel_id: str, author_id: str, nonce: str, now: float) -> Message | None:
        """The message sent before with this enforced nonce, while it is remembered."""
        until, message_id = self._nonces.get((channel_id, author_id, nonce), (0.0, ""))
        return self._all.get(message_id) if until > now else None

    def remember_nonce(self, message: Message, now: float, lifetime: float) -> None:
        for key in [key for key, (until, _) in self._nonces.items() if until <= now]:
            del self._nonces[key]
        key = (message.channel_id, message.author.id, str(message.nonce))
        self._nonces[key] = (now + lifetime, message.id)

    def forget_nonces(self) -> None:
        self._nonces.clear()


def render(message: Message, store: AttachmentStore, *, viewer_id: str) -> Json:
    """The message in Discord's JSON, with fresh file addresses, as one user sees it."""
    by_name = {attachment.filename: attachment for attachment in message.files}
    used: set[str] = set()
    embeds = [_with_files(embed, by_name, store, used) for embed in deepcopy(message.embeds)]
    components = [_with_files(part, by_name, store, used) for part in deepcopy(message.components)]
    found: Json = {
        "id": message.id,
        "channel_id": message.channel_id,
        "type": message.type,
        "content": message.content,
        "author": message.author.payload(),
        "timestamp": message.timestamp,
        "edited_timestamp": message.edited,
        "tts": message.tts,
        "pinned": message.pinned,
        "flags": message.flags,
        "embeds": [] if message.flags & SUPPRESS_EMBEDS else embeds,
        "components": components,
        # a file that an embed or a component shows is no longer listed beside it
        "attachments": [a.payload(store.url(a)) for a in message.files if a.id not in used],
        "mentions": [user.payload() for user in message.mentions],
        "mention_roles": message.mention_roles,
        "mention_everyone": message.mention_everyone,
    }
    if message.reactions:
        found["reactions"] = [_reaction(key, who, viewer_id) for key, who in message.reactions.items()]
    if message.nonce is not None:
        found["nonce"] = message.nonce
    if message.reference is not None:
        found["message_reference"] = message.reference
    if message.webhook_id is not None:
        found |= {"webhook_id": message.webhook_id, "application_id": message.webhook_id}
    if message.interaction_metadata is not None:
        found["interaction_metadata"] = message.interaction_metadata
    return found


def _reaction(key: str, who: list[str], viewer_id: str) -> Json:
    return {
        "emoji": {"id": None, "name": key},
        "count": len(who),
        "count_details": {"burst": 0, "normal": len(who)},
        "burst_colors": [],
        "me_burst": False,
        "me": viewer_id in who,
    }


def attachment_names(part: Any) -> list[str]:
    """Every file name that embeds or components call for with attachment://."""
    if isinstance(part, str):
        return [part.removeprefix(ATTACHMENT)] if part.startswith(ATTACHMENT) else []
    if isinstance(part, dict):
        called = [part.get(key) for key in ("url", "icon_url")]
        below = [value for value in part.values() if not isinstance(value, str)]
        return attachment_names(called) + attachment_names(below)
    if isinstance(part, list):
        return [name for value in part for name in attachment_names(value)]
    return []


def _with_files(part: Any, by_name: dict[str, Attachment], store: AttachmentStore, used: set[str]) -> Any:
    """Replaces attachment:// addresses by signed ones, with the picture's size, wherever they stand."""
    if isinstance(part, list):
        return [_with_files(value, by_name, store, used) for value in part]
    if not isinstance(part, dict):
        return part
    found = {key: _with_files(value, by_name, store, used) for key, value in part.items()}
    for name in attachment_names(part.get("icon_url")):
        used.add(by_name[name].id)
        found["icon_url"] = found["proxy_icon_url"] = store.url(by_name[name])
    for name in attachment_names(part.get("url")):
        attachment = by_name[name]
        used.add(attachment.id)
        found["url"] = found["proxy_url"] = store.url(attachment)
        found["content_type"] = attachment.content_type
        if attachment.width and attachment.height:
            found |= {"width": attachment.width, "height": attachment.height}
        if attachment.description is not None and "id" not in part:
            found["description"] = attachment.description
        if "id" in part:  # media of a component says which file it is
            found["attachment_id"] = attachment.id
    return found
