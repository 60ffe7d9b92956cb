"""What the page is told of the world: only what the person played may see."""

from __future__ import annotations

from bot.sandbox.errors import Json
from bot.sandbox.permissions import can_see, in_channel, in_guild, sending
from bot.sandbox.state import State
from bot.sandbox.validate import CONTENT, FILES
from bot.sandbox.world import WRITABLE, Channel, Guild, User


def user_view(user: User) -> Json:
    return {"bot": False, **user.payload(), "locale": user.locale}


def channel_view(state: State, channel: Channel, user_id: str) -> Json:
    held = in_channel(state.world, channel, user_id)
    found = channel.payload() | {
        "permissions": str(int(held)),
        "can_send": channel.type in WRITABLE and (channel.guild_id is None or bool(held & sending(channel))),
        "nsfw": state.world.is_nsfw(channel),
    }
    if channel.guild_id is None:
        found["recipients"] = [user_view(user) for user in channel.recipients]
    return found


def page_state(state: State, user_id: str) -> Json:
    world = state.world
    dm = world.dm_with(user_id)
    return {
        "me": user_view(world.user(user_id)),
        "users": [user_view(user) for user in world.users.values()],
        "bot": {
            "id": world.bot.id,
            "application_id": world.application_id,
            "username": world.bot.username,
            "global_name": world.bot.global_name,
            "online": state.gateway.online,
        },
        "guilds": [
            _guild_view(state, guild, user_id) for guild in world.guilds.values() if user_id in guild.members
        ],
        "dms": [channel_view(state, dm, user_id)] if dm else [],
        "limits": {"content": CONTENT, "files": FILES, "file_bytes": state.limits.file_bytes},
    }


def _guild_view(state: State, guild: Guild, user_id: str) -> Json:
    def visible(channels: list[Channel]) -> list[Json]:
        seen = [channel for channel in channels if can_see(state.world, channel, user_id)]
        return [channel_view(state, channel, user_id) for channel in seen]

    return {
        "id": guild.id,
        "name": guild.name,
        "icon": None,
        "roles": [role.payload() for role in guild.roles.values()],
        "members": [
            {"user_id": member.user.id, "nick": member.nick, "roles": list(member.roles)}
            for member in guild.members.values()
        ],
        "channels": visible(sorted(guild.channels.values(), key=lambda channel: channel.position)),
        "threads": visible([thread for thread in guild.threads.values() if not thread.archived]),
        "permissions": str(int(in_guild(guild, user_id))),
    }
