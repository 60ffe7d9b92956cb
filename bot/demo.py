"""The demo: a loopback Discord and the whole bot on it, with the demo model, in one command."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import webbrowser
from pathlib import Path

from bot import app
from bot.config import Config, Discord, Engine, Storage, Token
from bot.core.errors import BotError
from bot.sandbox import Sandbox


async def run(port: int, *, data: Path | None, browser: bool, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set; prints ``demo ready: URL`` once requests are answered.

    The history is kept in ``data``, or forgotten at the end when that is None. Raises BotError for a port
    that cannot be had, and as ``app.run`` does.
    """
    print("starting; the demo model loads in a few seconds", flush=True)
    async with contextlib.AsyncExitStack() as stack:
        folder = data or stack.enter_context(tempfile.TemporaryDirectory(prefix="animagine-demo-"))
        try:
            sandbox = await stack.enter_async_context(Sandbox(port=port, bot_name="Animagine"))
        except (OSError, OverflowError) as error:
            raise BotError(
                f"The page cannot be served on port {port}: {error}. Try another --port."
            ) from None
        config = Config(
            discord=Discord(api_base=sandbox.api_base, gateway_url=sandbox.gateway_url),
            # One thread draws, so that the page stays quick on a machine with two cores.
            engine=Engine(device="cpu", threads=1),
            storage=Storage(path=str(folder)),
        )
        loop = asyncio.get_running_loop()

        def ready() -> None:
            print(f"demo ready: {sandbox.page}", flush=True)
            if browser:
                loop.run_in_executor(None, webbrowser.open, sandbox.page)

        await app.run(config, Token(sandbox.token), stop, on_ready=ready)
