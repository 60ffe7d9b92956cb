"""The database at a million jobs: pages, search, writing, completion and its size. All of it is made up here.

The rows are those that the stores write, put in with few commits, a picture to each job; what is measured
goes through the stores as the bot uses them.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import functools
import json
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.bench.storage_world import EVERYWHERE, TAGS, World
from bot.core.errors import StorageError
from bot.core.job import JobState
from bot.core.quota import Limits
from bot.core.rating import Rating
from bot.prompt.dictionary import Dictionary
from bot.services.history import PAGE_SIZE
from bot.storage.database import DATABASE, Database, Statement
from bot.storage.deliveries import DeliveryStore, Owed, erasing_token
from bot.storage.jobs import JobStore, ending, insertion
from bot.storage.quota import QuotaStore
from bot.storage.search import Found, JobSearch, Wanted

FEW = 10_000
"""Rows at which a page's time is taken first, to see that it does not grow."""
BUSY = 50
"""People with the most jobs: each has more than twenty of the few."""
PAGES, SEARCHES, TYPED = 1_000, 600, 300
"""How often each is measured."""
WRITTEN, CALLERS = 6_000, 100
"""Jobs that are written to measure that, and how many people's go on at once."""
ANSWER = 10**18
BATCH = 5_000
CACHE = "PRAGMA cache_size = -200000"
"""200 MB while rows are put in: every index has its own random places to write, and it takes a third less."""
BYTES = 2_000
"""Disk that a row may take while everything is written, with the write-ahead log."""
NOWHERE = "qqqq"
MONTH = 30 * 24 * 3600.0


async def measure(rows: int, folder: Path) -> dict[str, Any]:
    """Everything, at that many rows; see design's keys. Times are in ms."""
    world = World()
    path = folder / DATABASE
    result: dict[str, Any] = {"rows": rows}
    begun = time.monotonic()
    async with await Database.open(path) as database:
        await _fill(database, world, rows)
    result["filled_s"] = round(time.monotonic() - begun, 1)
    async with await Database.open(path) as database:
        search = JobSearch(database, JobStore(database))
        pages = await _timed(PAGES, lambda: _page(search, world.person(), _number(world, rows)))
        async with await Database.open(folder / "few.sqlite3") as small:
            await _fill(small, World(), FEW)
            growth = await _growth((JobSearch(small, JobStore(small)), FEW), (search, rows), world)
        result |= {
            "page_p50_ms": _ms(pages, 50),
            "page_p99_ms": _ms(pages, 99),
            "page_growth": round(growth, 3),
        }
        filtered = await _timed(SEARCHES, lambda: search.find(world.person(), _filters(world, rows)))
        result |= {"filtered_p50_ms": _ms(filtered, 50), "filtered_p99_ms": _ms(filtered, 99)}
        searches = await _searches(search, world)
        result |= {"search_p50_ms": _ms(searches, 50), "search_p99_ms": _ms(searches, 99)}
    result["db_bytes"] = path.stat().st_size
    async with await Database.open(path) as database:
        result["jobs_per_s"] = round(await _writing(database, world, between=False))
        result["jobs_with_steps_per_s"] = round(await _writing(database, world, between=True))
    result |= _completion(world)
    return result


async def _fill(database: Database, world: World, rows: int) -> None:
    """Jobs that have ended, as the store writes them."""
    for begun in range(0, rows, BATCH):
        statements: dict[str, list[tuple[Any, ...]]] = {}
        for _ in range(min(BATCH, rows - begun)):
            for sql, parameters in _life(world):
                statements.setdefault(sql, []).append(parameters)
        async with database.write() as connection:
            await connection.execute(CACHE)
            for sql, several in statements.items():
                await connection.executemany(sql, several)


def _life(world: World) -> list[Statement]:
    job = world.job()
    sql, parameters, *then = insertion(job)
    ended = ending(job.id, JobState.DONE, job.created_at + 31.4, None, "animagine-xl-3.0", [world.image(job)])
    return [(sql, parameters), *then, *ended, erasing_token(job.id)]


async def _timed(times: int, action: Callable[[], Awaitable[object]]) -> list[float]:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await action()
        taken.append(time.perf_counter() - begun)
    return taken


def _number(world: World, rows: int) -> int:
    """Where somebody is who has leafed somewhere into the newer half of so many jobs."""
    return rows - world.below(rows // 2)


def _filters(world: World, rows: int) -> Wanted:
    """One or two of a rating, a channel and a month."""
    month = world.moment(world.below(rows))
    rating, channel = Rating(world.below(4)), world.channel()
    match world.below(4):
        case 0:
            return Wanted(rating=rating)
        case 1:
            return Wanted(channel_id=channel)
        case 2:
            return Wanted(since=month, until=month + MONTH)
        case _:
            return Wanted(rating=rating, channel_id=channel)


async def _page(search: JobSearch, person: int, before: int) -> Found:
    return await search.find(person, Wanted(), before=before, limit=PAGE_SIZE)


async def _growth(few: tuple[JobSearch, int], many: tuple[JobSearch, int], world: World) -> float:
    """The median time of a full page with many jobs over that with few.

    They take turns, since whatever else the machine does slows both; and only people come who have a full
    page among the few as well.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(PAGES):
        person = world.people[world.below(BUSY)]
        for (search, rows), times in zip((few, many), taken, strict=True):
            times += await _timed(1, functools.partial(_page, search, person, _number(world, rows)))
    return float(np.median(taken[1]) / np.median(taken[0]))


async def _searches(search: JobSearch, world: World) -> list[float]:
    """Seconds for searches: a word that is everywhere, one that is nowhere, tags alone and together."""

    def text() -> str:
        match world.below(6):
            case 0:
                return EVERYWHERE
            case 1:
                return NOWHERE
            case 2:
                return f"{EVERYWHERE} {world.tags[world.below(TAGS)]}"
            case several:
                return " ".join(world.some_tags(several - 2))

    return await _timed(SEARCHES, lambda: search.find(world.person(), Wanted(text=text()), limit=PAGE_SIZE))


async def _writing(database: Database, world: World, *, between: bool) -> float:
    """Jobs a second that are accepted with their lease and ended with a picture, many at a time.

    ``between`` also writes what lies about that: which message answers, that the job runs, that it arrived.
    """
    jobs, quota, deliveries = JobStore(database), QuotaStore(database), DeliveryStore(database)
    asked = (dataclasses.replace(world.job(), message_id=None) for _ in range(WRITTEN))
    made = [(job, world.image(job)) for job in asked]
    waiting = iter(made)

    async def live() -> None:
        for job, image in waiting:
            await quota.add(job, 5.0, Limits(), Limits())
            if between:
                await jobs.answered(job.id, ANSWER)
                await jobs.move(job.id, JobState.RUNNING)
            await jobs.finish(job.id, JobState.DONE, model="animagine-xl-3.0", images=[image], owed=Owed())
            if between:
                await deliveries.delivered(job.id)

    begun = time.perf_counter()
    await asyncio.gather(*(live() for _ in range(CALLERS)))
    return len(made) / (time.perf_counter() - begun)


def _completion(world: World) -> dict[str, Any]:
    """Completion of what people have typed so far of a tag, letter by letter."""
    dictionary = Dictionary(world.entries())
    taken = []
    for _ in range(TYPED):
        tag = world.some_tags(1)[0] if world.below(2) else world.tags[world.below(TAGS)]
        typed = tag[: 1 + world.below(len(tag))] if world.below(8) else NOWHERE
        begun = time.perf_counter()
        dictionary.complete(typed, ceiling=Rating.EXPLICIT)
        taken.append(time.perf_counter() - begun)
    return {"tags": TAGS, "autocomplete_p50_ms": _ms(taken, 50), "autocomplete_p99_ms": _ms(taken, 99)}


def _ms(seconds: Sequence[float], percent: float) -> float:
    """The smallest of the times that at least ``percent`` of all do not exceed, in ms."""
    return round(1000 * float(np.percentile(seconds, percent, method="inverted_cdf")), 3)


def table(result: dict[str, Any]) -> str:
    """Return the measured numbers as text for a terminal."""
    rows, size = result["rows"], result["db_bytes"]
    return "\n".join(
        (
            f"{rows:,} jobs in {size / 1e6:,.0f} MB, {size / rows:,.0f} bytes each",
            f"{'a page of the history':28}{result['page_p99_ms']:9.2f} ms (p99), "
            f"{result['page_growth']:.2f} times what it takes at {FEW:,}",
            f"{'... by rating, channel, days':28}{result['filtered_p99_ms']:9.2f} ms (p99)",
            f"{'a search, newest first':28}{result['search_p99_ms']:9.2f} ms (p99)",
            f"{f'completion in {TAGS:,} tags':28}{result['autocomplete_p99_ms']:9.2f} ms (p99)",
            f"{'jobs written and ended':28}{result['jobs_per_s']:9,} a second",
        )
    )


def main(options: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="animagine-bench-", dir=options.folder) as folder:
        free, needed = shutil.disk_usage(folder).free, options.rows * BYTES
        if free < needed:
            raise StorageError(
                f"{options.rows:,} rows need {needed / 1e9:.1f} GB of disk and {free / 1e9:.1f} are free; "
                "take fewer --rows, or another --folder."
            )
        result = asyncio.run(measure(options.rows, Path(folder)))
    print(json.dumps(result) if options.json else table(result))
    return 0
