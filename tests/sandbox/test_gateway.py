"""The gateway over a plain websocket: hello, identify, shards, resume, refusals; and discord.py resuming."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest
from discord.ext import commands

from bot.sandbox import Limits, Sandbox
from tests.sandbox.bots import stage, until

GUILDS, MESSAGES = 1 << 0, 1 << 9


@asynccontextmanager
async def socket(sandbox: Sandbox, query: str = "") -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(sandbox.gateway_url + query) as found:
        yield found


async def hello(found: aiohttp.ClientWebSocketResponse) -> None:
    frame = await found.receive_json()
    assert frame["op"] == 10 and frame["d"]["heartbeat_interval"] == 41250


async def identify(found: aiohttp.ClientWebSocketResponse, token: str, **extra: Any) -> None:
    await hello(found)
    data = {"token": token, "intents": GUILDS | MESSAGES, "properties": {}, **extra}
    await found.send_json({"op": 2, "d": data})


async def event(found: aiohttp.ClientWebSocketResponse, name: str) -> dict[str, Any]:
    """The next event of that name."""
    async with asyncio.timeout(5):
        while True:
            frame = await found.receive_json()
            if frame["t"] == name:
                return frame


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"op": 2, "d": {"token": "wrong", "intents": 1}}, 4004),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 1, "shard": [2, 2]}}, 4010),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 1 << 40}}, 4013),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 1 << 15}}, 4014),
        ({"op": 3, "d": {}}, 4003),
        ({"op": 77, "d": {}}, 4001),
        ("not json", 4002),
    ],
)
async def test_refusals_close_with_their_code(frame: Any, code: int) -> None:
    async with Sandbox() as sandbox, socket(sandbox) as found:
        await hello(found)
        text = frame if isinstance(frame, str) else json.dumps(frame).replace("TOKEN", sandbox.token)
        await found.send_str(text)
        message = await found.receive(timeout=5)
        assert message.type is aiohttp.WSMsgType.CLOSE and message.data == code


async def test_heartbeats_are_answered_and_silence_ends_the_connection() -> None:
    async with Sandbox(limits=Limits(heartbeat_seconds=0.2)) as sandbox, socket(sandbox) as found:
        await found.receive_json()
        await found.send_json({"op": 1, "d": None})
        assert (await found.receive_json())["op"] == 11
        message = await found.receive(timeout=5)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4009)


async def test_events_go_to_the_shard_of_their_server_and_to_its_intents() -> None:
    async with Sandbox() as sandbox, socket(sandbox) as first, socket(sandbox) as second:
        seen = {}
        for number, found in enumerate((first, second)):
            await identify(found, sandbox.token, shard=[number, 2])
            ready = await event(found, "READY")
            assert ready["d"]["resume_gateway_url"] == sandbox.gateway_url
            guild = await event(found, "GUILD_CREATE")
            seen[number] = guild["d"]
            assert (int(guild["d"]["id"]) >> 22) % 2 == number
            assert [member["user"]["username"] for member in guild["d"]["members"]] == ["atelier"]
        assert {guild["name"] for guild in seen.values()} == {"Moonlit Atelier", "Paper Lantern Café"}
        sandbox.user("noor").write("tea-room", "tea?")
        place = 0 if seen[0]["name"] == "Paper Lantern Café" else 1
        message = await event((first, second)[place], "MESSAGE_CREATE")
        assert message["d"]["content"] == ""  # no message content intent
        sandbox.user("noor").react(sandbox.user("noor").reads("tea-room")[0], "🍵")
        sandbox.user("noor").write("tea-room", "again")
        later = await event((first, second)[place], "MESSAGE_CREATE")
        assert later["s"] == message["s"] + 1  # reactions were not asked for


async def test_resume_replays_what_was_missed_in_order() -> None:
    async with Sandbox() as sandbox:
        async with socket(sandbox) as found:
            await identify(found, sandbox.token)
            session = (await event(found, "READY"))["d"]["session_id"]
            await event(found, "GUILD_CREATE")
            last = (await event(found, "GUILD_CREATE"))["s"]
            sandbox.faults.cut_gateway()
            assert (await found.receive(timeout=5)).type in (
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.ERROR,
            )
        await until(lambda: not sandbox.state.gateway.online)
        for word in ("one", "two"):
            sandbox.user("mika").write("general", word)
        async with socket(sandbox) as found:
            await hello(found)
            await found.send_json(
                {"op": 6, "d": {"token": sandbox.token, "session_id": session, "seq": last}}
            )
            events = [await found.receive_json() for _ in range(3)]
            assert [frame["t"] for frame in events] == ["MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"]
            assert [frame["s"] for frame in events] == [last + 1, last + 2, last + 3]
        async with socket(sandbox) as found:
            await hello(found)
            await found.send_json({"op": 6, "d": {"token": sandbox.token, "session_id": "gone", "seq": 1}})
            assert await found.receive_json() == {"op": 9, "s": None, "t": None, "d": False}


async def test_zlib_stream_is_one_stream() -> None:
    async with Sandbox() as sandbox, socket(sandbox, "?v=10&encoding=json&compress=zlib-stream") as found:
        inflate = zlib.decompressobj()
        first = await found.receive_bytes()
        assert first.endswith(b"\x00\x00\xff\xff")
        assert json.loads(inflate.decompress(first))["op"] == 10
        await found.send_json({"op": 2, "d": {"token": sandbox.token, "intents": 0}})
        assert json.loads(inflate.decompress(await found.receive_bytes()))["t"] == "READY"


async def test_members_are_sent_on_request() -> None:
    async with Sandbox() as sandbox, socket(sandbox) as found:
        await identify(found, sandbox.token)
        guild = sandbox.user("mika").channel("general").guild_id
        asked = {"guild_id": guild, "user_ids": [sandbox.user("ren").id, "1"], "limit": 0, "nonce": "n"}
        await found.send_json({"op": 8, "d": asked})
        chunk = (await event(found, "GUILD_MEMBERS_CHUNK"))["d"]
        assert [member["user"]["username"] for member in chunk["members"]] == ["ren"]
        assert (chunk["not_found"], chunk["nonce"]) == (["1"], "n")


@pytest.mark.parametrize("trouble", ["cut", "ask", "close", "invalid"])
async def test_discord_py_comes_back_after_every_trouble(trouble: str) -> None:
    resumed, again = asyncio.Event(), asyncio.Event()

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Ping")
        async def ping(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("pong")

        @bot.event
        async def on_shard_resumed(_: int) -> None:
            resumed.set()

        @bot.event
        async def on_shard_connect(_: int) -> None:
            again.set()

    async with stage(prepare) as scene:
        again.clear()
        faults, before = scene.sandbox.faults, scene.sandbox.state.gateway.identifies
        if trouble == "cut":
            faults.cut_gateway()
        elif trouble == "ask":
            faults.ask_reconnect()
        elif trouble == "close":
            await faults.close_gateway(4000)
        else:
            faults.invalidate_sessions()
        async with asyncio.timeout(20):
            await (again if trouble == "invalid" else resumed).wait()
        identified = scene.sandbox.state.gateway.identifies - before
        assert identified == (1 if trouble == "invalid" else 0)
        await until(lambda: scene.sandbox.state.gateway.online)
        assert (await scene.sandbox.user("mika").slash("general", "ping")).kind == "message"
