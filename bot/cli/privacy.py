"""``privacy``: for the owner, what is kept about a person, as JSON or gone for good."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.common import Commands, add_config, print_json, read_config
from bot.core.errors import NotFound, StorageError

if TYPE_CHECKING:
    from bot.services.privacy import PrivacyService


def register(commands: Commands) -> None:
    """Add the command."""
    about = "what is kept about a person: read it out or delete it"
    what = commands.add_parser("privacy", help=about, description=about).add_subparsers(
        title="what", metavar="WHAT", required=True
    )
    export = what.add_parser(
        "export", help="everything as JSON on standard output; the bot may run meanwhile"
    )
    export.set_defaults(run=_export)
    delete = what.add_parser(
        "delete", help="everything, for good; the bot must not run: else the person has /privacy delete"
    )
    delete.set_defaults(run=_delete)
    for command in (export, delete):
        command.add_argument("user", type=_user, metavar="USER", help="the person's Discord id")
        command.add_argument("--json", action="store_true", help="print one JSON object")
        add_config(command)


def _user(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:20]) < 2**63 or len(text) > 20:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a Discord id; that is a number such as 123456789012345678"
        )
    return int(text)


def _export(options: argparse.Namespace) -> int:
    data = _do(_database(options), options.user, lambda privacy: privacy.export(options.user))
    sys.stdout.buffer.write(data + b"\n")
    return 0


def _delete(options: argparse.Namespace) -> int:
    from bot.storage.folder import held

    path = _database(options)
    with held(path.parent):
        deleted = _do(path, options.user, lambda privacy: privacy.delete(options.user))
    kept = deleted.kept
    if options.json:
        print_json({"user_id": str(options.user), **dataclasses.asdict(deleted)})
        return 0
    print(
        f"deleted {_counted(deleted.jobs, 'request')} and {_counted(deleted.pictures, 'picture')} "
        f"of user {options.user}"
    )
    if deleted.cancelled:
        print(f"cancelled {deleted.cancelled} of them, which had not ended")
    print(
        f"kept until they are too old: {_counted(kept.leases, 'count')} of the last day's quota, "
        f"{_counted(kept.strikes, 'refused request')}; "
        f"kept in servers' logs: {_counted(kept.changes, 'change')}"
    )
    return 0


def _database(options: argparse.Namespace) -> Path:
    """The configured database; raises NotFound when there is none, StorageError for one to be upgraded."""
    from bot.storage.database import DATABASE
    from bot.storage.migrate import current_version, migrations

    path = Path(read_config(options).storage.path) / DATABASE
    if not path.exists():
        raise NotFound(f"There is no database at {path}, so nothing is kept about anybody.")
    if current_version(path) < migrations()[-1].version:
        raise StorageError(f"{path} is of an older version; `animagine-bot db upgrade` brings it up to date.")
    return path


def _do(path: Path, user: int, work: Callable[[PrivacyService], Awaitable[Any]]) -> Any:
    """Let the service work on a storage folder; raises NotFound for somebody of whom nothing is kept."""

    async def run() -> Any:
        async with _opened(path) as privacy:
            if (await privacy.show(user)).nothing:
                raise NotFound(f"Nothing is kept about user {user}.")
            return await work(privacy)

    return asyncio.run(run())


@contextlib.asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[PrivacyService]:
    from bot.core.job import JobState
    from bot.services.privacy import PrivacyService
    from bot.storage.database import Database
    from bot.storage.jobs import JobStore
    from bot.storage.pictures import SOURCES, PictureFiles

    async with await Database.open(path) as database:
        jobs = JobStore(database)

        async def cancel(job_id: str, _: int) -> None:
            await jobs.finish(job_id, JobState.CANCELLED, error="Its asker's data was deleted.")

        pictures, sources = (PictureFiles(path.parent / folder) for folder in ("pictures", SOURCES))
        yield PrivacyService(database, pictures, sources, cancel)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
