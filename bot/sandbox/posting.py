"""Writing, changing and deleting messages, whoever does it: checks, files, mentions, news."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.sandbox.attachments import Attachment, Upload, safe_filename
from bot.sandbox.components import normalised
from bot.sandbox.embeds import normal_embed
from bot.sandbox.errors import Json, form_error, refusal
from bot.sandbox.ids import iso
from bot.sandbox.messages import (
    COMPONENTS_V2,
    DEFAULT,
    LOADING,
    REPLY,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Message,
)
from bot.sandbox.permissions import Permission, in_channel, require, sending
from bot.sandbox.state import State
from bot.sandbox.validate import check_files, check_message
from bot.sandbox.world import WRITABLE, Channel, User

SENDABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2


@dataclass(frozen=True)
class Answering:
    """What makes a message the answer to an interaction."""

    metadata: Json
    command_name: str | None
    type: int
    viewer_id: str | None = None
    loading: bool = False


def create(
    state: State,
    channel: Channel,
    author: User,
    body: Json,
    files: dict[int, Upload],
    *,
    answering: Answering | None = None,
    type: int = DEFAULT,
    kept: list[Attachment] | None = None,
    message_id: str | None = None,
    about: Json | None = None,
) -> Message:
    """Posts a message and tells everyone who may see it.

    `kept` are files that are in the store already (a person's uploads); `message_id` is given for
    a forum post's first message, `about` is the reference of a system message. Raises what Discord
    answers to a bad body: 50035, 50006, 40005, 30015; 10003 when the channel is gone by now.
    """
    state.world.channel(channel.id)
    flags = int(body.get("flags") or 0) & SENDABLE
    viewer_id = answering.viewer_id if answering else None
    check_files(files, state.limits.file_bytes)
    uploads = _declared(body, files)
    names = [safe_filename(upload.filename) for upload, _ in uploads] + [a.filename for a in kept or []]
    check_message(body, names, flags)
    reference, kind = _reference(state, channel, author, body)
    message = Message(
        id=message_id or state.ids.next(),
        channel_id=channel.id,
        guild_id=channel.guild_id,
        author=author,
        timestamp=iso(state.clock.now()),
        type=kind or type,
        flags=flags,
        reference=reference or about,
        nonce=body.get("nonce"),
        tts=bool(body.get("tts")),
        viewer_id=viewer_id,
    )
    if answering is not None:
        message.interaction_metadata, message.command_name = answering.metadata, answering.command_name
        message.webhook_id, message.type = state.world.application_id, kind or answering.type
        message.flags |= (64 if viewer_id else 0) | (LOADING if answering.loading else 0)
    _fill(state, message, body)
    message.files = list(kept or []) + _store(state, message, uploads)
    if not message.flags & LOADING:
        _refuse_empty(message)
    state.messages.add(message)
    state.note("created", message)
    if viewer_id is None:
        channel.last_message_id = message.id
        if channel.is_thread:
            channel.message_count += 1
            channel.archived = False
    state.tell_message("MESSAGE_CREATE", message)
    return message


def edit(state: State, message: Message, body: Json, files: dict[int, Upload]) -> Message:
    """Changes what the body names and leaves the rest. The V2 flag can be set, never taken off."""
    flags = message.flags
    if "flags" in body:
        flags = (flags & ~SUPPRESS_EMBEDS) | (int(body["flags"] or 0) & (SUPPRESS_EMBEDS | COMPONENTS_V2))
    check_files(files, state.limits.file_bytes)
    kept = _kept(message, body)
    uploads = _declared(body, files)
    names = [a.filename for a in kept] + [safe_filename(upload.filename) for upload, _ in uploads]
    if len(names) > 10:
        raise refusal(30015)
    outcome = {"embeds": message.embeds, "components": message.components, **body}
    check_message(outcome if flags & COMPONENTS_V2 else body, names, flags)
    was_loading = bool(message.flags & LOADING)
    before = (message.content, message.embeds, message.components, message.flags, message.files)
    message.flags = flags & ~LOADING
    _fill(state, message, body)
    message.files = kept
    try:
        if not uploads:
            _refuse_empty(message)
    except Exception:
        message.content, message.embeds, message.components, message.flags, message.files = before
        raise
    for gone in (a for a in before[4] if a not in kept):
        state.attachments.drop(gone.id)
    message.files = kept + _store(state, message, uploads)
    if not was_loading:
        message.edited = iso(state.clock.now())
    state.note("changed", message)
    state.tell_message("MESSAGE_UPDATE", message)
    return message


def delete(state: State, message: Message) -> None:
    state.note("deleted", message)
    state.messages.remove(message)
    state.tell_deleted(message)


def delete_channel(state: State, channel: Channel) -> None:
    """A channel or thread goes, with its messages and without a word of each."""
    state.tell_channel("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel)
    for message in state.messages.in_channel(channel.id):
        state.note("deleted", message)
        state.messages.remove(message)
    if channel.guild_id is None:
        del state.world.dms[channel.id]
        return
    guild = state.world.guild(channel.guild_id)
    (guild.threads if channel.is_thread else guild.channels).pop(channel.id)


def _fill(state: State, message: Message, body: Json) -> None:
    if "content" in body:
        message.content = (body["content"] or "").strip()
    if "embeds" in body:
        message.embeds = [found for e in body["embeds"] or [] if (found := normal_embed(e)) is not None]
    if "components" in body:
        message.components = normalised(body["components"] or [])
    _mention(state, message, body.get("allowed_mentions"))


def _refuse_empty(message: Message) -> None:
    if not (message.content or message.embeds or message.components or message.files):
        raise refusal(50006)


def _declared(body: Json, files: dict[int, Upload]) -> list[tuple[Upload, str | None]]:
    """The new files in order, with their descriptions; an `attachments` list decides which are taken."""
    if body.get("attachments") is None:
        return [(upload, None) for _, upload in sorted(files.items())]
    found = []
    for entry in body["attachments"]:
        index = int(entry["id"]) if str(entry.get("id", "")).isdigit() else -1
        if index in files:
            upload = files[index]
            if entry.get("filename"):
                upload = upload._replace(filename=entry["filename"])
            found.append((upload, entry.get("description")))
    return found


def _kept(message: Message, body: Json) -> list[Attachment]:
    """Files that stay through an edit: all, unless an `attachments` list leaves some out."""
    if "attachments" not in body:
        return list(message.files)
    wanted = {str(entry.get("id")) for entry in body["attachments"] or []}
    return [attachment for attachment in message.files if attachment.id in wanted]


def _store(state: State, message: Message, uploads: list[tuple[Upload, str | None]]) -> list[Attachment]:
    return [
        state.attachments.add(
            upload, message.channel_id, description=description, ephemeral=message.ephemeral
        )
        for upload, description in uploads
    ]


def _reference(state: State, channel: Channel, author: User, body: Json) -> tuple[Json | None, int | None]:
    asked = body.get("message_reference")
    if not asked:
        return None, None
    if asked.get("type"):
        raise form_error("message_reference.type", "BASE_TYPE_CHOICES", "The sandbox knows replies only.")
    original = state.messages.lookup(str(asked.get("message_id")))
    if original is None or original.channel_id != channel.id or original.ephemeral:
        if asked.get("fail_if_not_exists") is False:
            return None, None
        raise form_error("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
    if not in_channel(state.world, channel, author.id) & Permission.READ_MESSAGE_HISTORY:
        raise refusal(160002)
    reference: Json = {"type": 0, "channel_id": channel.id, "message_id": original.id}
    if channel.guild_id:
        reference["guild_id"] = channel.guild_id
    return reference, REPLY


def _mention(state: State, message: Message, allowed: Json | None) -> None:
    """Who is pinged: what the text names, less what `allowed_mentions` keeps out."""
    parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
    users = re.findall(r"<@!?(\d+)>", message.content)
    roles = re.findall(r"<@&(\d+)>", message.content)
    if allowed is not None and "users" not in parse:
        users = [user for user in users if user in (allowed.get("users") or [])]
    if allowed is not None and "roles" not in parse:
        roles = [role for role in roles if role in (allowed.get("roles") or [])]
    message.mentions = [state.world.users[user] for user in dict.fromkeys(users) if user in state.world.users]
    message.mention_roles = list(dict.fromkeys(roles))
    message.mention_everyone = "everyone" in parse and bool(re.search(r"@(everyone|here)\b", message.content))


def require_writing(state: State, channel: Channel, user_id: str, *, files: bool, embeds: bool) -> None:
    """Raises 50008 where nobody writes, 50001 and 50013 as permissions say, 160005 in a locked thread."""
    if channel.type not in WRITABLE:
        raise refusal(50008)
    needed = sending(channel) | (Permission.ATTACH_FILES if files else 0)
    needed |= Permission.EMBED_LINKS if embeds else 0
    require(state.world, channel, user_id, needed)
    if channel.locked and not in_channel(state.world, channel, user_id) & Permission.MANAGE_THREADS:
        raise refusal(160005)
