"""The people who have the page open, each with a queue of news."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from aiohttp import web

from bot.sandbox.errors import Json


class Viewers:
    """Open pages by the person they play."""

    def __init__(self) -> None:
        self._queues: dict[asyncio.Queue[str | None], str] = {}

    def emit(self, event: str, for_user: Callable[[str], Json | None]) -> None:
        """Sends each viewer what `for_user` makes of the event for that person; None keeps it from them."""
        made: dict[str, str | None] = {}
        for queue, user_id in self._queues.items():
            if user_id not in made:
                data = for_user(user_id)
                made[user_id] = None if data is None else json.dumps({"event": event, "data": data})
            text = made[user_id]
            if text is not None:
                queue.put_nowait(text)

    async def serve(self, request: web.Request, user_id: str) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=30.0)
        await socket.prepare(request)
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        queue.put_nowait(json.dumps({"event": "HELLO", "data": {"user": user_id}}))
        self._queues[queue] = user_id
        writer = asyncio.create_task(self._write(socket, queue))
        try:
            async for _ in socket:
                pass  # the page only listens here
        finally:
            del self._queues[queue]
            writer.cancel()
        return socket

    def close(self) -> None:
        """Ends every open page's stream."""
        for queue in self._queues:
            queue.put_nowait(None)

    @staticmethod
    async def _write(socket: web.WebSocketResponse, queue: asyncio.Queue[str | None]) -> None:
        while (text := await queue.get()) is not None:
            try:
                await socket.send_str(text)
            except ConnectionError:
                return
        await socket.close(code=1001)
