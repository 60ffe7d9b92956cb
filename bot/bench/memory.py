"""Measures whether a worker's memory grows over many requests that change models and LoRAs.

The worker is the bot's own, in a process of its own, with the demo model, a second one under another name,
and so little room beside the first that models and merged weights have to go all the time. The prompt cache
is small too: filling up is not growing.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.core.errors import BotError, EngineError
from bot.core.events import Broken, Drawn, Undrawn
from bot.core.job import Task
from bot.core.lora import Lora
from bot.core.request import SAMPLERS
from bot.core.size import SIZES

SECOND = "second"
BLOCK = 20
"""Requests in a row for one model, as people's come; each change loads it anew."""
ROOM = 40 * 2**20
"""Bytes beside the first model: the second one fits, and a few of the merged sets."""
PROMPTS = 2**20
"""Bytes of kept prompts: seventeen of the demo model's."""
TOGETHER = 4


def tasks(count: int, steps: int) -> Iterator[Task]:
    """Mixed requests: sizes, samplers, guidance, weights of one LoRA, and two models in turn."""
    rng = random.Random("bench memory")
    for number in range(count):
        weight = rng.choice((0.0, 0.0, round(rng.uniform(0.2, 1.5), 2)))
        sampler = rng.choice(SAMPLERS)
        yield Task(
            job_id=f"{number:05}",
            index=0,
            positive=f"masterpiece, 1girl, {rng.choice(('red', 'blue', 'green'))} hair, {number}",
            negative="worst quality" if rng.random() < 0.7 else None,
            size=rng.choice(SIZES),
            steps=steps,
            cfg=rng.choice((1.0, 5.0, 7.0)),
            sampler=sampler,
            seed=number,
            loras=(Lora("sketch", weight),) if weight else (),
            model=SECOND if number // BLOCK % 2 else None,
        )


def run(count: int = 1000, steps: int = 1, threads: int = 1) -> dict[str, Any]:
    """Measure; raises BotError where the system does not tell a process's memory."""
    import dataclasses

    from bot.config import Config, Engine, OtherModel, Storage
    from bot.engine.client import events, spawn
    from bot.engine.messages import Stop, Submit
    from bot.models import CHIBI, builtin, open_model

    with tempfile.TemporaryDirectory() as folder:
        config = Config(
            engine=Engine(device="cpu", threads=threads),
            storage=Storage(path=folder),
            models={SECOND: OtherModel(model=str(builtin()[CHIBI]))},
        )
        settings = dataclasses.replace(
            open_model(config).settings, library_bytes=ROOM, embedding_bytes=PROMPTS
        )
        process, pipe = spawn(settings)
        waiting, done = tasks(count, steps), 0
        looks = max(1, count // 10), max(1, count // 2), count
        marks: dict[int, float] = {}
        try:
            for task in (next(waiting) for _ in range(min(TOGETHER, count))):
                pipe.send(Submit(task))
            for event in events(process, pipe):
                match event:
                    case Undrawn(sentence=sentence, detail=detail):
                        raise EngineError(f"{sentence} {detail}")
                    case Broken(sentence=sentence):
                        raise EngineError(sentence)
                    case Drawn():
                        done += 1
                        if done in looks:
                            marks[done] = resident(process.pid or 0)
                        for task in itertools.islice(waiting, 1):
                            pipe.send(Submit(task))
                if done == count:
                    break
            pipe.send(Stop())
        finally:
            process.join(5)
            process.kill()
    first, middle, last = (marks[at] for at in looks)
    return {
        "requests": count,
        "steps": steps,
        "model_changes": (count - 1) // BLOCK,
        "rss_mb": {str(at): round(each, 1) for at, each in marks.items()},
        "growth_mb": round(last - first, 1),
        "growth_of_second_half_mb": round(last - middle, 1),
    }


def resident(pid: int) -> float:
    """A process's resident memory in MB; raises BotError where it cannot be read."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1000
    except OSError:
        pass
    raise BotError("This system does not tell how much memory a process has; run it on Linux.")


def table(result: dict[str, Any]) -> str:
    """The measured numbers as text for a terminal."""
    lines = [f"after {at:>5} requests: {each:8.1f} MB" for at, each in result["rss_mb"].items()]
    changes = f"{result['requests']} of {result['steps']} steps, {result['model_changes']} changes"
    return "\n".join(
        [
            *lines,
            f"growth: {result['growth_mb']} MB, of the second half {result['growth_of_second_half_mb']} MB",
            "",
            f"{changes} of model, LoRAs in a third",
        ]
    )


def main(options: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    result = run(options.requests, options.steps)
    print(json.dumps(result) if options.json else table(result))
    return 0
