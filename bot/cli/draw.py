"""``imagine`` and ``prompt``: the bot's drawing and its reading of prompts, without Discord."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.cli.common import Commands, add_config, print_json, rating, read_config, size
from bot.core.errors import BotError, Refused
from bot.core.events import Loading, Stepped, WorkerEvent
from bot.core.job import Rendered, Task
from bot.core.rating import Rating
from bot.core.request import MAX_SEED, SAMPLERS, Request
from bot.core.size import DEFAULT_SIZE


def register(commands: Commands) -> None:
    """Add the commands."""
    imagine = commands.add_parser("imagine", help="draw a picture without Discord")
    _add_prompt(imagine)
    imagine.add_argument("--quality", metavar="WORDS", help="a quality word of the model, or none")
    imagine.add_argument("--year", metavar="WORD", help="a year word of the model, such as newest")
    imagine.add_argument(
        "--size", type=size, default=DEFAULT_SIZE, metavar="WxH", help="one of the nine sizes"
    )
    imagine.add_argument("--seed", type=int, help="0 to 4294967295 (default: a random one)")
    imagine.add_argument("--steps", type=int, default=28)
    imagine.add_argument("--cfg", type=float, default=7.0)
    imagine.add_argument("--sampler", default=SAMPLERS[0], help=", ".join(SAMPLERS))
    imagine.add_argument("--count", type=int, default=1, help="pictures, 1 to 4")
    imagine.add_argument("--out", type=Path, required=True, metavar="FILE", help="the PNG file to write")
    imagine.set_defaults(run=_imagine)

    prompt = commands.add_parser("prompt", help="what the model would read, and what policy says of it")
    _add_prompt(prompt)
    prompt.set_defaults(run=_prompt)


def _add_prompt(command: argparse.ArgumentParser) -> None:
    command.add_argument("prompt", metavar="PROMPT", help="tags with commas between them")
    command.add_argument("--negative", default="", metavar="TAGS", help="what to keep out")
    command.add_argument("--rating", type=rating, help="the rating to ask for, up to the ceiling")
    command.add_argument("--ceiling", type=rating, default=Rating.GENERAL, help="the highest rating allowed")
    command.add_argument("--model", metavar="NAME", help="chibi, a profile, a folder or a file")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    add_config(command)


def _prompt(options: argparse.Namespace) -> int:
    from bot.models import open_model
    from bot.policy.preview import as_preview

    request = Request(options.prompt, negative=options.negative, rating=options.rating)
    prompt, decision = open_model(_config(options)).prompts.review(request, options.ceiling)
    if options.json:
        print_json(as_preview(prompt, decision))
        return 0
    print(f"positive  {prompt.positive}")
    print(f"negative  {prompt.negative}")
    print(f"tokens    {prompt.tokens} of {prompt.window}, negative {prompt.negative_tokens}")
    if prompt.dropped:
        print(f"dropped   {', '.join(prompt.dropped)}")
    print(f"decision  {decision.word} under {decision.ceiling.word}")
    for reason in decision.reasons:
        print(f"          {reason.rule}: {reason.tag} is {reason.rating.word}")
    for note in prompt.notes:
        print(f"note      {note}")
    return 0


def _imagine(options: argparse.Namespace) -> int:
    from bot.engine.local import render
    from bot.models import open_model
    from bot.policy.policy import explain
    from bot.policy.verdicts import may_show

    request = Request(
        prompt=options.prompt,
        negative=options.negative,
        quality=options.quality,
        rating=options.rating,
        year=options.year,
        size=options.size,
        count=options.count,
        seed=secrets.randbelow(MAX_SEED + 1) if options.seed is None else options.seed,
        steps=options.steps,
        cfg=options.cfg,
        sampler=options.sampler,
    )
    _check_target(options.out)
    model = open_model(_config(options))
    prompt, decision = model.prompts.review(request, options.ceiling)
    if not decision.allowed:
        raise Refused(explain(decision), decision)
    seeds = request.seeds(request.seed or 0)
    tasks = [
        Task(
            job_id="local",
            index=index,
            positive=prompt.positive,
            negative=prompt.negative,
            size=request.size,
            steps=request.steps,
            cfg=request.cfg,
            sampler=request.sampler,
            seed=seed,
        )
        for index, seed in enumerate(seeds)
    ]
    drawn = render(model.settings, tasks, _report if sys.stderr.isatty() else lambda event: None)
    pictures = [each.picture for each in drawn]
    if not all(may_show(each.image.verdict, options.ceiling) for each in pictures):
        raise BotError(
            f"The picture came out above {options.ceiling.word}, so it was not written; "
            "another seed or plainer tags may work."
        )
    files = _write(options.out, pictures)
    answer = {
        "files": [str(file) for file in files],
        "seeds": list(seeds),
        "positive": prompt.positive,
        "negative": prompt.negative,
        "tokens": prompt.tokens,
        "dropped": list(prompt.dropped),
        "verdicts": [_verdict(each) for each in pictures],
        "seconds": round(max(each.seconds for each in drawn), 3),
    }
    if options.json:
        print_json(answer)
        return 0
    for file, seed in zip(files, seeds, strict=True):
        print(f"{file}  seed {seed}")
    for note in (*prompt.notes, *request.advice()):
        print(f"note: {note}")
    if prompt.dropped:
        print(f"past the model's limit of {prompt.window} tokens: {', '.join(prompt.dropped)}")
    return 0


def _config(options: argparse.Namespace) -> Any:
    config = read_config(options)
    if options.model is None:
        return config
    return config.model_copy(update={"model": config.model.model_copy(update={"name": options.model})})


def _check_target(out: Path) -> None:
    if not out.parent.is_dir():
        raise BotError(f"There is no folder {out.parent} to write {out.name} into.")
    if out.suffix.lower() != ".png":
        raise BotError(f"{out.name} should end in .png, since a PNG file is what will be written.")


def _write(out: Path, pictures: Sequence[Rendered]) -> list[Path]:
    names = (
        [out]
        if len(pictures) == 1
        else [out.with_name(f"{out.stem}-{number}{out.suffix}") for number in range(1, len(pictures) + 1)]
    )
    try:
        for name, picture in zip(names, pictures, strict=True):
            name.write_bytes(picture.png)
    except OSError as error:
        raise BotError(f"The picture could not be written: {error}.") from None
    return names


def _verdict(picture: Rendered) -> dict[str, float | str]:
    verdict = picture.image.verdict
    return {
        "rating": verdict.likeliest.word,
        **{each.word: round(getattr(verdict, each.word), 4) for each in Rating},
        "source": verdict.source,
    }


def _report(event: WorkerEvent) -> None:
    match event:
        case Loading(what):
            print(f"{what} …", file=sys.stderr)
        case Stepped(_, index, step, steps):
            end = "\n" if step == steps else ""
            print(f"\rpicture {index + 1}: step {step} of {steps}", end=end, file=sys.stderr, flush=True)
