"""What one person who asks for much costs the others: the real dispatcher, a real worker, the demo model.

Twenty people ask for a picture each, with and without somebody whose hundred jobs were there before them.
They come in two ways: all at once, and one after another at random moments, at half of what the engine can
do. Times are from asking to the finished picture, without Discord.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import numpy as np

from bot.config import Config, Engine
from bot.core.errors import EngineError
from bot.core.events import Broken, Cancelled, Done, Failed, JobEvent, Progress, Ready
from bot.core.job import Task
from bot.core.size import DEFAULT_SIZE
from bot.engine.client import Worker
from bot.engine.costs import Costs
from bot.engine.dispatcher import Dispatcher
from bot.models import Model, open_model

HOG = 0
"""The person who asks for much; the others count from 1."""
LOAD = 0.5
"""What share of the engine's time the others ask for when they come one after another."""
PROMPTS = ("1girl, silver hair, smile", "1girl, red eyes, night", "1girl, cat ears, outdoors", "1girl, hat")


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """One person's picture, asked for ``after`` so many seconds."""

    owner: int
    after: float


class Desk:
    """A dispatcher with one worker; people come to it and wait."""

    def __init__(self, model: Model, steps: int) -> None:
        self._steps = steps
        self._changed = asyncio.Event()
        self._ends: dict[str, float] = {}
        self._stepped: set[str] = set()
        self._error: str | None = None
        self._jobs = 0
        self.ready = False
        self.dispatcher = Dispatcher(
            [Worker(dataclasses.replace(model.workers[0], preview_every=0))], self._hear, model.queue, Costs()
        )

    def ask(self, owner: int, count: int = 1) -> str:
        """Submit a job and return its id."""
        self._jobs += 1
        job = f"{self._jobs}"
        prompt = PROMPTS[self._jobs % len(PROMPTS)]
        tasks = [
            Task(job, index, prompt, "", DEFAULT_SIZE, self._steps, 7.0, "Euler a", 4 * self._jobs + index)
            for index in range(count)
        ]
        self.dispatcher.submit(tasks, owner)
        return job

    async def wait(self, wish: Wish) -> float:
        """Come, ask, and return how many seconds the picture took."""
        await asyncio.sleep(wish.after)
        begun = time.monotonic()
        job = self.ask(wish.owner)
        await self.until(lambda: job in self._ends)
        return self._ends[job] - begun

    def has_begun(self, job: str) -> bool:
        """Whether a job has taken a step."""
        return job in self._stepped

    async def clear(self) -> None:
        """Cancel whatever is left and wait until it is gone."""
        for each in self.dispatcher.snapshot().jobs:
            self.dispatcher.cancel(each.job_id)
        await self.until(lambda: not self.dispatcher.snapshot().jobs)

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait until something holds; raises EngineError when the worker fails."""
        while not met():
            if self._error is not None:
                raise EngineError(self._error)
            self._changed.clear()
            await self._changed.wait()

    def _hear(self, event: JobEvent) -> None:
        match event:
            case Ready():
                self.ready = True
            case Progress(job_id):
                self._stepped.add(job_id)
            case Done(job_id) | Cancelled(job_id):
                self._ends[job_id] = time.monotonic()
            case Failed(_, sentence) | Broken(sentence):
                self._error = sentence
        self._changed.set()


@contextlib.asynccontextmanager
async def opened(model: Model, steps: int) -> AsyncIterator[Desk]:
    """A desk whose worker is ready and warm."""
    desk = Desk(model, steps)
    await desk.dispatcher.start()
    try:
        await desk.until(lambda: desk.ready)
        for together in (1, 2, 4):
            await asyncio.gather(*(desk.wait(Wish(owner, 0.0)) for owner in range(1, together + 1)))
        yield desk
    finally:
        await desk.dispatcher.stop()


async def measure(
    asked: int, count: int, people: int, steps: int, seed: int, config: Config
) -> dict[str, Any]:
    """Run all four cases in turn and return the keys that ``table`` shows."""
    model = open_model(config)
    rng = random.Random(seed)
    async with opened(model, steps) as desk:
        alone = await desk.wait(Wish(1, 0.0))
        span = people * alone / LOAD
        crowd = [Wish(owner, 0.0) for owner in range(1, people + 1)]
        spread = [Wish(owner, rng.uniform(0.0, span)) for owner in range(1, people + 1)]
        times = {}
        for name, wishes in (("crowd", crowd), ("spread", spread)):
            for hog in (0, asked):
                times[name, bool(hog)] = await _run(desk, wishes, hog, count)
    p95 = {case: float(np.percentile(seconds, 95, method="inverted_cdf")) for case, seconds in times.items()}
    return {
        "worker": f"real, {config.model.name} on {config.engine.device}",
        "asked": asked,
        "people": people,
        "steps": steps,
        "alone_s": round(alone, 3),
        "p95_s": round(p95["crowd", False], 3),
        "p95_with_hog_s": round(p95["crowd", True], 3),
        "hog_p95_ratio": round(p95["crowd", True] / p95["crowd", False], 3),
        "spread_p95_s": round(p95["spread", False], 3),
        "spread_p95_with_hog_s": round(p95["spread", True], 3),
        "spread_p95_ratio": round(p95["spread", True] / p95["spread", False], 3),
    }


async def _run(desk: Desk, wishes: Sequence[Wish], hog: int, count: int) -> list[float]:
    """What each of the wishes took, with ``hog`` pictures of one person there before, ``count`` a job."""
    first = [desk.ask(HOG, min(count, hog - begun)) for begun in range(0, hog, count)]
    if first:
        await desk.until(lambda: desk.has_begun(first[0]))
    times = await asyncio.gather(*(desk.wait(wish) for wish in wishes))
    await desk.clear()
    return times


def table(result: dict[str, Any]) -> str:
    """Return the measured numbers as text for a terminal."""
    people, asked, steps = result["people"], result["asked"], result["steps"]
    lines = [
        f"{people} people ask for a picture of {steps} steps each, and one for {asked}",
        f"worker: {result['worker']}; a picture alone takes {result['alone_s']:.2f} s",
        f"{'95 % have theirs within':26}{'without':>10}{'with':>10}{'ratio':>8}",
    ]
    for name, prefix in (("all at once", ""), ("one after another", "spread_")):
        without, beside = result[f"{prefix}p95_s"], result[f"{prefix}p95_with_hog_s"]
        ratio = result["spread_p95_ratio" if prefix else "hog_p95_ratio"]
        lines.append(f"{name:26}{without:9.2f}s{beside:9.2f}s{ratio:8.2f}")
    return "\n".join(lines)


def main(options: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    config = Config(engine=Engine(device=options.device, threads=options.threads or 0))
    result = asyncio.run(
        measure(options.asked, options.count, options.people, options.steps, options.seed, config)
    )
    print(json.dumps(result) if options.json else table(result))
    return 0
