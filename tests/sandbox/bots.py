"""A stock discord.py bot on a sandbox, for the length of a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.sandbox import Limits, Sandbox
from tests.sandbox.oracle import Oracle

LEAST = discord.Intents(guilds=True, guild_reactions=True)


@dataclass
class Stage:
    """A sandbox and the bot that lives on it."""

    sandbox: Sandbox
    bot: commands.AutoShardedBot
    oracle: Oracle


@asynccontextmanager
async def on_sandbox(sandbox: Sandbox) -> AsyncIterator[None]:
    """Points discord.py at the sandbox, and back again."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = sandbox.api_base, yarl.URL(sandbox.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@asynccontextmanager
async def stage(
    prepare: Callable[[commands.AutoShardedBot], None],
    *,
    intents: discord.Intents = LEAST,
    limits: Limits | None = None,
    **options: Any,
) -> AsyncIterator[Stage]:
    """Starts a sandbox and a bot with what `prepare` adds to it; its commands are synced.

    At the end every exchange must have fitted Discord's OpenAPI file.
    """
    oracle = Oracle()
    limits = limits or Limits(ack_seconds=30.0)  # a busy machine must not fail tests of other things
    async with Sandbox(observer=oracle, limits=limits, **options) as sandbox, on_sandbox(sandbox):
        bot = commands.AutoShardedBot(
            command_prefix=commands.when_mentioned,
            intents=intents,
            shard_count=1,
            guild_ready_timeout=0.1,  # all servers come at once here; discord.py would wait 2 s for more
        )
        prepare(bot)

        async def sync() -> None:
            if bot.tree.get_commands():
                await bot.tree.sync()

        bot.setup_hook = sync  # type: ignore[method-assign]
        running = asyncio.create_task(bot.start(sandbox.token))
        try:
            ready = asyncio.create_task(_ready(bot))
            await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED, timeout=20)
            if running.done():
                ready.cancel()
                running.result()
            await ready
            yield Stage(sandbox, bot, oracle)
        finally:
            await bot.close()
            await asyncio.gather(running, return_exceptions=True)
    assert not oracle.faults, "\n".join(oracle.faults)


async def until(condition: Callable[[], object], *, seconds: float = 20.0) -> None:
    """Lets the loop turn until something is so. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def _ready(bot: commands.AutoShardedBot) -> None:
    await until(lambda: bot._ready is not discord.utils.MISSING)  # set once the bot has logged in
    await bot.wait_until_ready()


class Caller:
    """The API in plain HTTP, for what discord.py would never send."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self._sandbox = sandbox
        self._session = session

    async def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        """Status and JSON body of one call under /api/v10."""
        headers = {"Authorization": f"Bot {self._sandbox.token}", **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        url = f"{self._sandbox.api_base}{path}"
        async with self._session.request(method, url, headers=headers, **options) as response:
            return (
                response.status,
                await response.json() if response.content_type == "application/json" else None,
            )


@asynccontextmanager
async def calling(
    limits: Limits | None = None, *, judged: bool = True, **options: Any
) -> AsyncIterator[tuple[Sandbox, Caller]]:
    """A sandbox without a bot, and a way to call it."""
    oracle = Oracle()
    async with (
        Sandbox(observer=oracle, limits=limits or Limits(rate_limits=False), **options) as sandbox,
        aiohttp.ClientSession() as session,
    ):
        yield sandbox, Caller(sandbox, session)
    if judged:
        assert not oracle.faults, "\n".join(oracle.faults)
