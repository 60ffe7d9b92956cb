"""What several commands share: their type, the config option, progress on stderr, JSON on stdout."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.core.rating import Rating
from bot.core.size import Size

if TYPE_CHECKING:
    from bot.config import Config

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_config(command: argparse.ArgumentParser) -> None:
    """``--config FILE``, with ``config.toml`` here when there is one."""
    command.add_argument("--config", type=Path, metavar="FILE", help="the owner's TOML file")


def read_config(options: argparse.Namespace) -> Config:
    """The config of ``--config``, or the defaults; raises ConfigError."""
    from bot import config

    loaded: Path | None = options.config
    return config.load(loaded)


def add_request(command: argparse.ArgumentParser, nargs: str | None = None) -> None:
    """A prompt, and what every command with a prompt takes; ``nargs="?"`` when it may be missing."""
    command.add_argument("prompt", metavar="PROMPT", nargs=nargs, help="tags with commas between them")
    command.add_argument("--negative", default="", metavar="TAGS", help="what to keep out")
    command.add_argument("--rating", type=rating, help="the rating to ask for, up to the ceiling")
    command.add_argument("--quality", metavar="WORDS", help="a quality word of the model, a preset, or none")
    command.add_argument("--style", metavar="NAME", help="a style: the bot's or one of the config")
    command.add_argument("--seed", type=int, help="0 to 4294967295, which wildcards are drawn by too")
    command.add_argument("--ceiling", type=rating, default=Rating.GENERAL, help="the highest rating allowed")
    command.add_argument("--model", metavar="NAME", help="chibi, a profile, a folder or a file")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    add_config(command)


def model_config(options: argparse.Namespace) -> Config:
    """The config, with the model that ``--model`` names."""
    config = read_config(options)
    if options.model is None or options.model in config.models:
        return config  # one of those of the config is loaded beside the first
    return config.model_copy(update={"model": config.model.model_copy(update={"name": options.model})})


def rating(text: str) -> Rating:
    """For argparse: a rating's word."""
    try:
        return Rating.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def size(text: str) -> Size:
    """For argparse: one of the nine sizes."""
    try:
        return Size.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def print_json(value: Any) -> None:
    """One JSON object on stdout, readable and in any script."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def log_to_stderr(level: int = logging.INFO) -> None:
    """Log lines with times; discord.py's own below warnings stay out, since they hold tokens at DEBUG."""
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    logging.getLogger("discord").setLevel(logging.WARNING)
