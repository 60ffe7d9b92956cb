"""HTTP routes about the bot itself, people, servers and the gateway's address."""

from __future__ import annotations

from bot.sandbox.errors import Json, refusal
from bot.sandbox.members import GUILD_MEMBERS, guild_payload
from bot.sandbox.permissions import can_see, in_guild
from bot.sandbox.rest import Api, Call, Route
from bot.sandbox.world import Channel, ChannelType, Guild


def me(api: Api, call: Call) -> Json:
    return {
        **api.state.world.bot.payload(),
        "mfa_enabled": True,
        "locale": "en-US",
        "verified": True,
        "email": None,
    }


def user(api: Api, call: Call) -> Json:
    return api.state.world.user(call.params["user_id"]).payload()


def my_guilds(api: Api, call: Call) -> list[Json]:
    bot_id = api.state.bot_id
    return [
        {
            "id": guild.id,
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": guild.owner_id == bot_id,
            "permissions": str(int(in_guild(guild, bot_id))),
            "features": [],
        }
        for guild in api.state.world.guilds.values()
        if bot_id in guild.members
    ]


def application(api: Api, call: Call) -> Json:
    world = api.state.world
    owner = next(user for user in world.users.values() if not user.bot)
    count = sum(world.bot.id in guild.members for guild in world.guilds.values())
    return {
        "id": world.application_id,
        "name": world.bot.global_name or world.bot.username,
        "icon": None,
        "description": "A bot on a loopback server",
        "type": None,
        "bot": world.bot.payload(),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": owner.payload(),
        "approximate_guild_count": count,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }


def gateway(api: Api, call: Call) -> Json:
    return {"url": api.state.gateway.url}


def gateway_bot(api: Api, call: Call) -> Json:
    used = api.state.gateway.identifies
    limit = {"total": 1000, "remaining": max(1000 - used, 0), "reset_after": 86_400_000, "max_concurrency": 1}
    return {"url": api.state.gateway.url, "shards": 1, "session_start_limit": limit}


def open_dm(api: Api, call: Call) -> Json:
    state = api.state
    recipient = state.world.users.get(str(call.body.get("recipient_id")))
    if recipient is None or recipient.bot:
        raise refusal(50033)
    known = state.world.dm_with(recipient.id)
    if known is None:
        known = Channel(state.ids.next(), ChannelType.DM, recipients=[recipient, state.world.bot])
        state.world.dms[known.id] = known
        state.tell_channel("CHANNEL_CREATE", known)
    return known.payload()


def _guild(api: Api, call: Call) -> Guild:
    found = api.state.world.guild(call.params["guild_id"])
    if api.state.bot_id not in found.members:
        raise refusal(50001)
    return found


def guild(api: Api, call: Call) -> Json:
    return guild_payload(_guild(api, call))


def guild_channels(api: Api, call: Call) -> list[Json]:
    return [c.payload() for c in _guild(api, call).channels.values()]


def guild_roles(api: Api, call: Call) -> list[Json]:
    return [role.payload() for role in _guild(api, call).roles.values()]


def guild_member(api: Api, call: Call) -> Json:
    return api.state.world.member(_guild(api, call).id, call.params["user_id"]).payload()


def guild_members(api: Api, call: Call) -> list[Json]:
    found = _guild(api, call)
    if not api.state.limits.privileged_intents & GUILD_MEMBERS:
        raise refusal(50001)
    after = int(call.query.get("after", "0"))
    members = sorted(found.members.values(), key=lambda member: int(member.user.id))
    return [member.payload() for member in members if int(member.user.id) > after][: call.limit(1, 1000)]


def active_threads(api: Api, call: Call) -> Json:
    state = api.state
    threads = [
        t
        for t in _guild(api, call).threads.values()
        if not t.archived and can_see(state.world, t, state.bot_id)
    ]
    return {"threads": [thread.payload() for thread in threads], "members": [], "has_more": False}


def leave_guild(api: Api, call: Call) -> None:
    found = _guild(api, call)
    del found.members[api.state.bot_id]
    api.state.gateway.emit("GUILD_DELETE", {"id": found.id}, guild_id=found.id, intent=1)
    api.state.viewers.emit("GUILD_UPDATE", lambda _user: {"id": found.id})


ROUTES = [
    Route("GET", "/users/@me", me),
    Route("GET", "/users/@me/guilds", my_guilds),
    Route("DELETE", "/users/@me/guilds/{guild_id}", leave_guild),
    Route("POST", "/users/@me/channels", open_dm),
    Route("GET", "/users/{user_id}", user),
    Route("GET", "/oauth2/applications/@me", application),
    Route("GET", "/applications/@me", application),
    Route("GET", "/gateway", gateway, auth=False),
    Route("GET", "/gateway/bot", gateway_bot),
    Route("GET", "/guilds/{guild_id}", guild),
    Route("GET", "/guilds/{guild_id}/channels", guild_channels),
    Route("GET", "/guilds/{guild_id}/roles", guild_roles),
    Route("GET", "/guilds/{guild_id}/members", guild_members),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", guild_member),
    Route("GET", "/guilds/{guild_id}/threads/active", active_threads),
]
