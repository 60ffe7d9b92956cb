"""The Discord client: least intents, cogs by name, commands synced only when they changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.core.errors import BotError, ConfigError
from bot.services import Services
from bot.storage.memory import Memory
from bot.ui import forms, notices
from bot.ui.again import AgainButton
from bot.ui.belongings import DeleteButton, FavouriteButton, InfoButton, PostButton
from bot.ui.cancel import CancelButton
from bot.ui.describe import DrawButton
from bot.ui.errors import Tree
from bot.ui.history import OpenMenu, TurnButton
from bot.ui.identify import RunButton
from bot.ui.privacy import DeleteButton as DeleteAllButton
from bot.ui.privacy import KeepButton
from bot.ui.queue import CancelMenu, RefreshButton, StopMenu
from bot.ui.results import RerollButton, SendButton, VaryButton, VaryMenu
from bot.ui.translator import Translator

log = logging.getLogger(__name__)

# The bot never joins a voice channel, so advice on voice packages has no place in its log.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False

COGS = (
    "cogs.imagine",
    "cogs.preset",
    "cogs.describe",
    "cogs.identify",
    "cogs.history",
    "cogs.show",
    "cogs.queue",
    "cogs.settings",
    "cogs.privacy",
    "cogs.about",
)


class Client(commands.AutoShardedBot):
    """A bot that needs no privileged intent and keeps no messages or members in memory."""

    def __init__(self, memory: Memory, cogs: Sequence[str] = COGS) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True),
            tree_cls=Tree,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self.services: Services
        self._memory = memory
        self.cogs_to_load = tuple(cogs)

    async def log_in(self, token: str) -> None:
        """Present the token and load the cogs.

        Raises ConfigError for a token that is refused, BotError when the server cannot be reached or a cog
        cannot be loaded, each in one sentence.
        """
        try:
            await self.login(token)
        except discord.LoginFailure:
            raise ConfigError("Discord refused the token; copy it again from the developer portal.") from None
        except (aiohttp.ClientError, OSError) as error:
            raise BotError(f"Discord cannot be reached at {Route.BASE}: {error}.") from error
        except discord.HTTPException as error:
            raise BotError(f"Discord at {Route.BASE} answered {error.status}: {error.text}.") from error

    async def setup_hook(self) -> None:
        """Load every cog, then tell Discord of the commands; a cog that fails stops the start."""
        self.add_dynamic_items(
            TurnButton,
            OpenMenu,
            RunButton,
            StopMenu,
            AgainButton,
            CancelButton,
            CancelMenu,
            DrawButton,
            RefreshButton,
            DeleteAllButton,
            KeepButton,
            RerollButton,
            VaryButton,
            VaryMenu,
            forms.EditButton,
            forms.WordsButton,
            FavouriteButton,
            InfoButton,
            PostButton,
            SendButton,
            DeleteButton,
        )
        await self.tree.set_translator(Translator())
        for name in self.cogs_to_load:
            try:
                await self.load_extension(name)
            except commands.ExtensionError as error:
                cause = error.__cause__ or error
                raise BotError(f"The commands of {name} could not be loaded: {cause}.") from error
        await self.sync_commands()

    async def on_app_command_completion(
        self,
        interaction: discord.Interaction,
        _: app_commands.Command[Any, ..., Any] | app_commands.ContextMenu,
    ) -> None:
        """A command is the next chance to tell its user what could not be shown them before."""
        await notices.tell(interaction, self.services.outbox)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Forms outlast the bot, which discord.py's own way with them does not."""
        if interaction.type is discord.InteractionType.modal_submit:
            await forms.submitted(interaction)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """A server added the bot."""
        await self.services.guilds.joined(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """A server removed the bot."""
        await self.services.guilds.left(guild.id)

    async def sync_commands(self, *, force: bool = False) -> bool:
        """Send the commands when they differ from those sent last, or are gone; returns whether it did.

        A needless sync counts against a daily limit, and a rename drops the admins' overrides.
        """
        translator = self.tree.translator
        assert translator is not None  # the setup hook sets it
        known = self.tree.get_commands()
        payload = [await command.get_translated_payload(self.tree, translator) for command in known]
        text = json.dumps([self.application_id, Route.BASE, payload], sort_keys=True)
        wanted = hashlib.sha256(text.encode()).hexdigest()
        if not force and await self._memory.get("commands") == wanted:
            # Somebody may have removed them since, or the server at this address is another one.
            sent = {command.name for command in await self.tree.fetch_commands()}
            if sent == {command.name for command in known}:
                return False
        await self.tree.sync()
        await self._memory.put("commands", wanted)
        log.info("synced %d commands", len(payload))
        return True


@contextlib.contextmanager
def endpoints(api_base: str, gateway_url: str) -> Iterator[None]:
    """Point discord.py at a server for the length of a ``with``.

    discord.py has no setting for this; the two class attributes are the only places that hold addresses
    (2.7.1, which is pinned). They are put back at the end, since they belong to the whole process.
    """
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api_base, yarl.URL(gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before
