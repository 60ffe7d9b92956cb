"""How a server and its members look when the gateway or the API tells of them."""

from __future__ import annotations

from bot.sandbox.errors import Json
from bot.sandbox.world import Guild, World

GUILD_MEMBERS, GUILD_PRESENCES = 1 << 1, 1 << 8


def guild_payload(guild: Guild) -> Json:
    """The server itself: settings and roles, without channels."""
    return {
        "id": guild.id,
        "name": guild.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": guild.owner_id,
        "application_id": None,
        "region": "us-east",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role.payload() for role in guild.roles.values()],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": guild.locale,
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": guild.nsfw_level in (1, 3),
        "nsfw_level": guild.nsfw_level,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def guild_create(guild: Guild, world: World, intents: int) -> Json:
    """GUILD_CREATE: with channels and threads, and members as far as the intents allow."""
    everyone = intents & (GUILD_MEMBERS | GUILD_PRESENCES)
    members = guild.members.values() if everyone else [guild.members[world.bot.id]]
    return {
        **guild_payload(guild),
        "joined_at": guild.members[world.bot.id].joined_at,
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [member.payload() for member in members],
        "channels": [channel.payload() for channel in guild.channels.values()],
        "threads": [thread.payload() for thread in guild.threads.values() if not thread.archived],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def members_chunk(world: World, data: Json) -> Json:
    """The answer to REQUEST_GUILD_MEMBERS: by ids, or by the start of a name."""
    guild = world.guild(str(data.get("guild_id")))
    asked = data.get("user_ids")
    found = list(guild.members.values())
    if asked is not None:
        wanted = {str(asked)} if isinstance(asked, str | int) else {str(one) for one in asked}
        found = [member for member in found if member.user.id in wanted]
        missing = sorted(wanted - {member.user.id for member in found})
    else:
        start = str(data.get("query") or "").lower()
        found = [
            m for m in found if (m.nick or m.user.global_name or m.user.username).lower().startswith(start)
        ]
        found = found[: data.get("limit") or None]
        missing = []
    chunk: Json = {
        "guild_id": guild.id,
        "members": [member.payload() for member in found],
        "chunk_index": 0,
        "chunk_count": 1,
        "not_found": missing,
    }
    if data.get("nonce") is not None:
        chunk["nonce"] = data["nonce"]
    return chunk
