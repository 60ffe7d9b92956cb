"""``tags``: a large list of tags beside those that come with the program."""

from __future__ import annotations

import argparse
import asyncio
import collections
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.cli.common import Commands, add_config, print_json, read_config
from bot.core.errors import InvalidRequest
from bot.core.tag import ListedTag

_IMPORT = """\
Take a list of tags into the storage folder, in place of the list imported before. Its lines read
tag,category,count,"alias,alias" with Danbooru's categories (0 general, 1 artist, 3 series, 4 character,
5 meta) and, if it has one, the rating as a fifth column. Nothing is imported from a file with a line that
cannot be read. The bot may run meanwhile; it uses the new list from its next start on."""


def register(commands: Commands) -> None:
    """Add the commands."""
    about = "import a list of tags"
    what = commands.add_parser("tags", help=about, description=about).add_subparsers(
        title="what", metavar="WHAT", required=True
    )
    take = what.add_parser("import", help="take a list of tags from a CSV file", description=_IMPORT)
    take.add_argument("file", type=Path, metavar="FILE", help="the CSV file, in UTF-8")
    take.add_argument("--json", action="store_true", help="print one JSON object")
    add_config(take)
    take.set_defaults(run=_import)


def _import(options: argparse.Namespace) -> int:
    from bot.prompt.dictionary import Dictionary
    from bot.prompt.tag_list import joined, read_list
    from bot.storage.database import DATABASE

    config = read_config(options)
    try:
        with options.file.open(encoding="utf-8-sig", newline="") as lines:
            found = read_list(lines, options.file.name)
    except OSError as error:
        raise InvalidRequest(f"The file {options.file} cannot be read: {error.strerror}.") from None
    path = Path(config.storage.path) / DATABASE
    asyncio.run(_keep(path, found.tags))
    own = Dictionary.load_core()
    rated = joined(own, found.tags).entries[len(own.entries) :]
    summary: dict[str, Any] = {
        "tags": len(found.tags),
        "aliases": sum(len(tag.aliases) for tag in found.tags),
        "doubled": found.doubled,
        "categories": dict(collections.Counter(tag.category for tag in found.tags)),
        "rated": sum(entry.trusted for entry in rated),
        "database": str(path),
    }
    if options.json:
        print_json(summary)
    else:
        kinds = ", ".join(f"{count:,} {name}" for name, count in summary["categories"].items())
        print(
            f"{summary['tags']:,} tags with {summary['aliases']:,} aliases ({kinds}) are in {path}; "
            f"{summary['rated']:,} have a rating, {found.doubled:,} lines said something again. "
            "A running bot uses them from its next start on."
        )
    return 0


async def _keep(path: Path, tags: Iterable[ListedTag]) -> None:
    from bot.storage.database import Database
    from bot.storage.tags import TagStore

    async with await Database.open(path) as database:
        await TagStore(database).replace(tags)
