"""``db``: the database's version, its upgrade, a backup, and a full check."""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import time
from pathlib import Path

from bot.cli.common import Commands, add_config, print_json, read_config


def register(commands: Commands) -> None:
    """Add the commands."""
    about = "look at, upgrade, back up and check the database"
    what = commands.add_parser("db", help=about, description=about).add_subparsers(
        title="what", metavar="WHAT", required=True
    )
    current = what.add_parser("current", help="version, size, last backup and free disk")
    current.set_defaults(run=_current)
    upgrade = what.add_parser("upgrade", help="bring it to this program's version, after a backup")
    upgrade.set_defaults(run=_upgrade)
    backup = what.add_parser("backup", help="copy it, while the bot runs or not, and check the copy")
    backup.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: one in backups/")
    backup.set_defaults(run=_backup)
    verify = what.add_parser("verify", help="check every page, row and index; minutes for a large one")
    verify.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a backup; default: the database")
    verify.set_defaults(run=_verify)
    for command in (current, upgrade, backup, verify):
        add_config(command)
        command.add_argument("--json", action="store_true", help="print one JSON object")


def _path(options: argparse.Namespace) -> Path:
    from bot.storage.database import DATABASE

    return Path(read_config(options).storage.path) / DATABASE


def _current(options: argparse.Namespace) -> int:
    from bot.storage.backup import Backups
    from bot.storage.examine import examine

    path = _path(options)
    seen = examine(path, check=False)
    if seen.problem is not None:
        raise _error(seen.problem)
    folder = next(each for each in path.absolute().parents if each.exists())
    free = shutil.disk_usage(folder).free
    backup = seen.backup and str(seen.backup)
    if options.json:
        facts = {**dataclasses.asdict(seen), "backup": backup, "path": str(path), "free": free}
        del facts["problem"]
        print_json({**facts, "backups": [str(each) for each in Backups(path, 0).all()]})
        return 0
    state = f"version {seen.version}" if seen.version else "not there yet"
    print(f"{path}: {state}; this program's version is {seen.newest}")
    print(f"{seen.size / 1e6:,.1f} MB; {free / 1e9:,.1f} GB are free; last backup: {backup or 'none'}")
    return 0


def _upgrade(options: argparse.Namespace) -> int:
    from bot.storage.folder import held
    from bot.storage.migrate import current_version, upgrade

    path = _path(options)
    with held(path.parent):
        before = current_version(path)
        steps = upgrade(path)
    now = steps[-1].version if steps else before
    if options.json:
        print_json({"path": str(path), "before": before, "version": now, "applied": [s.name for s in steps]})
    else:
        print(f"{path}: version {now}" + (f", from {before}" if steps else ", nothing to do"))
    return 0


def _backup(options: argparse.Namespace) -> int:
    from bot.storage.backup import Backups, copy

    path, target = _path(options), options.file
    begun = time.monotonic()
    if target is None:
        target = Backups(path, 0).make()
    else:
        copy(path, target)
    seconds = round(time.monotonic() - begun, 1)
    size = target.stat().st_size
    if options.json:
        print_json({"file": str(target), "bytes": size, "seconds": seconds})
    else:
        print(f"{target}: {size / 1e6:,.1f} MB, copied and checked in {seconds} s")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from bot.storage.backup import damaged, problem_of
    from bot.storage.migrate import current_version

    live = _path(options)
    path = options.file or live
    if not path.exists():
        raise _error(f"There is no database at {path}.")
    problem = problem_of(path)
    if options.json:
        version = None if problem else current_version(path)
        print_json({"ok": problem is None, "path": str(path), "version": version, "problem": problem})
        return int(problem is not None)
    if problem is not None and options.file:
        raise _error(f"{path} is damaged ({problem}); use another backup.")
    if problem is not None:
        raise damaged(live, problem)
    print(f"{path}: version {current_version(path)}, every page, row and index is in order")
    return 0


def _error(sentence: str) -> Exception:
    from bot.core.errors import StorageError

    return StorageError(sentence)
