"""Everything that this bot says to people, in English: what every catalogue must hold.

``python -m tests.languages.collect`` brings the catalogues up to date: what is new in the source is added
with nothing said for it, and what is gone from it is removed.
"""

from __future__ import annotations

import asyncio
import datetime
import importlib.resources
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from discord import app_commands
from discord.app_commands import TranslationContextTypes as Context

import bot
from bot.client import Client
from bot.languages import LANGUAGES
from bot.services import Services
from bot.storage.database import Database
from bot.storage.memory import Memory
from bot.ui.translator import NAMES, is_name

ROOT = Path(__file__).parents[2]
ERRORS = ("UserError", "InvalidRequest", "NotFound", "Busy", "Barred")
KEYWORDS = {"count": (1, 2)} | dict.fromkeys(("say", "later", *ERRORS))
WIDTH = 110
WRITTEN = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
"""The same in every file and run, so that a change of a text changes nothing else."""
HEADER = "# What the bot says, in {language}. `python -m tests.languages.collect` adds what is new."


class _Listener(app_commands.Translator):
    """Writes down what discord.py asks to have translated."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: Context
    ) -> str | None:
        name = is_name(string.message, context)
        self._catalog.add(string.message, context=NAMES if name else None)
        return None


class _NoServices:
    """Stands in for services, which no cog uses while it is loaded."""

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace()


async def commands() -> tuple[Catalog, list[dict[str, Any]]]:
    """The texts of the commands as discord.py has them translated."""
    catalog = Catalog()
    with tempfile.TemporaryDirectory() as folder:
        async with (
            await Database.open(Path(folder) / "bot.sqlite3") as database,
            Client(Memory(database)) as client,
        ):
            client.services = cast(Services, _NoServices())
            for name in client.cogs_to_load:
                await client.load_extension(name)
            listener = _Listener(catalog)
            payloads = [
                await command.get_translated_payload(client.tree, listener)
                for command in client.tree.get_commands()
            ]
    return catalog, payloads


async def template() -> Catalog:
    """Every text: of the commands, and of the calls of say, count and later in the source."""
    catalog, _ = await commands()
    for room in ("bot", "cogs"):
        found = extract_from_dir(ROOT / room, [("**.py", "python")], keywords=KEYWORDS)
        for _, _, message, _, context in found:
            catalog.add(message, context=context)
    return catalog


def path_of(language: str) -> Path:
    """A language's PO file."""
    return Path(str(importlib.resources.files("bot.languages"))) / f"{language}.po"


def read(language: str) -> Catalog:
    """A language's catalogue as it is; an empty one when there is none."""
    path = path_of(language)
    if not path.exists():
        return Catalog(language)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def write(language: str, catalog: Catalog) -> None:
    """Write a language's catalogue in the order of the source."""
    fresh = Catalog(
        language,
        header_comment=HEADER.format(language=language),
        project="animagine-bot",
        msgid_bugs_address="",
        version=bot.__version__,
        last_translator="the project",
        language_team="the project",
        creation_date=WRITTEN,
        revision_date=WRITTEN,
        fuzzy=False,
    )
    for message in catalog:
        if message.id:
            fresh[message.id] = message
    with path_of(language).open("wb") as file:
        write_po(file, fresh, width=WIDTH, no_location=True, ignore_obsolete=True)


async def update() -> None:
    """Bring every catalogue up to date."""
    wanted = await template()
    for language in LANGUAGES:
        catalog = read(language)
        catalog.update(wanted, no_fuzzy_matching=True)
        write(language, catalog)
        missing = sum(1 for message in catalog if message.id and not message.string)
        sys.stdout.write(f"{language}: {len(catalog)} texts, {missing} to be said\n")


if __name__ == "__main__":
    asyncio.run(update())
