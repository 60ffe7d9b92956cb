"""``imagine``: the bot's drawing, without Discord."""

from __future__ import annotations

import argparse
import dataclasses
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.cli import again, sources
from bot.cli.common import Commands, add_request, model_config, print_json, size
from bot.cli.studio import Studio, check_target, verdict_of, write
from bot.core.events import Drawn
from bot.core.fast import Fast
from bot.core.job import Start, Task
from bot.core.lora import parse
from bot.core.prompt import Prompt
from bot.core.request import MAX_SEED, SAMPLERS, UPSCALES, Request
from bot.core.size import DEFAULT_SIZE, Size


def register(commands: Commands) -> None:
    """Add the command."""
    imagine = commands.add_parser("imagine", help="draw a picture without Discord")
    add_request(imagine, nargs="?")
    imagine.add_argument("--year", metavar="WORD", help="a year word of the model, such as newest")
    imagine.add_argument(
        "--size",
        type=size,
        metavar="WxH",
        help=f"one of the nine sizes ({DEFAULT_SIZE}, or most like the image)",
    )
    imagine.add_argument("--steps", type=int, default=28)
    imagine.add_argument("--cfg", type=float, default=7.0)
    imagine.add_argument("--sampler", default=SAMPLERS[0], help=", ".join(SAMPLERS))
    imagine.add_argument("--lora", default="", metavar="NAMES", help="such as ink:0.8,glow")
    imagine.add_argument("--profile", metavar="NAME", help="a fast profile of the config")
    imagine.add_argument("--count", type=int, default=1, help="pictures, 1 to 4")
    imagine.add_argument(
        "--upscale",
        type=int,
        choices=UPSCALES[1:],
        default=1,
        help="enlarge the finished picture so many times",
    )
    sources.add(imagine)
    imagine.add_argument("--out", type=Path, metavar="FILE", help="the PNG file to write")
    imagine.add_argument(
        "--from",
        dest="receipt",
        type=Path,
        metavar="FILE.png",
        help="draw a picture of this bot's again, by what its file says",
    )
    imagine.set_defaults(run=lambda options: _imagine(imagine, options))


def _imagine(command: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    sources.check(command, options)
    if options.receipt is not None:
        again.check(command, options)
        return again.run(options)
    for name, word in (("prompt", "PROMPT"), ("out", "--out")):
        if getattr(options, name) is None:
            command.error(f"the following arguments are required: {word}")
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    from bot.models import open_model
    from bot.services.catalogue import EVERYWHERE

    start = sources.start_of(options)
    request = _request(options, sources.shape(start))
    tasks = _tasks(request, Prompt("", "", 0, 0, 0), start)
    tasks[0].check()
    check_target(options.out)
    config = model_config(options)
    model = open_model(config)
    if options.model in config.models:
        request = dataclasses.replace(request, model=options.model)
    ordered = model.catalogue.order(request, EVERYWHERE)
    request = ordered.request
    prompt, decision = ordered.prompts.review(ordered.worded, options.ceiling)
    prompt = dataclasses.replace(prompt, notes=(*ordered.notes, *prompt.notes))
    tasks = _tasks(request, prompt, start, model.catalogue.fast(request))
    drawn = Studio(config, model, options.ceiling, decision).draw(tasks)
    files = write(options.out, [each.picture for each in drawn])
    if options.json:
        print_json(_answer(request, prompt, drawn, files))
    else:
        _tell(request, prompt, files)
    return 0


def _request(options: argparse.Namespace, like: Size) -> Request:
    return Request(
        prompt=options.prompt,
        negative=options.negative,
        quality=options.quality,
        rating=options.rating,
        year=options.year,
        size=options.size or like,
        count=options.count,
        seed=secrets.randbelow(MAX_SEED + 1) if options.seed is None else options.seed,
        steps=options.steps,
        cfg=options.cfg,
        sampler=options.sampler,
        style=options.style,
        loras=parse(options.lora),
        profile=options.profile,
        hires=options.hires,
        vary=options.vary,
        upscale=options.upscale,
    )


def _tasks(request: Request, prompt: Prompt, start: Start | None, fast: Fast | None = None) -> list[Task]:
    from bot.services.tasks import tasks_of

    return tasks_of("local", request, prompt, request.seed or 0, fast=fast, start=start)


def _answer(
    request: Request, prompt: Prompt, drawn: Sequence[Drawn], files: Sequence[Path]
) -> dict[str, Any]:
    return {
        "files": [str(file) for file in files],
        "seeds": list(request.seeds(request.seed or 0)),
        "positive": prompt.positive,
        "negative": prompt.negative,
        "positives": [prompt.of(index).positive for index in range(request.count)],
        "tokens": prompt.tokens,
        "dropped": list(prompt.dropped),
        "verdicts": [verdict_of(each.picture) for each in drawn],
        "seconds": round(max(each.seconds for each in drawn), 3),
    }


def _tell(request: Request, prompt: Prompt, files: Sequence[Path]) -> None:
    for file, seed in zip(files, request.seeds(request.seed or 0), strict=True):
        print(f"{file}  seed {seed}")
    for note in (*prompt.told(), *prompt.notes, *request.advice()):
        print(f"note: {note}")
    if prompt.dropped:
        print(f"past the model's limit of {prompt.window} tokens: {', '.join(prompt.dropped)}")
