"""The two processes that `bench ack` asks: the real bot, watching its own loop, and an echo."""

from __future__ import annotations

import asyncio
import logging
import time
from multiprocessing.connection import Connection
from typing import NamedTuple

import aiohttp

from bot import app
from bot.config import Config, Token

READY = "ready"
STOP = "stop"
TICK = 0.005
"""Seconds between two looks at whether the loop is late."""
IDENTIFY, DISPATCH = 2, 0
GUILDS = 1


class Tick(NamedTuple):
    """When the loop should have turned, how late it was, and the process's own time; in seconds."""

    due: float
    late: float
    busy: float


def bot(pipe: Connection, config: Config, token: str) -> None:
    """Run the bot until told to stop, then send what its watch saw: a ``Tick`` every five milliseconds."""
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(_bot(pipe, config, token))


async def _bot(pipe: Connection, config: Config, token: str) -> None:
    stop = asyncio.Event()
    ticks: list[Tick] = []
    watch = asyncio.create_task(_watch(ticks))

    def ready() -> None:
        pipe.send(READY)
        asyncio.get_running_loop().add_reader(pipe.fileno(), stop.set)

    await app.run(config, Token(token), stop, ready)
    watch.cancel()
    pipe.send(ticks)


async def _watch(ticks: list[Tick]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + TICK
        await asyncio.sleep(TICK)
        ticks.append(Tick(due, max(0.0, loop.time() - due), time.process_time()))


def echo(pipe: Connection, gateway: str, api_base: str, token: str) -> None:
    """Register one command, and answer every interaction at once with one line until told to stop."""
    asyncio.run(_echo(pipe, gateway, api_base, token))


async def _echo(pipe: Connection, gateway: str, api_base: str, token: str) -> None:
    stop = asyncio.Event()
    headers = {"Authorization": f"Bot {token}"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        await _register(session, api_base)
        async with session.ws_connect(gateway) as socket, asyncio.TaskGroup() as answers:
            await socket.receive_json()
            about = {"token": token, "intents": GUILDS, "properties": {}}
            await socket.send_json({"op": IDENTIFY, "d": about})
            await socket.receive_json()
            asyncio.get_running_loop().add_reader(pipe.fileno(), stop.set)
            pipe.send(READY)
            reading = answers.create_task(_answer_all(socket, session, api_base, answers))
            await stop.wait()
            reading.cancel()
    pipe.send(None)


async def _register(session: aiohttp.ClientSession, api_base: str) -> None:
    async with session.get(f"{api_base}/users/@me") as response:
        application = (await response.json())["id"]
    option = {"type": 3, "name": "prompt", "description": "Anything", "required": True}
    command = {"name": "imagine", "description": "Answer at once", "options": [option]}
    async with session.put(f"{api_base}/applications/{application}/commands", json=[command]) as response:
        response.raise_for_status()


async def _answer_all(
    socket: aiohttp.ClientWebSocketResponse,
    session: aiohttp.ClientSession,
    api_base: str,
    answers: asyncio.TaskGroup,
) -> None:
    async for message in socket:
        frame = message.json()
        if frame["op"] == DISPATCH and frame["t"] == "INTERACTION_CREATE":
            answers.create_task(_answer(session, api_base, frame["d"]["id"], frame["d"]["token"]))


async def _answer(session: aiohttp.ClientSession, api_base: str, number: str, token: str) -> None:
    body = {"type": 4, "data": {"content": "heard"}}
    async with session.post(f"{api_base}/interactions/{number}/{token}/callback", json=body) as response:
        await response.read()
