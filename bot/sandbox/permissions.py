"""Who may do what where: Discord's permission bits and how roles and overwrites combine."""

from __future__ import annotations

from enum import IntFlag

from bot.sandbox.errors import refusal
from bot.sandbox.world import Channel, ChannelType, Guild, World


class Permission(IntFlag):
    """The bits that the sandbox looks at; https://docs.discord.com/developers/topics/permissions"""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40


P = Permission
ALL = (1 << 53) - 1
TALK = (
    P.VIEW_CHANNEL
    | P.SEND_MESSAGES
    | P.EMBED_LINKS
    | P.ATTACH_FILES
    | P.READ_MESSAGE_HISTORY
    | P.ADD_REACTIONS
    | P.USE_EXTERNAL_EMOJIS
    | P.USE_APPLICATION_COMMANDS
)
EVERYONE = TALK | P.CREATE_PUBLIC_THREADS | P.CREATE_PRIVATE_THREADS | P.SEND_MESSAGES_IN_THREADS
IN_DM = TALK
NEEDS_SEND = P.EMBED_LINKS | P.ATTACH_FILES | P.MENTION_EVERYONE


def in_guild(guild: Guild, user_id: str) -> int:
    """What roles alone give; the owner and administrators hold everything."""
    member = guild.members.get(user_id)
    if member is None:
        return 0
    if guild.owner_id == user_id:
        return ALL
    bits = guild.roles[guild.id].permissions
    for role_id in member.roles:
        if role_id in guild.roles:
            bits |= guild.roles[role_id].permissions
    return ALL if bits & P.ADMINISTRATOR else bits


def in_channel(world: World, channel: Channel, user_id: str) -> int:
    """What a person holds in one channel, thread or conversation, as a bit set."""
    if channel.guild_id is None:
        return int(IN_DM) if any(user.id == user_id for user in channel.recipients) else 0
    guild = world.guild(channel.guild_id)
    bits = _with_overwrites(guild, world.parent(channel), user_id, in_guild(guild, user_id))
    if not bits & P.VIEW_CHANNEL:
        return 0
    if channel.is_thread:
        return _in_thread(channel, user_id, bits)
    return bits if bits & P.SEND_MESSAGES else bits & ~NEEDS_SEND


def _with_overwrites(guild: Guild, channel: Channel, user_id: str, bits: int) -> int:
    if bits & P.ADMINISTRATOR or user_id not in guild.members:
        return bits
    everyone = channel.overwrites.get(guild.id)
    if everyone:
        bits = (bits & ~everyone.deny) | everyone.allow
    allow = deny = 0
    for role_id in guild.members[user_id].roles:
        overwrite = channel.overwrites.get(role_id)
        if overwrite:
            allow |= overwrite.allow
            deny |= overwrite.deny
    bits = (bits & ~deny) | allow
    own = channel.overwrites.get(user_id)
    return (bits & ~own.deny) | own.allow if own else bits


def _in_thread(thread: Channel, user_id: str, bits: int) -> int:
    hidden = thread.type is ChannelType.PRIVATE_THREAD and user_id not in thread.members
    if hidden and not bits & P.MANAGE_THREADS:
        return 0
    return bits if bits & P.SEND_MESSAGES_IN_THREADS else bits & ~NEEDS_SEND


def can_see(world: World, channel: Channel, user_id: str) -> bool:
    return bool(in_channel(world, channel, user_id) & P.VIEW_CHANNEL)


def sending(channel: Channel) -> Permission:
    """The bit that writing in this channel needs."""
    return P.SEND_MESSAGES_IN_THREADS if channel.is_thread else P.SEND_MESSAGES


def require(world: World, channel: Channel, user_id: str, needed: int) -> None:
    """Raises 50001 when the channel is hidden from the user, 50013 when a needed bit is missing."""
    held = in_channel(world, channel, user_id)
    if not held & P.VIEW_CHANNEL:
        raise refusal(50001)
    if channel.guild_id is not None and held & needed != needed:
        raise refusal(50013)
