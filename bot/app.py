"""The composition root: opens everything in order, wires it by constructor, and closes it in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import bot
from bot.client import Client, endpoints
from bot.config import Config, Token
from bot.core.errors import EngineError
from bot.core.events import Broken, Failed, JobEvent, Ready
from bot.core.rating import Rating
from bot.engine.client import Worker
from bot.engine.dispatcher import Dispatcher
from bot.engine.examiner import Examiner
from bot.lifecycle import App
from bot.models import classifiers_of, open_model, thresholds_of
from bot.services import Services, costs
from bot.services.about import About, model_facts
from bot.services.again import AgainService
from bot.services.answers import DELETED
from bot.services.ceilings import CeilingService
from bot.services.conduct import ConductService
from bot.services.defaults import DefaultsService
from bot.services.delivery import DeliveryService
from bot.services.describe import DescribeService
from bot.services.gate import Gate
from bot.services.guilds import GuildService
from bot.services.health import HealthService
from bot.services.history import HistoryService
from bot.services.imagine import ImagineService
from bot.services.keeping import KeepingService
from bot.services.outbox import Outbox
from bot.services.presets import PresetService
from bot.services.privacy import PrivacyService
from bot.services.progress import ProgressBoard
from bot.services.prompts import PromptService
from bot.services.queue import QueueService
from bot.services.quota import QuotaService
from bot.services.settings import SettingsService
from bot.services.sources import SourceService
from bot.services.sweep import SweepService
from bot.services.tags import TagService
from bot.services.variations import VariationService
from bot.storage.backup import Backups
from bot.storage.database import DATABASE, Database
from bot.storage.defaults import DefaultStore
from bot.storage.deliveries import DeliveryStore
from bot.storage.folder import held
from bot.storage.guilds import GuildStore
from bot.storage.health import HealthFile
from bot.storage.jobs import JobStore
from bot.storage.memory import Memory
from bot.storage.pictures import SOURCES, PictureFiles
from bot.storage.presets import PresetStore
from bot.storage.quota import QuotaStore
from bot.storage.secret import SecretKey
from bot.storage.settings import SettingsStore
from bot.storage.strikes import StrikeStore
from bot.storage.sweep import SweepStore
from bot.storage.tags import UsedTags
from bot.ui.messenger import DiscordMessenger
from bot.ui.places import DiscordChannels

log = logging.getLogger(__name__)

DELIVERING = 0.4
"""Share of the time for a stop in which deliveries under way may end."""


async def run(
    config: Config,
    token: Token,
    stop: asyncio.Event,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Run the bot until ``stop`` is set; calls ``on_ready`` once requests are answered and drawn.

    What has not ended then goes on at the next start.

    Raises ConfigError for a token that Discord refuses, BotError when Discord cannot be reached,
    EngineError when the model cannot be loaded, StorageError when another bot holds the storage folder.
    """
    with held(Path(config.storage.path)):
        async with _opened(config) as app:
            try:
                await app.client.log_in(token.value)
                async with asyncio.TaskGroup() as group:
                    works = (app.client.connect(), app.begin(on_ready), *app.housekeeping())
                    tasks = [group.create_task(work) for work in works]
                    await stop.wait()
                    log.info("stopping")
                    for task in tasks[1:]:
                        task.cancel()
                    await app.wind_down()
                    tasks[0].cancel()
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from None
            finally:
                await app.close_books()


async def sync(config: Config, token: Token) -> list[str]:
    """Send the commands to Discord, changed or not, and return their names; draws nothing."""
    async with _opened(config) as app:
        await app.client.log_in(token.value)
        await app.client.sync_commands(force=True)
        return sorted(command.name for command in app.client.tree.get_commands())


@contextlib.asynccontextmanager
async def _opened(config: Config) -> AsyncIterator[App]:
    model = await asyncio.to_thread(open_model, config)
    storage, stop_seconds = Path(config.storage.path), config.discord.stop_seconds
    loaded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(await Database.open(storage / DATABASE))
        jobs, deliveries, memory = JobStore(database), DeliveryStore(database), Memory(database)
        learnt = await costs.load(memory)
        keep_costs = functools.partial(costs.save, memory, learnt)
        stack.enter_context(endpoints(config.discord.api_base, config.discord.gateway_url))
        client = await stack.enter_async_context(Client(memory))
        messenger = DiscordMessenger(client)
        owner, settings = Rating.parse(config.policy.ceiling), SettingsStore(database)
        ceilings = CeilingService(settings, owner, DiscordChannels(client))
        gate = Gate(ceilings, thresholds_of(config))

        def cancel(job_id: str, reason: str) -> None:
            delivery.cancelled_since(job_id, reason)
            imagine.stop(job_id)

        board = ProgressBoard(jobs, messenger, gate, deliveries, lambda job_id: cancel(job_id, DELETED))
        files, quota = PictureFiles(storage / "pictures"), _quota(config, database)
        outbox = Outbox(jobs, deliveries, files, messenger, gate)
        delivery = DeliveryService(jobs, files, outbox, board, gate, _withheld(config))
        # Deliveries end before the client closes, and the dispatcher before both: reverse order of opening.
        stack.push_async_callback(delivery.close, DELIVERING * stop_seconds)

        def hear(event: JobEvent) -> None:
            _note_loading(loaded, event)
            told.note(event)
            if loaded.done() and loaded.exception() is not None and isinstance(event, Failed):
                return  # this run ends, since there is no model; the next one takes the job up
            delivery.handle(event)

        dispatcher = Dispatcher([Worker(settings) for settings in model.workers], hear, model.queue, learnt)
        told = HealthService(HealthFile(storage), dispatcher, {"bot": bot.__version__})
        stack.push_async_callback(dispatcher.stop)
        conduct = _conduct(config, database)
        examiner = Examiner(
            classifiers_of(config), config.engine.devices[0], seconds=model.settings.rating_seconds
        )
        stack.push_async_callback(examiner.close)
        source_files = PictureFiles(storage / SOURCES)
        imagine = ImagineService(
            jobs,
            dispatcher,
            model.catalogue,
            board,
            ceilings,
            conduct,
            delivery.handle,
            sources=SourceService(source_files, examiner, thresholds_of(config)),
            quota=quota,
            weights=config.engine.weights,
        )
        tags = _tags(model.prompts, database)
        await asyncio.to_thread(tags.prepare)
        keeping = KeepingService(model.catalogue, conduct)
        client.services = Services(
            about=_about(config),
            again=AgainService(jobs, imagine),
            catalogue=model.catalogue,
            ceilings=ceilings,
            defaults=DefaultsService(DefaultStore(database), model.catalogue, ceilings, keeping),
            describe=DescribeService(examiner, conduct, ceilings, thresholds_of(config), tags),
            guilds=_guilds(config, database, cancel),
            history=HistoryService(jobs),
            imagine=imagine,
            outbox=outbox,
            presets=PresetService(PresetStore(database), jobs, keeping),
            privacy=PrivacyService(database, files, source_files, imagine.cancel),
            queue=QueueService(jobs, dispatcher),
            settings=SettingsService(settings, owner),
            tags=tags,
            variations=VariationService(jobs, files, imagine),
        )
        backups = Backups(storage / DATABASE, config.storage.backups)
        sweeper = _sweeper(config, database, files, source_files)
        yield App(client, dispatcher, board, told, quota, keep_costs, backups, loaded, sweeper, stop_seconds)


def _tags(prompts: PromptService, database: Database) -> TagService:
    used = UsedTags(database)
    return TagService(prompts.dictionary, prompts.profile, prompts.policy, prompts.wording, used)


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


def _quota(config: Config, database: Database) -> QuotaService:
    limits = config.quota
    return QuotaService(QuotaStore(database), limits.person, limits.guild, limits.by_role)


def _withheld(config: Config) -> PictureFiles | None:
    """Where pictures that were withheld lie for the owner's eyes, if they want that."""
    return PictureFiles(Path(config.storage.path) / "withheld") if config.policy.keep_withheld else None


def _guilds(config: Config, database: Database, cancel: Callable[[str, str], None]) -> GuildService:
    stores = GuildStore(database), JobStore(database), SweepStore(database)
    return GuildService(*stores, cancel, purge_days=config.storage.purge_days)


def _sweeper(config: Config, database: Database, files: PictureFiles, sources: PictureFiles) -> SweepService:
    kept = config.storage
    stores = SweepStore(database), DeliveryStore(database)
    return SweepService(*stores, files, sources, keep_days=kept.keep_days, keep_gb=kept.keep_gb)


def _note_loading(loaded: asyncio.Future[None], event: JobEvent) -> None:
    if loaded.done():
        return
    if isinstance(event, Ready):
        loaded.set_result(None)
    elif isinstance(event, Broken):
        loaded.set_exception(EngineError(event.sentence))
