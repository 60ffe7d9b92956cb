"""The composition root: opens everything in order, wires it by constructor, and closes it in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import bot
from bot.client import Client, endpoints
from bot.config import Config, Token
from bot.core.errors import EngineError
from bot.core.events import Broken, JobEvent, Ready
from bot.engine.client import Worker
from bot.engine.dispatcher import Dispatcher
from bot.models import open_model
from bot.services import Services, costs, health, progress
from bot.services.about import About, model_facts
from bot.services.delivery import DeliveryService
from bot.services.health import HealthService
from bot.services.history import HistoryService
from bot.services.imagine import ImagineService
from bot.services.progress import ProgressBoard
from bot.services.queue import QueueService
from bot.services.tags import TagService
from bot.storage.database import Database
from bot.storage.folder import held
from bot.storage.health import HealthFile
from bot.storage.jobs import JobStore
from bot.storage.memory import Memory
from bot.storage.pictures import PictureFiles
from bot.ui.messenger import DiscordMessenger

log = logging.getLogger(__name__)

DATABASE = "bot.sqlite3"


async def run(
    config: Config,
    token: Token,
    stop: asyncio.Event,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Run the bot until ``stop`` is set; calls ``on_ready`` once requests are answered and drawn.

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
                    for task in tasks:
                        task.cancel()
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


@dataclasses.dataclass(frozen=True, slots=True)
class _App:
    client: Client
    dispatcher: Dispatcher
    board: ProgressBoard
    health: HealthService
    keep_costs: Callable[[], Awaitable[None]]
    loaded: asyncio.Future[None]

    async def begin(self, on_ready: Callable[[], None]) -> None:
        """Load the model, take up what an earlier run left, and say when all is ready."""
        await self.dispatcher.start()
        await self.client.wait_until_ready()
        left = await self.client.services.imagine.resume()
        if left:
            log.info("resuming %d jobs of an earlier run", len(left))
        await self.loaded
        log.info("ready")
        on_ready()

    def housekeeping(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on beside the requests, for as long as the bot runs."""
        return [
            _every(progress.REFRESH, self.refresh),
            _every(health.EVERY, self.health.write),
            _every(costs.EVERY, self.keep_costs),
        ]

    async def refresh(self) -> None:
        """Bring the answers of waiting jobs up to date."""
        self.board.refresh(self.dispatcher.place)

    async def close_books(self) -> None:
        """Keep what the next start wants to know, and tell other programs that this run has ended."""
        await _tried(self.keep_costs)
        await _tried(functools.partial(self.health.write, stopped=True))


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do something now and then, for ever; when it fails, the next time may be better."""
    while True:
        await _tried(work)
        await asyncio.sleep(seconds)


async def _tried(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except Exception:
        log.warning("housekeeping failed", exc_info=True)


@contextlib.asynccontextmanager
async def _opened(config: Config) -> AsyncIterator[_App]:
    model = await asyncio.to_thread(open_model, config)
    storage = Path(config.storage.path)
    loaded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(await Database.open(storage / DATABASE))
        jobs, memory = JobStore(database), Memory(database)
        learnt = await costs.load(memory)
        keep_costs = functools.partial(costs.save, memory, learnt)
        stack.enter_context(endpoints(config.discord.api_base, config.discord.gateway_url))
        client = await stack.enter_async_context(Client(memory))
        messenger = DiscordMessenger(client)
        board = ProgressBoard(jobs, messenger)
        delivery = DeliveryService(jobs, PictureFiles(storage / "pictures"), messenger, board)
        # Deliveries end before the client closes, and the dispatcher before both: reverse order of opening.
        stack.push_async_callback(delivery.close)

        def hear(event: JobEvent) -> None:
            _note_loading(loaded, event)
            told.note(event)
            delivery.handle(event)

        dispatcher = Dispatcher([Worker(settings) for settings in model.workers], hear, model.queue, learnt)
        told = HealthService(HealthFile(storage), dispatcher, {"bot": bot.__version__})
        stack.push_async_callback(dispatcher.stop)
        client.services = Services(
            about=About(
                bot.__version__,
                config.discord.source_url,
                model_facts(config.model.name, config.model.source_url),
            ),
            history=HistoryService(jobs),
            imagine=ImagineService(
                jobs,
                dispatcher,
                model.prompts,
                board,
                enlarge=model.shown_at,
                weights=config.engine.weights,
            ),
            queue=QueueService(jobs, dispatcher),
            tags=TagService(model.prompts.dictionary, model.prompts.profile),
        )
        yield _App(client, dispatcher, board, told, keep_costs, loaded)


def _note_loading(loaded: asyncio.Future[None], event: JobEvent) -> None:
    if loaded.done():
        return
    if isinstance(event, Ready):
        loaded.set_result(None)
    elif isinstance(event, Broken):
        loaded.set_exception(EngineError(event.sentence))
