"""The command line: ``python -m bot`` and ``animagine-bot``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import bot
from bot.cli import bench, db, doctor, draw, model, policy, privacy, prompt, serve, tags
from bot.core.errors import BotError


def parser() -> argparse.ArgumentParser:
    """Every command with its options; building it imports nothing heavy, so that help is there at once."""
    root = argparse.ArgumentParser(prog="animagine-bot", description=bot.__doc__)
    root.add_argument("--version", action="version", version=bot.__version__)
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (serve, draw, prompt, model, tags, policy, db, privacy, doctor, bench):
        module.register(commands)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 failed with one line on stderr, 2 wrong usage."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except BotError as error:
        print(f"animagine-bot: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
