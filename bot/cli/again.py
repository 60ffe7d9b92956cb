"""``imagine --from``: a picture drawn again by what its file says, and held against it."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.common import model_config, print_json
from bot.cli.studio import Studio, check_target, read, verdict_of, write
from bot.core.errors import BotError, InvalidRequest
from bot.core.events import Ready, WorkerEvent
from bot.core.job import Start, Task
from bot.core.request import Request
from bot.core.size import nearest

if TYPE_CHECKING:
    from bot.core.recipe import Recipe
    from bot.models import Model

OWN = ("prompt", "negative", "rating", "quality", "year", "size", "seed", "steps", "cfg", "sampler", "count")
OWN_TOO = ("strength", "hires", "vary", "lora", "profile", "style", "upscale")
"""Options that the file itself answers."""
MOST_ENLARGED = 4


def check(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Leave with exit code 2 for an option that the file answers."""
    for name in (*OWN, *OWN_TOO):
        if getattr(options, name) != command.get_default(name):
            word = "PROMPT" if name == "prompt" else f"--{name}"
            command.error(f"argument --from: the file says what was drawn, so leave {word} out")


def run(options: argparse.Namespace) -> int:
    """Draw it, say what came of it, and write it where ``--out`` says so."""
    from bot.imaging import receipt
    from bot.models import builtin, open_model

    file: Path = options.receipt
    if options.out is not None:
        check_target(options.out)
    given = read(file, receipt.MAX_BYTES)
    recipe = receipt.read(given)
    task = _task(recipe, _start(file, recipe, options))
    if options.model is None and recipe.model in builtin():
        options.model = recipe.model
    config = model_config(options)
    model = open_model(config)
    _require_loras(file, recipe, model)
    _, decision = model.prompts.reconsider(recipe.positive, recipe.negative, options.ceiling)
    studio = Studio(config, model, options.ceiling, decision)
    (drawn,) = studio.draw([task], _same_model(file, recipe))
    off = receipt.difference(given, drawn.picture.png)
    files = [] if options.out is None else write(options.out, [drawn.picture])
    said = _said(off)
    if options.json:
        print_json(
            {
                "from": str(file),
                "result": said,
                "max_level_difference": off,
                "rows": list(recipe.rows),
                "files": [str(each) for each in files],
                "seed": task.seed,
                "positive": task.positive,
                "negative": task.negative,
                "verdicts": [verdict_of(drawn.picture)],
                "seconds": round(drawn.seconds, 3),
            }
        )
    else:
        print(f"{file} was drawn again: {said}")
        for each in files:
            print(f"{each}  seed {task.seed}")
    return 0


def _said(off: int | None) -> str:
    if off is None:
        return "a picture of another size"
    if off == 0:
        return "the same pixels"
    return "within one level" if off == 1 else f"up to {off} levels of 255 off"


def _task(recipe: Recipe, start: Start | None) -> Task:
    """The picture to draw; raises InvalidRequest for settings that nobody could have asked for."""
    if recipe.width < 1 or recipe.height < 1 or not 1 <= recipe.enlarged <= MOST_ENLARGED:
        raise InvalidRequest("The file's receipt is damaged: nothing is drawn at its size.")
    if recipe.upscaled not in (1, 2, 4):
        raise InvalidRequest(f"The file's receipt is damaged: nothing is upscaled {recipe.upscaled} times.")
    request = Request(
        prompt="",
        size=nearest(recipe.width, recipe.height),
        seed=recipe.seed,
        steps=recipe.steps,
        cfg=recipe.cfg,
        sampler=recipe.sampler,
    )
    task = Task(
        job_id="local",
        index=0,
        positive=recipe.positive,
        negative=recipe.negative,
        size=request.size,
        steps=request.steps,
        cfg=request.cfg,
        sampler=request.sampler,
        seed=recipe.seed,
        enlarge=recipe.enlarged,
        rows=recipe.rows[0] if len(recipe.rows) == 1 else None,
        start=start,
        hires=recipe.hires,
        vary=recipe.vary,
        loras=tuple(lora for lora, _ in recipe.loras),
        schedule=recipe.schedule,
        guidance=recipe.guidance,
        upscale=recipe.upscaled,
    )
    task.check()
    return task


def _start(file: Path, recipe: Recipe, options: argparse.Namespace) -> Start | None:
    """What it began from, which must be given again; raises BotError for any other file."""
    picture = _given(file, options.image, recipe.source, "image", "picture")
    mask = _given(file, options.mask, recipe.mask, "mask", "mask")
    if picture is None or recipe.strength is None:
        return None
    return Start(picture, recipe.strength, mask)


def _given(file: Path, path: Path | None, digest: str, option: str, what: str) -> bytes | None:
    from bot.imaging.opening import MAX_BYTES

    if not digest:
        if path is not None:
            raise BotError(f"{file.name} did not begin from a {what}; leave --{option} out.")
        return None
    if path is None:
        raise BotError(f"{file.name} began from a {what}; give it with --{option} (its sha256 is {digest}).")
    data = read(path, MAX_BYTES)
    if hashlib.sha256(data).hexdigest() != digest:
        raise BotError(f"{path} is not the {what} that {file.name} began from (its sha256 is {digest}).")
    return data


def _require_loras(file: Path, recipe: Recipe, model: Model) -> None:
    """Raise BotError for a LoRA that is not here, or is another one of the same name."""
    from bot.engine.lora_file import hash_of

    for lora, digest in recipe.loras:
        own = model.settings.loras.get(lora.name)
        if own is None:
            raise BotError(
                f"{file.name} was drawn with the LoRA {lora.name!r}; add it to the config's loras."
            )
        if not hash_of(own.path).startswith(digest):
            raise BotError(f"{file.name} was drawn with another LoRA of the name {lora.name!r} ({digest}).")


def _same_model(file: Path, recipe: Recipe) -> Callable[[WorkerEvent], None]:
    """Stop the worker as soon as it says that it has another model."""

    def hear(event: WorkerEvent) -> None:
        match event:
            case Ready(model) if not recipe.model_hash or not model.hash.startswith(recipe.model_hash):
                own = model.hash[: len(recipe.model_hash)]
                raise BotError(
                    f"{file.name} was drawn by {recipe.model} ({recipe.model_hash}), and this is "
                    f"{model.name} ({own}); name the other one with --model."
                )

    return hear
