"""`python -m bot sandbox`: the loopback Discord alone, for any bot."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from bot.sandbox.limits import Limits
from bot.sandbox.server import Sandbox

ALL_PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)


def main(args: argparse.Namespace) -> int:
    """Serves until SIGINT or SIGTERM; 1 with a sentence when the port cannot be had."""
    try:
        asyncio.run(_serve(args))
    except (OSError, OverflowError) as error:
        print(
            f"The sandbox cannot listen on 127.0.0.1:{args.port}: {error}. Try another --port.",
            file=sys.stderr,
        )
        return 1
    return 0


async def _serve(args: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    limits = Limits(privileged_intents=ALL_PRIVILEGED if args.privileged_intents else 0)
    async with Sandbox(port=args.port, limits=limits, bot_name=args.bot_name, token=args.token) as sandbox:
        print(describe(sandbox, as_json=args.json), flush=True)
        await stopped.wait()


def describe(sandbox: Sandbox, *, as_json: bool) -> str:
    """The four things that a bot or a person needs, as lines or as one JSON object."""
    found = {
        "api_base": sandbox.api_base,
        "gateway_url": sandbox.gateway_url,
        "token": sandbox.token,
        "page": sandbox.page,
    }
    if as_json:
        return json.dumps(found)
    return "\n".join(f"{name + ':':<13}{value}" for name, value in found.items())
