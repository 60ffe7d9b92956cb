"""Which service is made from what; `bot.app` opens what they need and closes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import bot
from bot.client import Client
from bot.config import Config
from bot.core.rating import Rating
from bot.engine.dispatcher import Dispatcher
from bot.engine.examiner import Examiner
from bot.engine.inventory import Inventory
from bot.engine.thumbnails import Thumbnailer
from bot.imaging import receipt
from bot.models import Model, classifiers_of, thresholds_of
from bot.policy.verdicts import Thresholds
from bot.services import Services
from bot.services.about import About, model_facts
from bot.services.again import AgainService
from bot.services.answers import DELETED
from bot.services.ceilings import CeilingService
from bot.services.conduct import ConductService
from bot.services.defaults import DefaultsService
from bot.services.delivery import DeliveryService
from bot.services.describe import DescribeService
from bot.services.favourites import FavouriteService
from bot.services.gate import Gate
from bot.services.guilds import GuildService
from bot.services.history import HistoryService
from bot.services.identify import IdentifyService
from bot.services.imagine import ImagineService
from bot.services.keeping import KeepingService
from bot.services.outbox import Outbox
from bot.services.presets import PresetService
from bot.services.privacy import PrivacyService
from bot.services.progress import ProgressBoard
from bot.services.queue import QueueService
from bot.services.quota import QuotaService
from bot.services.receipts import ReceiptService
from bot.services.removal import RemovalService
from bot.services.settings import SettingsService
from bot.services.sharing import SharingService
from bot.services.show import ShowService
from bot.services.sight import SightService
from bot.services.sources import SourceService
from bot.services.sweep import SweepService
from bot.services.tags import TagService
from bot.services.variations import VariationService
from bot.storage.audit import AuditStore
from bot.storage.database import Database
from bot.storage.defaults import DefaultStore
from bot.storage.deliveries import DeliveryStore
from bot.storage.favourites import FavouriteStore
from bot.storage.guilds import GuildStore
from bot.storage.jobs import JobStore
from bot.storage.pictures import SOURCES, PictureFiles
from bot.storage.presets import PresetStore
from bot.storage.quota import QuotaStore
from bot.storage.search import JobSearch
from bot.storage.secret import SecretKey
from bot.storage.settings import SettingsStore
from bot.storage.strikes import StrikeStore
from bot.storage.sweep import SweepStore
from bot.storage.tags import UsedTags
from bot.ui.messenger import DiscordMessenger
from bot.ui.places import DiscordChannels


@dataclasses.dataclass(frozen=True, slots=True)
class Shared:
    """What several services are made from."""

    config: Config
    model: Model
    database: Database
    jobs: JobStore
    files: PictureFiles
    source_files: PictureFiles
    settings: SettingsStore
    ceilings: CeilingService
    conduct: ConductService
    examiner: Examiner
    thresholds: Thresholds
    gate: Gate


def shared_by_all(config: Config, model: Model, database: Database, client: Client) -> Shared:
    """Make it, once."""
    storage, settings = Path(config.storage.path), SettingsStore(database)
    ceilings = CeilingService(settings, Rating.parse(config.policy.ceiling), DiscordChannels(client))
    thresholds = thresholds_of(config)
    return Shared(
        config,
        model,
        database,
        jobs=JobStore(database),
        files=PictureFiles(storage / "pictures"),
        source_files=PictureFiles(storage / SOURCES),
        settings=settings,
        ceilings=ceilings,
        conduct=_conduct(config, database),
        examiner=Examiner(
            classifiers_of(config), config.engine.devices[0], seconds=model.settings.rating_seconds
        ),
        thresholds=thresholds,
        gate=Gate(ceilings, thresholds),
    )


def answering(
    shared: Shared, client: Client, cancel: Callable[[str, str], None]
) -> tuple[ProgressBoard, Outbox, DeliveryService]:
    """What shows jobs to their askers, from the first answer to the end."""
    jobs, files, deliveries = shared.jobs, shared.files, DeliveryStore(shared.database)
    messenger, gate = DiscordMessenger(client), shared.gate
    board = ProgressBoard(jobs, messenger, gate, deliveries, lambda job_id: cancel(job_id, DELETED))
    outbox = Outbox(jobs, deliveries, files, messenger, gate)
    return board, outbox, DeliveryService(jobs, files, outbox, board, gate, _withheld(shared.config))


def imagining(
    shared: Shared,
    dispatcher: Dispatcher,
    board: ProgressBoard,
    delivery: DeliveryService,
    quota: QuotaService,
) -> ImagineService:
    """What takes requests."""
    return ImagineService(
        shared.jobs,
        dispatcher,
        shared.model.catalogue,
        board,
        shared.ceilings,
        shared.conduct,
        delivery.handle,
        sources=SourceService(shared.source_files, shared.examiner, shared.thresholds),
        quota=quota,
        weights=shared.config.engine.weights,
    )


def services_of(
    shared: Shared,
    imagine: ImagineService,
    dispatcher: Dispatcher,
    outbox: Outbox,
    receipts: ReceiptService,
    tags: TagService,
    cancel: Callable[[str, str], None],
) -> Services:
    """Everything that commands and buttons reach; ``cancel`` ends a job and takes the reason."""
    config, database, jobs, files = shared.config, shared.database, shared.jobs, shared.files
    ceilings = shared.ceilings
    keeping = KeepingService(shared.model.catalogue, shared.conduct)
    sight = SightService(ceilings, shared.thresholds, shared.model.catalogue)
    return Services(
        about=_about(config),
        again=AgainService(jobs),
        catalogue=shared.model.catalogue,
        ceilings=ceilings,
        defaults=DefaultsService(DefaultStore(database), shared.model.catalogue, ceilings, keeping),
        describe=DescribeService(shared.examiner, shared.conduct, ceilings, shared.thresholds, tags),
        favourites=FavouriteService(jobs, FavouriteStore(database), shared.conduct),
        guilds=_guilds(config, database, cancel),
        history=HistoryService(JobSearch(database, jobs), sight, Thumbnailer(files.read)),
        identify=IdentifyService(shared.conduct, ceilings, shared.model.catalogue),
        imagine=imagine,
        outbox=outbox,
        presets=PresetService(PresetStore(database), jobs, keeping),
        privacy=PrivacyService(database, files, shared.source_files, imagine.cancel),
        queue=QueueService(jobs, dispatcher, sight, AuditStore(database), cancel),
        receipts=receipts,
        removal=RemovalService(jobs, SweepStore(database), files),
        settings=SettingsService(shared.settings, Rating.parse(config.policy.ceiling)),
        sharing=SharingService(
            jobs, files, shared.conduct, shared.gate, outbox, shared.model.catalogue, ceilings
        ),
        show=ShowService(jobs, files, shared.conduct, sight),
        tags=tags,
        variations=VariationService(jobs, files),
    )


def tags_of(shared: Shared) -> TagService:
    """What completes tags; it is prepared before it is asked."""
    prompts, used = shared.model.prompts, UsedTags(shared.database)
    return TagService(prompts.dictionary, prompts.profile, prompts.policy, prompts.wording, used)


def receipts_of(shared: Shared) -> ReceiptService:
    """What says how pictures were made, and whether they could be made so again."""
    inventory = Inventory(shared.model.settings)
    return ReceiptService(shared.jobs, shared.files, shared.source_files, inventory, receipt.read)


def _about(config: Config) -> About:
    facts = model_facts(config.model.name, config.model.source_url)
    return About(bot.__version__, config.discord.source_url, facts)


def _conduct(config: Config, database: Database) -> ConductService:
    return ConductService(
        StrikeStore(database),
        SecretKey(Path(config.storage.path) / "conduct.key"),
        paused=config.policy.paused,
        blocked_people=config.policy.blocked_people,
        blocked_servers=config.policy.blocked_servers,
    )


def quota_of(config: Config, database: Database) -> QuotaService:
    """The owner's limits."""
    limits = config.quota
    return QuotaService(QuotaStore(database), limits.person, limits.guild, limits.by_role)


def _withheld(config: Config) -> PictureFiles | None:
    """Where pictures that were withheld lie for the owner's eyes, if they want that."""
    return PictureFiles(Path(config.storage.path) / "withheld") if config.policy.keep_withheld else None


def _guilds(config: Config, database: Database, cancel: Callable[[str, str], None]) -> GuildService:
    stores = GuildStore(database), JobStore(database), SweepStore(database)
    return GuildService(*stores, cancel, purge_days=config.storage.purge_days)


def sweeper_of(shared: Shared) -> SweepService:
    """What lets go of old jobs and of files that nobody knows of."""
    kept = shared.config.storage
    stores = SweepStore(shared.database), DeliveryStore(shared.database)
    return SweepService(
        *stores, shared.files, shared.source_files, keep_days=kept.keep_days, keep_gb=kept.keep_gb
    )
