"""The gateway: sessions that outlive their sockets, heartbeats, resuming with replay, shards."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

import aiohttp
from aiohttp import web

from bot.sandbox.clock import Clock
from bot.sandbox.errors import Json
from bot.sandbox.limits import Limits
from bot.sandbox.members import guild_create, members_chunk
from bot.sandbox.ratelimit import Window
from bot.sandbox.sessions import Connection, Session
from bot.sandbox.world import World

HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME = 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11
HEARTBEAT_TRIP = 0.1
"""Seconds until a heartbeat is answered."""
IGNORED = (PRESENCE, VOICE)
PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)
GUILDS, MESSAGE_CONTENT = 1 << 0, 1 << 15
KNOWN_INTENTS = (1 << 26) - 1
FORGET_SECONDS = 180.0  # a session whose socket is gone this long cannot be resumed


class Gateway:
    """Accepts the bot's sockets and fans events out to its sessions."""

    def __init__(self, world: World, clock: Clock, limits: Limits, token: str) -> None:
        self.url = ""  # set once the port is known
        self.identifies = 0
        self.on_status: list[Any] = []  # called with (online: bool) when the bot comes or goes
        self._world = world
        self._clock = clock
        self._limits = limits
        self._token = token
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()

    @property
    def online(self) -> bool:
        return any(session.connection is not None for session in self._sessions.values())

    def listens(self, guild_id: str | None) -> bool:
        """Whether a session, live or still resumable, gets this server's events."""
        self._forget_old()
        return any(session.owns(guild_id) for session in self._sessions.values())

    def emit(
        self, event: str, data: Json, *, guild_id: str | None, intent: int = 0, blank: Json | None = None
    ) -> None:
        """Sends an event to the sessions of its shard that asked for `intent` (0: everyone's).

        `blank` replaces `data` for sessions without the message content intent.
        """
        self._forget_old()
        for session in self._sessions.values():
            if not session.owns(guild_id) or (intent and not session.intents & intent):
                continue
            hidden = blank is not None and not session.intents & MESSAGE_CONTENT
            session.dispatch(event, blank if hidden and blank is not None else data)

    # -- sockets

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=64 * 1024)
        await socket.prepare(request)
        connection = Connection(socket, request, compress=request.query.get("compress") == "zlib-stream")
        self._connections.add(connection)
        interval = self._limits.heartbeat_seconds
        connection.send(
            {"op": HELLO, "s": None, "t": None, "d": {"heartbeat_interval": int(interval * 1000)}}
        )
        try:
            await self._read(connection, interval * 1.5)
        finally:
            self._connections.discard(connection)
            connection.stop()
            self._leave(connection)
        return socket

    async def _read(self, connection: Connection, patience: float) -> None:
        sent = Window(120, 60.0)
        loop = asyncio.get_running_loop()
        while True:
            try:
                message = await connection.socket.receive(timeout=patience)
            except TimeoutError:
                await connection.close(4009)
                return
            if message.type is not aiohttp.WSMsgType.TEXT:
                if message.type is aiohttp.WSMsgType.BINARY:
                    await connection.close(4002)
                connection.left_for_good = message.type is aiohttp.WSMsgType.CLOSE and message.data in (
                    1000,
                    1001,
                )
                return
            if sent.take(loop.time()):
                await connection.close(4008)
                return
            code = self._receive(connection, message.data)
            if code is not None:
                await connection.close(code)
                return

    def _receive(self, connection: Connection, text: str) -> int | None:
        """Acts on one frame; returns the code to close with when the frame is refused."""
        try:
            frame = json.loads(text)
            op, data = frame["op"], frame.get("d")
        except (ValueError, KeyError, TypeError):
            return 4002
        if op == HEARTBEAT:
            # No network answers at once; a client that notes the time only after it has sent (discord.py
            # does, in a thread) would take the answer for a late one to its heartbeat before.
            ack = {"op": HEARTBEAT_ACK, "s": None, "t": None, "d": None}
            asyncio.get_running_loop().call_later(HEARTBEAT_TRIP, connection.send, ack)
            return None
        if op == IDENTIFY:
            return 4005 if connection.session else self._identify(connection, data or {})
        if op == RESUME:
            return 4005 if connection.session else self._resume(connection, data or {})
        if op in IGNORED or op == REQUEST_MEMBERS:
            if connection.session is None:
                return 4003
            if op == REQUEST_MEMBERS:
                chunk = members_chunk(self._world, data or {})
                connection.session.dispatch("GUILD_MEMBERS_CHUNK", chunk)
            return None
        return 4001

    def _identify(self, connection: Connection, data: Json) -> int | None:
        shard, shards = data.get("shard") or (0, 1)
        intents = data.get("intents")
        if str(data.get("token", "")).removeprefix("Bot ") != self._token:
            return 4004
        if not 0 <= shard < shards:
            return 4010
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            return 4013
        if intents & PRIVILEGED & ~self._limits.privileged_intents:
            return 4014
        self.identifies += 1
        session = Session(secrets.token_hex(16), shard, shards, intents)
        self._sessions[session.id] = session
        self._attach(session, connection)
        guilds = [
            guild
            for guild in self._world.guilds.values()
            if session.owns(guild.id) and self._world.bot.id in guild.members
        ]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": {**self._world.bot.payload(), "verified": True, "mfa_enabled": True, "email": None},
                "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "session_type": "normal",
                "shard": [shard, shards],
                "private_channels": [],
                "application": {"id": self._world.application_id, "flags": 0},
            },
        )
        if intents & GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", guild_create(guild, self._world, intents))
        return None

    def _resume(self, connection: Connection, data: Json) -> int | None:
        if str(data.get("token", "")).removeprefix("Bot ") != self._token:
            return 4004
        self._forget_old()
        session = self._sessions.get(str(data.get("session_id")))
        seq = data.get("seq")
        if session is None or not isinstance(seq, int):
            connection.send({"op": INVALID_SESSION, "s": None, "t": None, "d": False})
            return None
        if seq > session.seq:
            return 4007
        missed = [frame for frame in session.replay if frame["s"] > seq]
        if len(missed) != session.seq - seq:  # some have fallen out of the replay
            del self._sessions[session.id]
            connection.send({"op": INVALID_SESSION, "s": None, "t": None, "d": False})
            return None
        self._attach(session, connection)
        for frame in missed:
            connection.send(frame)
        session.dispatch("RESUMED", {"_trace": []})
        return None

    def _attach(self, session: Session, connection: Connection) -> None:
        was = self.online
        session.connection = connection
        connection.session = session
        if not was:
            self._tell(True)

    def _leave(self, connection: Connection) -> None:
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        session.left_at = self._clock.now()
        if connection.left_for_good:
            self._sessions.pop(session.id, None)
        if not self.online:
            self._tell(False)

    def _tell(self, online: bool) -> None:
        for told in self.on_status:
            told(online)

    def _forget_old(self) -> None:
        limit = self._clock.now() - FORGET_SECONDS
        for session in list(self._sessions.values()):
            if session.connection is None and session.left_at < limit:
                del self._sessions[session.id]

    # -- what tests do to a client

    def cut(self) -> None:
        """Loses every socket without a close frame; sessions stay resumable."""
        for connection in list(self._connections):
            connection.cut()

    async def close_all(self, code: int) -> None:
        await asyncio.gather(*(connection.close(code) for connection in list(self._connections)))

    def ask_reconnect(self) -> None:
        for connection in self._connections:
            connection.send({"op": RECONNECT, "s": None, "t": None, "d": None})

    def invalidate(self, *, resumable: bool) -> None:
        """Opcode 9 to every client; unless resumable, the sessions are gone."""
        for connection in self._connections:
            connection.send({"op": INVALID_SESSION, "s": None, "t": None, "d": resumable})
        if not resumable:
            self._sessions.clear()
