"""The demo: a loopback Discord and the whole bot on it, with the demo model, in one command."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import webbrowser
from collections.abc import Iterator
from pathlib import Path

from bot import app
from bot.config import Config, Discord, Engine, Storage, Token
from bot.sandbox import Sandbox


async def run(port: int, *, data: Path | None, browser: bool, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set; prints ``demo ready: URL`` once requests are answered.

    The history is kept in ``data``, or forgotten at the end when that is None.
    """
    print("starting; the demo model loads in a few seconds", flush=True)
    with _folder(data) as folder:
        async with Sandbox(port=port) as sandbox:
            config = Config(
                discord=Discord(api_base=sandbox.api_base, gateway_url=sandbox.gateway_url),
                engine=Engine(device="cpu", threads=1),
                storage=Storage(path=str(folder)),
            )

            def ready() -> None:
                print(f"demo ready: {sandbox.page}", flush=True)
                if browser:
                    webbrowser.open(sandbox.page)

            await app.run(config, Token(sandbox.token), stop, on_ready=ready)


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="animagine-demo-") as name:
        yield Path(name)
