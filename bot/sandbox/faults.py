"""Troubles made on purpose, so that tests can see how a bot lives through them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox import posting
from bot.sandbox.errors import Json
from bot.sandbox.interactions import Interactions
from bot.sandbox.messages import Message
from bot.sandbox.state import State
from bot.sandbox.world import Channel, Overwrite

LOST = 0  # the status of an answer that never comes: the connection is cut


@dataclass
class Fault:
    """One planned failure. `carried_out`: the request takes effect and only its answer is spoilt.

    `files`: only requests with files, or only those without. `struck` is called when it happens: after the
    request took effect when it does, and before the answer leaves.
    """

    status: int
    method: str | None
    match: str
    times: int
    retry_after: float
    carried_out: bool
    files: bool | None = None
    struck: Callable[[], None] | None = None

    def fits(self, method: str, path: str, *, files: bool) -> bool:
        rightly = self.method in (None, method) and self.match in path
        return self.times > 0 and rightly and self.files in (None, files)


class Faults:
    """A test's levers on a running sandbox."""

    def __init__(self, state: State, interactions: Interactions) -> None:
        self._state = state
        self._interactions = interactions
        self._planned: list[Fault] = []

    def next(
        self,
        status: int,
        *,
        method: str | None = None,
        match: str = "",
        times: int = 1,
        retry_after: float = 0.1,
        carried_out: bool = False,
        files: bool | None = None,
        struck: Callable[[], None] | None = None,
    ) -> None:
        """Fails the next `times` requests whose path contains `match`; see `Fault` for the rest.

        `status` is 429 (with `retry_after` seconds), any 5xx, or 0 to cut the connection without an answer.
        """
        self._planned.append(Fault(status, method, match, times, retry_after, carried_out, files, struck))

    def clear(self) -> int:
        """Drops every failure that has not happened yet; returns how many."""
        left = len(self._planned)
        self._planned.clear()
        return left

    def take(self, method: str, path: str, *, files: bool) -> Fault | None:
        """The failure planned for this request, counted down; the server asks."""
        for fault in self._planned:
            if fault.fits(method, path, files=files):
                fault.times -= 1
                if not fault.times:
                    self._planned.remove(fault)
                return fault
        return None

    # -- the gateway

    def cut_gateway(self) -> None:
        """Every socket is lost without a close frame; sessions can be resumed."""
        self._state.gateway.cut()

    async def close_gateway(self, code: int = 4000) -> None:
        await self._state.gateway.close_all(code)

    def ask_reconnect(self) -> None:
        """Opcode 7: the client should come back and resume."""
        self._state.gateway.ask_reconnect()

    def invalidate_sessions(self, *, resumable: bool = False) -> None:
        """Opcode 9; unless resumable, clients must identify again."""
        self._state.gateway.invalidate(resumable=resumable)

    # -- what a bot relies on

    def expire_tokens(self) -> None:
        """Ends every acknowledged interaction's 15 minutes now."""
        self._interactions.expire_all()

    def forget_nonces(self) -> None:
        """Enforced nonces are remembered no longer, as after some minutes."""
        self._state.messages.forget_nonces()

    def delete_message(self, message: Message) -> None:
        posting.delete(self._state, message)

    def delete_channel(self, channel_id: str) -> None:
        """A channel or thread goes, with its messages."""
        posting.delete_channel(self._state, self._state.world.channel(channel_id))

    def deny(self, channel_id: str, permissions: int, *, user_id: str | None = None) -> None:
        """Takes permissions in a channel from one user, the bot unless told otherwise, by an overwrite."""
        state = self._state
        channel = state.world.channel(channel_id)
        who = user_id or state.bot_id
        own = channel.overwrites.setdefault(who, Overwrite(who, 1))
        own.deny |= permissions
        own.allow &= ~permissions
        self._tell_of_change(channel)

    def give_back(self, channel_id: str, *, user_id: str | None = None) -> None:
        """Drops a user's own overwrite in a channel, the bot's unless told otherwise: undoes `deny`."""
        channel = self._state.world.channel(channel_id)
        channel.overwrites.pop(user_id or self._state.bot_id, None)
        self._tell_of_change(channel)

    def _tell_of_change(self, channel: Channel) -> None:
        state, guild_id = self._state, channel.guild_id
        state.gateway.emit("CHANNEL_UPDATE", channel.payload(), guild_id=guild_id, intent=1)
        state.viewers.emit("GUILD_UPDATE", lambda _user: {"id": guild_id})

    def close_dms(self, user_id: str) -> None:
        """From now on the bot's direct messages to this person are refused (50007)."""
        self._state.world.closed_dms.add(user_id)

    def open_dms(self, user_id: str) -> None:
        """The person takes the bot's direct messages again."""
        self._state.world.closed_dms.discard(user_id)

    def remove_bot(self, guild_id: str) -> None:
        """A server shows the bot the door."""
        state = self._state
        del state.world.guild(guild_id).members[state.bot_id]
        gone: Json = {"id": guild_id}
        state.gateway.emit("GUILD_DELETE", gone, guild_id=guild_id, intent=1)
        state.viewers.emit("GUILD_UPDATE", lambda _user: {"id": guild_id})
