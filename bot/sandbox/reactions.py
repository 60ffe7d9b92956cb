"""Reactions: which emoji Discord knows, who may add the first of a kind, how many kinds fit."""

from __future__ import annotations

import unicodedata

from bot.sandbox.errors import refusal
from bot.sandbox.messages import Message
from bot.sandbox.permissions import Permission, require
from bot.sandbox.state import State

KINDS = 20


def check_emoji(emoji: str) -> str:
    """A standard emoji; raises 10014 for text and for custom emoji, of which these servers have none."""
    pictures = [c for c in emoji if unicodedata.category(c) in ("So", "Sk") or c == "\u20e3"]
    if not pictures and not all("\U0001f1e6" <= c <= "\U0001f1ff" for c in emoji):
        raise refusal(10014)
    if not emoji or len(emoji) > 20 or any(c.isalpha() for c in emoji):
        raise refusal(10014)
    return emoji


def add_reaction(state: State, message: Message, user_id: str, emoji: str) -> None:
    key = check_emoji(emoji)
    channel = state.world.channel(message.channel_id)
    needed = Permission.READ_MESSAGE_HISTORY
    if key not in message.reactions:
        needed |= Permission.ADD_REACTIONS
        if len(message.reactions) >= KINDS:
            raise refusal(30010)
    require(state.world, channel, user_id, needed)
    who = message.reactions.setdefault(key, [])
    if user_id not in who:
        who.append(user_id)
        state.tell_reaction("MESSAGE_REACTION_ADD", message, user_id, key)


def remove_reaction(state: State, message: Message, user_id: str, emoji: str) -> None:
    key = check_emoji(emoji)
    who = message.reactions.get(key, [])
    if user_id not in who:
        return
    who.remove(user_id)
    if not who:
        del message.reactions[key]
    state.tell_reaction("MESSAGE_REACTION_REMOVE", message, user_id, key)
