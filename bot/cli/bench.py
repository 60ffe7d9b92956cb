"""``bench``: measurements that an owner can run."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.cli.common import Commands


def register(commands: Commands) -> None:
    """Add the command."""
    bench = commands.add_parser("bench", help="measure something on this machine")
    what = bench.add_subparsers(title="what", metavar="WHAT", required=True)
    chibi = what.add_parser("chibi", help="how well the demo model shows what it is asked for")
    chibi.add_argument("--seeds", type=int, default=50, metavar="N", help="pictures a tag (default: 50)")
    chibi.add_argument("--json", action="store_true", help="print one JSON object")
    chibi.add_argument("--model", type=Path, metavar="DIR", help="diffusers folder with its meter beside it")
    chibi.set_defaults(run=_chibi)


def _chibi(options: argparse.Namespace) -> int:
    from bot.bench import chibi

    return chibi.main(options)
