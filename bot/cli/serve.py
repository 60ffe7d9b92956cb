"""``demo``, ``run``, ``sync`` and ``sandbox``: the commands that stay up until they are stopped."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.cli.common import Commands, add_config, log_to_stderr, print_json, read_config

log = logging.getLogger(__name__)


def register(commands: Commands) -> None:
    """Add the commands."""
    demo = commands.add_parser("demo", help="the whole bot with no GPU, no token and no download")
    demo.add_argument(
        "--port", type=int, default=0, help="port of the page on 127.0.0.1 (default: a free one)"
    )
    demo.add_argument("--no-browser", action="store_true", help="do not open the page")
    demo.add_argument("--data", type=Path, metavar="DIR", help="keep the history here (default: forget it)")
    demo.set_defaults(run=_demo)

    run = commands.add_parser("run", help="the real thing, on Discord")
    add_config(run)
    run.set_defaults(run=_run)

    sync = commands.add_parser("sync", help="send the slash commands to Discord, changed or not")
    add_config(sync)
    sync.add_argument("--json", action="store_true", help="print one JSON object")
    sync.set_defaults(run=_sync)

    sandbox = commands.add_parser("sandbox", help="a loopback Discord alone, for any bot")
    sandbox.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    sandbox.add_argument("--json", action="store_true", help="print the addresses as one JSON object")
    sandbox.add_argument("--token", help="the token that the bot will send (default: made up)")
    sandbox.add_argument("--bot-name", default="Atelier", help="the bot's name there (default: %(default)s)")
    sandbox.add_argument(
        "--privileged-intents", action="store_true", help="allow the members, presences and message intents"
    )
    sandbox.set_defaults(run=_sandbox)


def _demo(options: argparse.Namespace) -> int:
    from bot import demo

    log_to_stderr(logging.WARNING)
    return _until_stopped(
        lambda stop: demo.run(options.port, data=options.data, browser=not options.no_browser, stop=stop)
    )


def _run(options: argparse.Namespace) -> int:
    from bot import app, config

    log_to_stderr()
    loaded, token = read_config(options), config.token()
    return _until_stopped(lambda stop: app.run(loaded, token, stop), within=loaded.discord.stop_seconds)


def _sync(options: argparse.Namespace) -> int:
    from bot import app, config

    log_to_stderr(logging.WARNING)
    names = asyncio.run(app.sync(read_config(options), config.token()))
    if options.json:
        print_json({"commands": names})
    else:
        print(f"sent {len(names)} commands: {', '.join(names)}")
    return 0


def _sandbox(options: argparse.Namespace) -> int:
    from bot.sandbox import cli

    return cli.main(options)


def _until_stopped(work: Callable[[asyncio.Event], Awaitable[None]], within: float = 20.0) -> int:
    """Run until SIGTERM or Ctrl-C asks for a clean stop; a second signal stops at once.

    A stop that takes longer than ``within`` seconds is cut short: whatever is open is on the disk, and the
    next start takes it up.
    """

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        end = threading.Timer(within, _cut_short, (within,))
        end.daemon = True

        def ask(number: int) -> None:
            if stop.is_set():
                os._exit(128 + number)
            stop.set()
            end.start()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ask, number)
        try:
            await work(stop)
        finally:
            end.cancel()

    asyncio.run(main())
    return 0


def _cut_short(within: float) -> None:
    # From a thread: the loop may be what does not end.
    log.warning("not everything was closed within %g seconds; the next start takes up the rest", within)
    os._exit(0)
