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
from bot.engine.client import Worker
from bot.engine.dispatcher import Dispatcher
from bot.lifecycle import App
from bot.models import open_model
from bot.services import costs
from bot.services.health import HealthService
from bot.storage.backup import Backups
from bot.storage.database import DATABASE, Database
from bot.storage.folder import held
from bot.storage.health import HealthFile
from bot.storage.memory import Memory
from bot.wiring import (
    answering,
    imagining,
    quota_of,
    receipts_of,
    services_of,
    shared_by_all,
    sweeper_of,
    tags_of,
)

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
        memory = Memory(database)
        learnt = await costs.load(memory)
        stack.enter_context(endpoints(config.discord.api_base, config.discord.gateway_url))
        client = await stack.enter_async_context(Client(memory))
        shared = shared_by_all(config, model, database, client)

        def cancel(job_id: str, reason: str) -> None:
            delivery.cancelled_since(job_id, reason)
            imagine.stop(job_id)

        board, outbox, delivery = answering(shared, client, cancel)
        # Deliveries end before the client closes, and the dispatcher before both: reverse order of opening.
        stack.push_async_callback(delivery.close, DELIVERING * stop_seconds)

        def hear(event: JobEvent) -> None:
            _note_loading(loaded, event)
            told.note(event)
            receipts.note(event)
            if loaded.done() and loaded.exception() is not None and isinstance(event, Failed):
                return  # this run ends, since there is no model; the next one takes the job up
            delivery.handle(event)

        dispatcher = Dispatcher([Worker(settings) for settings in model.workers], hear, model.queue, learnt)
        told = HealthService(HealthFile(storage), dispatcher, {"bot": bot.__version__})
        receipts = receipts_of(shared)
        stack.push_async_callback(dispatcher.stop)
        stack.push_async_callback(shared.examiner.close)
        quota = quota_of(config, database)
        imagine = imagining(shared, dispatcher, board, delivery, quota)
        tags = tags_of(shared)
        await asyncio.to_thread(tags.prepare)
        client.services = services_of(shared, imagine, dispatcher, outbox, receipts, tags, cancel)
        keep_costs = functools.partial(costs.save, memory, learnt)
        backups = Backups(storage / DATABASE, config.storage.backups)
        sweeper = sweeper_of(shared)
        yield App(client, dispatcher, board, told, quota, keep_costs, backups, loaded, sweeper, stop_seconds)


def _note_loading(loaded: asyncio.Future[None], event: JobEvent) -> None:
    if loaded.done():
        return
    if isinstance(event, Ready):
        loaded.set_result(None)
    elif isinstance(event, Broken):
        loaded.set_exception(EngineError(event.sentence))
