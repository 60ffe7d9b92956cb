"""HTTP routes for a channel's messages and their reactions, with the bot's own token."""

from __future__ import annotations

from urllib.parse import unquote

from bot.sandbox import posting
from bot.sandbox.errors import Json, form_error, refusal
from bot.sandbox.ids import is_snowflake, time_of
from bot.sandbox.messages import Message
from bot.sandbox.permissions import Permission, in_channel, require
from bot.sandbox.reactions import add_reaction, remove_reaction
from bot.sandbox.rest import Api, Call, Route
from bot.sandbox.shape import MESSAGE, check_shape
from bot.sandbox.world import Channel, ChannelType

BULK_DAYS = 14


def _channel(api: Api, call: Call, needed: int = 0) -> Channel:
    """The path's channel, if the bot may see it and holds what is needed there."""
    channel = api.state.world.channel(call.params["channel_id"])
    require(api.state.world, channel, api.state.bot_id, needed)
    return channel


def _message(api: Api, call: Call, needed: int = 0) -> Message:
    """The path's message; an ephemeral one does not exist for the bot's own token."""
    channel = _channel(api, call, needed)
    message = api.state.messages.find(channel.id, call.params["message_id"])
    if message.ephemeral:
        raise refusal(10008)
    return message


def history(api: Api, call: Call) -> list[Json]:
    channel = _channel(api, call)
    limit = call.limit(50, 100)
    if not in_channel(api.state.world, channel, api.state.bot_id) & Permission.READ_MESSAGE_HISTORY:
        return []
    marks = {
        key: int(call.query[key])
        for key in ("before", "after", "around")
        if is_snowflake(call.query.get(key, ""))
    }

    def keep(message: Message) -> bool:
        return not message.ephemeral

    if "around" in marks:
        later = api.state.messages.page(channel.id, limit // 2, after=marks["around"], keep=keep)
        rest = api.state.messages.page(channel.id, limit - len(later), before=marks["around"] + 1, keep=keep)
        found = later + rest
    else:
        found = api.state.messages.page(
            channel.id, limit, before=marks.get("before"), after=marks.get("after"), keep=keep
        )
    return [api.state.for_bot(message) for message in found]


def read(api: Api, call: Call) -> Json:
    return api.state.for_bot(_message(api, call, Permission.READ_MESSAGE_HISTORY))


def create(api: Api, call: Call) -> Json:
    state = api.state
    check_shape(call.body, MESSAGE)
    channel = _channel(api, call)
    posting.require_writing(
        state, channel, state.bot_id, files=bool(call.files), embeds=bool(call.body.get("embeds"))
    )
    if channel.type is ChannelType.DM and any(
        user.id in state.world.closed_dms for user in channel.recipients
    ):
        raise refusal(50007)
    enforced = bool(call.body.get("enforce_nonce")) and call.body.get("nonce") is not None
    if enforced:
        known = state.messages.by_nonce(channel.id, state.bot_id, str(call.body["nonce"]), state.clock.now())
        if known is not None:
            return state.render(known, state.bot_id)
    message = posting.create(state, channel, state.world.bot, call.body, call.files)
    if enforced:
        state.messages.remember_nonce(message, state.clock.now(), state.limits.nonce_seconds)
    return state.render(message, state.bot_id)


def edit(api: Api, call: Call) -> Json:
    state = api.state
    check_shape(call.body, MESSAGE)
    message = _message(api, call)
    if message.author.id != state.bot_id:
        raise refusal(50005)
    if state.world.channel(message.channel_id).archived:
        raise refusal(50083)
    return state.render(posting.edit(state, message, call.body, call.files), state.bot_id)


def delete(api: Api, call: Call) -> None:
    message = _message(api, call)
    if message.author.id != api.state.bot_id:
        _channel(api, call, Permission.MANAGE_MESSAGES)
    posting.delete(api.state, message)


def bulk_delete(api: Api, call: Call) -> None:
    channel = _channel(api, call, Permission.MANAGE_MESSAGES)
    ids = call.body.get("messages") or []
    if not 2 <= len(ids) <= 100:
        raise form_error("messages", "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.")
    if any(time_of(str(key)) < api.state.clock.now() - BULK_DAYS * 86_400 for key in ids):
        raise form_error("messages", "BULK_DELETE_TOO_OLD", "Messages must be under 2 weeks old.")
    for key in ids:
        message = api.state.messages.lookup(str(key))
        if message is not None and message.channel_id == channel.id:
            posting.delete(api.state, message)


def typing(api: Api, call: Call) -> None:
    channel = _channel(api, call)
    posting.require_writing(api.state, channel, api.state.bot_id, files=False, embeds=False)
    api.state.tell_typing(channel, api.state.bot_id)


def react(api: Api, call: Call) -> None:
    add_reaction(api.state, _message(api, call), api.state.bot_id, unquote(call.params["emoji_name"]))


def unreact(api: Api, call: Call) -> None:
    remove_reaction(api.state, _message(api, call), api.state.bot_id, unquote(call.params["emoji_name"]))


def unreact_user(api: Api, call: Call) -> None:
    message = _message(api, call, Permission.MANAGE_MESSAGES)
    remove_reaction(api.state, message, call.params["user_id"], unquote(call.params["emoji_name"]))


def clear_reactions(api: Api, call: Call) -> None:
    message = _message(api, call, Permission.MANAGE_MESSAGES)
    message.reactions.clear()
    about: Json = {"channel_id": message.channel_id, "message_id": message.id}
    if message.guild_id:
        about["guild_id"] = message.guild_id
    api.state.gateway.emit("MESSAGE_REACTION_REMOVE_ALL", about, guild_id=message.guild_id, intent=1 << 10)
    api.state.show_message("MESSAGE_UPDATE", message)


def reactors(api: Api, call: Call) -> list[Json]:
    message = _message(api, call, Permission.READ_MESSAGE_HISTORY)
    after = int(call.query.get("after", "0"))
    who = message.reactions.get(unquote(call.params["emoji_name"]), [])
    ids = sorted((user_id for user_id in who if int(user_id) > after), key=int)
    return [api.state.world.users[user_id].payload() for user_id in ids[: call.limit(25, 100)]]


def set_pin(api: Api, call: Call) -> None:
    _pin(api, call, pinned=True)


def unset_pin(api: Api, call: Call) -> None:
    _pin(api, call, pinned=False)


def _pin(api: Api, call: Call, *, pinned: bool) -> None:
    message = _message(api, call, Permission.MANAGE_MESSAGES)
    message.pinned = pinned
    api.state.tell_message("MESSAGE_UPDATE", message)


def pins(api: Api, call: Call) -> Json:
    channel = _channel(api, call, Permission.READ_MESSAGE_HISTORY)
    found = [m for m in reversed(api.state.messages.in_channel(channel.id)) if m.pinned]
    return {
        "items": [{"pinned_at": m.timestamp, "message": api.state.for_bot(m)} for m in found],
        "has_more": False,
    }


_ONE = "/channels/{channel_id}/messages/{message_id}"
_EMOJI = _ONE + "/reactions/{emoji_name}"
ROUTES = [
    Route("GET", "/channels/{channel_id}/messages/pins", pins),
    Route("PUT", "/channels/{channel_id}/messages/pins/{message_id}", set_pin),
    Route("DELETE", "/channels/{channel_id}/messages/pins/{message_id}", unset_pin),
    Route("POST", "/channels/{channel_id}/messages/bulk-delete", bulk_delete),
    Route("GET", "/channels/{channel_id}/messages", history),
    Route("POST", "/channels/{channel_id}/messages", create),
    Route("GET", _ONE, read),
    Route("PATCH", _ONE, edit),
    Route("DELETE", _ONE, delete),
    Route("POST", "/channels/{channel_id}/typing", typing),
    Route("PUT", f"{_EMOJI}/@me", react),
    Route("DELETE", f"{_EMOJI}/@me", unreact),
    Route("DELETE", _EMOJI + "/{user_id}", unreact_user),
    Route("GET", _EMOJI, reactors),
    Route("DELETE", f"{_ONE}/reactions", clear_reactions),
]
