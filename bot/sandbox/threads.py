"""Threads and forum posts: started by anyone who may, changed by those who look after them."""

from __future__ import annotations

from bot.sandbox import posting
from bot.sandbox.attachments import Upload
from bot.sandbox.errors import FormErrors, Json, form_error, refusal
from bot.sandbox.messages import HAS_THREAD, THREAD_CREATED, Message
from bot.sandbox.permissions import Permission, require
from bot.sandbox.state import State
from bot.sandbox.world import REQUIRE_TAG, Channel, ChannelType, User

MINUTES = (60, 1440, 4320, 10080)


def start_thread(
    state: State,
    parent: Channel,
    author: User,
    body: Json,
    files: dict[int, Upload],
    *,
    message_id: str | None = None,
) -> tuple[Channel, Message | None]:
    """Starts a thread; in a forum, a post with its first message, which has the thread's own id."""
    errors = FormErrors()
    errors.length("name", body.get("name"), 1, 100)
    if (body.get("auto_archive_duration") or 1440) not in MINUTES:
        errors.add("auto_archive_duration", "BASE_TYPE_CHOICES", f"Value must be one of {MINUTES}.")
    errors.raise_if_any()
    if parent.type is ChannelType.FORUM:
        return _post(state, parent, author, body, files)
    if parent.type not in (ChannelType.TEXT, ChannelType.ANNOUNCEMENT):
        raise refusal(50024)
    private = (
        message_id is None
        and int(body.get("type") or ChannelType.PUBLIC_THREAD) == ChannelType.PRIVATE_THREAD
    )
    require(
        state.world,
        parent,
        author.id,
        Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS,
    )
    started_on = state.messages.find(parent.id, message_id) if message_id else None
    if started_on is not None and started_on.thread_id:
        raise refusal(160004)
    kind = ChannelType.PRIVATE_THREAD if private else ChannelType.PUBLIC_THREAD
    thread = _new(state, parent, author, body, kind, started_on.id if started_on else state.ids.next())
    _announce(state, parent, author, thread, started_on)
    return thread, None


def _new(
    state: State, parent: Channel, author: User, body: Json, kind: ChannelType, thread_id: str
) -> Channel:
    thread = Channel(
        thread_id,
        kind,
        parent.guild_id,
        body["name"],
        parent_id=parent.id,
        owner_id=author.id,
        archive_minutes=body.get("auto_archive_duration") or 1440,
        members=[author.id],
        applied_tags=[str(tag) for tag in body.get("applied_tags") or []],
    )
    state.world.guild(parent.guild_id or "").threads[thread.id] = thread
    state.tell_channel("THREAD_CREATE", thread)
    return thread


def _announce(
    state: State, parent: Channel, author: User, thread: Channel, started_on: Message | None
) -> None:
    if started_on is not None:
        started_on.thread_id = thread.id
        started_on.flags |= HAS_THREAD
        state.tell_message("MESSAGE_UPDATE", started_on)
    elif thread.type is ChannelType.PUBLIC_THREAD:
        about = {"type": 0, "channel_id": thread.id, "guild_id": parent.guild_id}
        posting.create(state, parent, author, {"content": thread.name}, {}, type=THREAD_CREATED, about=about)


def _post(
    state: State,
    forum: Channel,
    author: User,
    body: Json,
    files: dict[int, Upload],
) -> tuple[Channel, Message]:
    require(
        state.world, forum, author.id, Permission.SEND_MESSAGES | (Permission.ATTACH_FILES if files else 0)
    )
    tags = [str(tag) for tag in body.get("applied_tags") or []]
    known = {tag["id"] for tag in forum.tags}
    if len(tags) > 5 or not set(tags) <= known:
        raise form_error("applied_tags", "BASE_TYPE_CHOICES", "Up to 5 of the forum's own tags.")
    if forum.flags & REQUIRE_TAG and not tags:
        raise refusal(40067)
    if not body.get("message"):
        raise form_error("message", "BASE_TYPE_REQUIRED", "This field is required")
    thread = _new(state, forum, author, body, ChannelType.PUBLIC_THREAD, state.ids.next())
    try:
        message = posting.create(state, thread, author, body["message"], files, message_id=thread.id)
    except Exception:
        del state.world.guild(forum.guild_id or "").threads[thread.id]
        state.tell_channel("THREAD_DELETE", thread)
        raise
    forum.last_message_id = thread.id
    return thread, message


def change_thread(state: State, thread: Channel, user_id: str, body: Json) -> None:
    """Renames, archives, locks or tags a thread: its owner may, save for locks, or who manages threads."""
    mine = thread.owner_id == user_id and not body.keys() & {"locked", "rate_limit_per_user"}
    if not mine:
        require(state.world, thread, user_id, Permission.MANAGE_THREADS)
    if thread.archived and body.get("archived", True):
        raise refusal(50083)
    if "name" in body:
        errors = FormErrors()
        errors.length("name", body["name"], 1, 100)
        errors.raise_if_any()
        thread.name = body["name"]
    thread.archived = bool(body.get("archived", thread.archived))
    thread.locked = bool(body.get("locked", thread.locked))
    thread.archive_minutes = body.get("auto_archive_duration") or thread.archive_minutes
    if "applied_tags" in body:
        thread.applied_tags = [str(tag) for tag in body["applied_tags"] or []]
    state.tell_channel("THREAD_UPDATE", thread)
