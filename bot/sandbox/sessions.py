"""A bot's sockets and sessions: frames leave in order, and a session outlives its socket."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from bot.sandbox.errors import Json

DISPATCH = 0
REPLAY_EVENTS = 5000


class Connection:
    """One websocket; frames leave in order through its own task."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, *, compress: bool) -> None:
        self.socket = socket
        self._request = request
        self.session: Session | None = None
        self.left_for_good = False  # the client closed with 1000 or 1001, which ends the session
        self._compressor = zlib.compressobj() if compress else None
        self._frames: asyncio.Queue[str] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def send(self, frame: Json) -> None:
        self._frames.put_nowait(json.dumps(frame, separators=(",", ":")))

    async def _write(self) -> None:
        try:
            while True:
                text = await self._frames.get()
                if self._compressor is None:
                    await self.socket.send_str(text)
                else:
                    data = self._compressor.compress(text.encode())
                    await self.socket.send_bytes(data + self._compressor.flush(zlib.Z_SYNC_FLUSH))
                self._frames.task_done()
        except ConnectionError:
            return  # the reader sees the same end and cleans up

    async def close(self, code: int) -> None:
        """Lets what is queued go out, then closes."""
        flushed = asyncio.create_task(self._frames.join())
        await asyncio.wait([flushed, self._writer], timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
        flushed.cancel()
        await self.socket.close(code=code)

    def cut(self) -> None:
        """Tears the socket down without a close frame, as a lost network does."""
        if self._request.transport is not None:
            self._request.transport.abort()

    def stop(self) -> None:
        self._writer.cancel()


@dataclass
class Session:
    """What a client resumes: its shard, intents and the events that it has been sent."""

    id: str
    shard: int
    shards: int
    intents: int
    connection: Connection | None = None
    left_at: float = 0.0
    seq: int = 0
    replay: deque[Json] = field(default_factory=lambda: deque(maxlen=REPLAY_EVENTS))

    def dispatch(self, event: str, data: Json) -> None:
        self.seq += 1
        frame = {"op": DISPATCH, "s": self.seq, "t": event, "d": data}
        self.replay.append(frame)
        if self.connection is not None:
            self.connection.send(frame)

    def owns(self, guild_id: str | None) -> bool:
        shard = (int(guild_id) >> 22) % self.shards if guild_id else 0
        return shard == self.shard
