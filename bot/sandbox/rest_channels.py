"""HTTP routes for channels, threads and their members."""

from __future__ import annotations

from bot.sandbox.errors import Json, refusal
from bot.sandbox.ids import iso, time_of
from bot.sandbox.permissions import Permission, require
from bot.sandbox.posting import delete_channel
from bot.sandbox.rest import Api, Call, Reply, Route
from bot.sandbox.shape import THREAD, check_shape
from bot.sandbox.threads import change_thread, start_thread
from bot.sandbox.world import Channel


def _channel(api: Api, call: Call, needed: int = 0) -> Channel:
    channel = api.state.world.channel(call.params["channel_id"])
    require(api.state.world, channel, api.state.bot_id, needed)
    return channel


def _thread(api: Api, call: Call) -> Channel:
    channel = _channel(api, call)
    if not channel.is_thread:
        raise refusal(50024)
    return channel


def read(api: Api, call: Call) -> Json:
    return _channel(api, call).payload()


def change(api: Api, call: Call) -> Json:
    channel = _channel(api, call)
    check_shape(call.body, THREAD)
    if channel.is_thread:
        change_thread(api.state, channel, api.state.bot_id, call.body)
        return channel.payload()
    require(api.state.world, channel, api.state.bot_id, Permission.MANAGE_CHANNELS)
    for key in ("name", "topic", "nsfw", "position"):
        if key in call.body:
            setattr(channel, key, call.body[key])
    api.state.tell_channel("CHANNEL_UPDATE", channel)
    return channel.payload()


def remove(api: Api, call: Call) -> Json:
    """Deletes a thread or channel; a conversation of two is only closed, and stays."""
    state, channel = api.state, _channel(api, call)
    if channel.guild_id is None:
        return channel.payload()
    require(
        state.world,
        channel,
        state.bot_id,
        Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS,
    )
    delete_channel(state, channel)
    return channel.payload()


def start(api: Api, call: Call) -> Reply:
    check_shape(call.body, THREAD)
    thread, message = start_thread(api.state, _channel(api, call), api.state.world.bot, call.body, call.files)
    found = thread.payload()
    if message is not None:
        found["message"] = api.state.render(message, api.state.bot_id)
    return Reply(201, found)


def start_on_message(api: Api, call: Call) -> Reply:
    check_shape(call.body, THREAD)
    thread, _ = start_thread(
        api.state,
        _channel(api, call),
        api.state.world.bot,
        call.body,
        {},
        message_id=call.params["message_id"],
    )
    return Reply(201, thread.payload())


def join(api: Api, call: Call) -> None:
    _add(api, call, api.state.bot_id)


def add_member(api: Api, call: Call) -> None:
    _add(api, call, api.state.world.user(call.params["user_id"]).id)


def _add(api: Api, call: Call, user_id: str) -> None:
    thread = _thread(api, call)
    if thread.archived:
        raise refusal(50083)
    if user_id not in thread.members:
        thread.members.append(user_id)
        api.state.tell_channel("THREAD_UPDATE", thread)


def leave(api: Api, call: Call) -> None:
    _drop(api, call, api.state.bot_id)


def drop_member(api: Api, call: Call) -> None:
    require(api.state.world, _thread(api, call), api.state.bot_id, Permission.MANAGE_THREADS)
    _drop(api, call, call.params["user_id"])


def _drop(api: Api, call: Call, user_id: str) -> None:
    thread = _thread(api, call)
    if user_id in thread.members:
        thread.members.remove(user_id)
        api.state.tell_channel("THREAD_UPDATE", thread)


def members(api: Api, call: Call) -> list[Json]:
    thread = _thread(api, call)
    joined = iso(time_of(thread.id))
    return [{"id": thread.id, "user_id": key, "join_timestamp": joined, "flags": 0} for key in thread.members]


ROUTES = [
    Route("GET", "/channels/{channel_id}", read),
    Route("PATCH", "/channels/{channel_id}", change),
    Route("DELETE", "/channels/{channel_id}", remove),
    Route("POST", "/channels/{channel_id}/threads", start),
    Route("POST", "/channels/{channel_id}/messages/{message_id}/threads", start_on_message),
    Route("GET", "/channels/{channel_id}/thread-members", members),
    Route("PUT", "/channels/{channel_id}/thread-members/@me", join),
    Route("DELETE", "/channels/{channel_id}/thread-members/@me", leave),
    Route("PUT", "/channels/{channel_id}/thread-members/{user_id}", add_member),
    Route("DELETE", "/channels/{channel_id}/thread-members/{user_id}", drop_member),
]
