"""``model``: which models are here, fetching them, and checking their files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.common import Commands, add_config, print_json, read_config
from bot.core.errors import BotError

if TYPE_CHECKING:
    from bot.engine.check import FileReport


def register(commands: Commands) -> None:
    """Add the commands."""
    about = "list, fetch and check models"
    what = commands.add_parser("model", help=about, description=about).add_subparsers(
        title="what", metavar="WHAT", required=True
    )
    listing = what.add_parser("list", help="known models, and whether they are here")
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    listing.set_defaults(run=_list)

    pull = what.add_parser("pull", help="fetch a model from the hub and lock what was fetched")
    pull.add_argument(
        "name", metavar="NAME", help="such as animagine-xl-3.0, or classifiers or upscaler alone"
    )
    pull.add_argument(
        "--config-only", action="store_true", help="only what a single .safetensors file needs beside it"
    )
    pull.set_defaults(run=_pull)

    check = what.add_parser("check", help="read every file of a model and hold it against its lock")
    check.add_argument(
        "name",
        metavar="NAME",
        help="a known name, classifiers, upscaler, a diffusers folder or a .safetensors file",
    )
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=_check)

    for command in (listing, pull, check):
        add_config(command)


def _list(options: argparse.Namespace) -> int:
    from bot.engine import classifiers, upscale_files
    from bot.engine.models import installed
    from bot.models import builtin

    folder = Path(read_config(options).model.folder)
    found = installed(folder, builtin())
    found[classifiers.NAME] = classifiers.missing(folder)
    found[upscale_files.NAME] = upscale_files.missing(folder)
    if options.json:
        print_json({name: {"here": why is None, "why_not": why} for name, why in found.items()})
        return 0
    for name, why in found.items():
        print(f"{name:18} {'here' if why is None else why}")
    return 0


def _pull(options: argparse.Namespace) -> int:
    from bot.engine.fetch import pull

    folder = Path(read_config(options).model.folder)
    folders = pull(options.name, folder, print, config_only=options.config_only)
    for each in folders:
        print(f"in {each}")
    return 0


def _check(options: argparse.Namespace) -> int:
    reports = _reports(options.name, Path(read_config(options).model.folder))
    wrong = [report for report in reports if report.problem]
    if options.json:
        rows = [
            {
                "file": str(report.path),
                "size": report.size,
                "sha256": report.sha256,
                "locked": report.locked,
                "problem": report.problem,
            }
            for report in reports
        ]
        print_json({"ok": not wrong, "files": rows})
    else:
        for report in reports:
            state = report.problem or ("as locked" if report.locked else "readable")
            print(f"{report.sha256[:12] or '-':12} {report.size:>13,} {report.path}: {state}")
    if wrong:
        print(f"animagine-bot: {len(wrong)} of {len(reports)} files are not in order", file=sys.stderr)
        return 1
    return 0


def _reports(name: str, folder: Path) -> list[FileReport]:
    from bot.engine import classifiers, upscale_files
    from bot.engine.check import check, check_folder
    from bot.engine.fetch import EXTRAS
    from bot.engine.models import hub_folder, resolve
    from bot.models import builtin

    if name not in EXTRAS:
        return list(check(resolve(name, folder, builtin())))
    missing = {classifiers.NAME: classifiers.missing, upscale_files.NAME: upscale_files.missing}[name]
    if (why := missing(folder)) is not None:
        raise BotError(why)
    return [report for repo in EXTRAS[name] for report in check_folder(hub_folder(folder, repo))]
