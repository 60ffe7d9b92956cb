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
