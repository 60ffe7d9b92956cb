"""Use cases: what the bot does, without Discord, torch or SQL."""

from __future__ import annotations

import dataclasses

from bot.services.about import About
from bot.services.again import AgainService
from bot.services.catalogue import Catalogue
from bot.services.ceilings import CeilingService
from bot.services.defaults import DefaultsService
from bot.services.describe import DescribeService
from bot.services.favourites import FavouriteService
from bot.services.guilds import GuildService
from bot.services.history import HistoryService
from bot.services.identify import IdentifyService
from bot.services.imagine import ImagineService
from bot.services.outbox import Outbox
from bot.services.presets import PresetService
from bot.services.privacy import PrivacyService
from bot.services.queue import QueueService
from bot.services.receipts import ReceiptService
from bot.services.removal import RemovalService
from bot.services.settings import SettingsService
from bot.services.sharing import SharingService
from bot.services.show import ShowService
from bot.services.tags import TagService
from bot.services.variations import VariationService


@dataclasses.dataclass(frozen=True, slots=True)
class Services:
    """The use cases that the cogs and the buttons may call."""

    about: About
    again: AgainService
    catalogue: Catalogue
    ceilings: CeilingService
    defaults: DefaultsService
    describe: DescribeService
    favourites: FavouriteService
    guilds: GuildService
    history: HistoryService
    identify: IdentifyService
    imagine: ImagineService
    outbox: Outbox
    presets: PresetService
    privacy: PrivacyService
    queue: QueueService
    receipts: ReceiptService
    removal: RemovalService
    settings: SettingsService
    sharing: SharingService
    show: ShowService
    tags: TagService
    variations: VariationService


__all__ = ["Services"]
