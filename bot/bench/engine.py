"""Measures the running batch against diffusers' own pipeline, called one request at a time.

Both draw the same sixteen requests with the demo model, in this process and with the same threads, from
admission to decoded pixels, and take turns. The batch is fed as the dispatcher does when the queue is long:
four pictures at a time, and a short one beside them.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import statistics
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.core.job import Task
from bot.core.request import SAMPLERS
from bot.core.size import DEFAULT_SIZE

if TYPE_CHECKING:
    from PIL import Image

    from bot.engine.batch import Seat
    from bot.engine.loader import Loaded

SEATS = 4
SHORT = 10
"""Steps up to which a picture is let in beside the others."""
NEGATIVE = "lowres, bad anatomy, text, worst quality, low quality, signature, watermark, blurry"
PROMPTS = ("1girl, red hair, smile", "1boy, black hair, hat", "1girl, blue hair, night", "1girl, cat ears")
STEPS = (28, 20, 24, 28)
CFGS = (7.0, 5.0, 6.5, 7.0)
TARGETS = {
    "throughput_ratio": "at least 1.5",
    "mean_latency_ratio": "at most 0.75",
    "p95_latency_ratio": "",
    "short_job_speedup": "at least 10",
    "single_overhead": "at most 0.03",
    "max_level_difference": "at most 1",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """A picture, and the seconds from the first request's arrival until it was there."""

    picture: Image.Image
    seconds: float


Draw = Callable[[Sequence[Task]], list[Answer]]


def requests() -> list[Task]:
    """Fifteen usual requests, one of them without guidance, and a short one that comes last."""
    tasks = [
        Task(
            job_id=f"{number:02}",
            index=0,
            positive=f"masterpiece, best quality, {PROMPTS[number % 4]}, solo, {number}",
            negative=NEGATIVE,
            size=DEFAULT_SIZE,
            steps=STEPS[number // 4],
            cfg=1.0 if number == 9 else CFGS[number % 4],
            sampler=SAMPLERS[number % len(SAMPLERS)],
            seed=number,
        )
        for number in range(16)
    ]
    return [*tasks[:-1], dataclasses.replace(tasks[-1], steps=8, sampler=SAMPLERS[0])]


def batched(model: Loaded, seats: int) -> Draw:
    """The running batch; its prompt cache is empty at the beginning of every round."""
    from bot.engine.batch import Batch, Seat
    from bot.engine.decode import Decoder
    from bot.engine.denoise import Denoiser
    from bot.engine.encode import Encoder

    decoder = Decoder(model)

    def failed(seat: Seat, error: Exception) -> None:
        raise error

    def draw(tasks: Sequence[Task]) -> list[Answer]:
        began = time.perf_counter()
        denoiser = Denoiser(model, Encoder(model.pipe, 64 * 2**20))
        batch = Batch(denoiser, failed=failed)
        waiting = collections.deque(task for task in tasks if task.steps > SHORT)
        short = collections.deque(task for task in tasks if task.steps <= SHORT)
        answers: dict[str, Answer] = {}
        while len(answers) < len(tasks):
            usual = sum(seat.task.steps > SHORT for seat in batch.seats)
            coming = [waiting.popleft() for _ in range(min(seats - usual, len(waiting)))]
            if short and len(batch.seats) == usual:
                coming.append(short.popleft())
            for task in coming:
                slot = denoiser.admit(
                    task.positive,
                    task.negative,
                    model.native(task.size),
                    task.steps,
                    task.cfg,
                    task.sampler,
                    task.seed,
                )
                batch.seats.append(Seat(task, slot, 0.0, 0.0))
            batch.turn()
            for seat in [seat for seat in batch.seats if seat.slot.finished]:
                batch.seats.remove(seat)
                picture = decoder.decode(seat.slot.latents)
                answers[seat.task.job_id] = Answer(picture, time.perf_counter() - began)
        return [answers[task.job_id] for task in tasks]

    return draw


def stock(model: Loaded, pipe: Any) -> Draw:
    """diffusers' pipeline as its documentation calls it, one request after the other."""
    import diffusers

    from bot.engine.samplers import SAMPLERS as RECIPES
    from bot.engine.samplers import PredrawnEulerAncestral

    def draw(tasks: Sequence[Task]) -> list[Answer]:
        import torch

        began = time.perf_counter()
        answers = []
        for task in tasks:
            recipe = RECIPES[task.sampler]
            own = recipe.scheduler is PredrawnEulerAncestral
            kind: Any = diffusers.EulerAncestralDiscreteScheduler if own else recipe.scheduler
            pipe.scheduler = kind.from_config(model.pipe.scheduler.config, **recipe.settings)
            width, height = model.native(task.size)
            picture = pipe(
                task.positive,
                negative_prompt=task.negative,
                width=width,
                height=height,
                num_inference_steps=task.steps,
                guidance_scale=task.cfg,
                generator=torch.Generator("cpu").manual_seed(task.seed),
            ).images[0]
            answers.append(Answer(picture, time.perf_counter() - began))
        return answers

    return draw


def run(rounds: int = 3, singles: int = 12, seats: int = SEATS) -> dict[str, Any]:
    """Measure; the ratios are medians over the rounds, and over the pairs of single requests."""
    import torch
    from diffusers import StableDiffusionXLPipeline

    from bot.engine.loader import load
    from bot.engine.models import ModelFiles
    from bot.engine.worker import quiet
    from bot.models import CHIBI, builtin

    quiet()
    folder = builtin()[CHIBI]
    model = load(ModelFiles(CHIBI, folder), "cpu")
    pipe = StableDiffusionXLPipeline.from_pretrained(folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    ours, theirs = batched(model, seats), stock(model, pipe)
    tasks = requests()
    for draw in (ours, theirs):
        draw([dataclasses.replace(task, steps=2) for task in tasks])
    pairs = [_pair(ours, theirs, tasks, first=number % 2) for number in range(rounds)]
    ratios = [_ratios(*pair) for pair in pairs]
    found = {name: round(statistics.median(row[name] for row in ratios), 3) for name in ratios[0]}
    single = [
        mine[0].seconds / other[0].seconds
        for number in range(singles)
        for mine, other in [_pair(ours, theirs, tasks[:1], first=number % 2)]
    ]
    return {
        **found,
        "single_overhead": round(statistics.median(single) - 1, 4),
        "max_level_difference": max(_difference(*pair) for pair in pairs),
        "requests": len(tasks),
        "rounds": rounds,
        "singles": singles,
        "seats": seats,
        "threads": torch.get_num_threads(),
        "size": "{}x{}".format(*model.native(DEFAULT_SIZE)),
        "stock_seconds": round(statistics.median(_last(theirs) for _, theirs in pairs), 2),
        "batch_seconds": round(statistics.median(_last(ours) for ours, _ in pairs), 2),
    }


Pair = tuple[list[Answer], list[Answer]]


def _pair(ours: Draw, theirs: Draw, tasks: Sequence[Task], first: int) -> Pair:
    """Both sides' answers; whoever is first, since the second may find the machine warmer or busier."""
    if first:
        other = theirs(tasks)
        return ours(tasks), other
    return ours(tasks), theirs(tasks)


def _last(answers: Sequence[Answer]) -> float:
    return max(answer.seconds for answer in answers)


def _ratios(ours: Sequence[Answer], theirs: Sequence[Answer]) -> dict[str, float]:
    mine, other = ([answer.seconds for answer in side] for side in (ours, theirs))
    return {
        "throughput_ratio": max(other) / max(mine),
        "mean_latency_ratio": statistics.mean(mine) / statistics.mean(other),
        "p95_latency_ratio": float(np.percentile(mine, 95) / np.percentile(other, 95)),
        "short_job_speedup": other[-1] / mine[-1],
    }


def _difference(ours: Sequence[Answer], theirs: Sequence[Answer]) -> int:
    levels = [[np.asarray(answer.picture, np.int16) for answer in side] for side in (ours, theirs)]
    return max(int(np.abs(one - other).max()) for one, other in zip(*levels, strict=True))


def table(result: dict[str, Any]) -> str:
    """The measured numbers as text for a terminal."""
    lines = [f"{name:22}{result[name]:>9}   {target}" for name, target in TARGETS.items()]
    return "\n".join(
        [
            *lines,
            "",
            f"{result['requests']} requests at {result['size']}, {result['seats']} seats and a short one "
            f"beside them, {result['threads']} threads, medians of {result['rounds']} rounds: "
            f"{result['batch_seconds']} s against {result['stock_seconds']} s",
        ]
    )


def main(options: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    result = run(options.rounds, options.singles, options.seats)
    print(json.dumps(result, indent=2) if options.json else table(result))
    return 0
