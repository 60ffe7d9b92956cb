"""What ``imagine`` can begin from and go on to: a picture with a mask, a variation, a second pass."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.cli.studio import read
from bot.core.errors import InvalidRequest
from bot.core.job import Start
from bot.core.request import Vary
from bot.core.size import DEFAULT_SIZE, Size, nearest

STRENGTH = 0.6
"""Share of the steps that is done on a picture unless told otherwise."""


def add(command: argparse.ArgumentParser) -> None:
    """The options."""
    command.add_argument("--image", type=Path, metavar="FILE", help="a picture to begin from")
    command.add_argument(
        "--strength",
        type=float,
        metavar="S",
        help=f"how much of it is drawn anew, up to 1 (default: {STRENGTH})",
    )
    command.add_argument(
        "--mask", type=Path, metavar="FILE", help="a picture that is white where the image is drawn anew"
    )
    command.add_argument(
        "--hires", action="store_true", help="draw over the picture a second time at 1.5 times its size"
    )
    command.add_argument(
        "--vary", type=_vary, metavar="SEED:SHARE", help="go a share, 0 to 1, of the way to another seed"
    )


def check(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Leave with exit code 2 for options that say nothing without an image."""
    for name in ("strength", "mask"):
        if options.image is None and getattr(options, name) is not None:
            command.error(f"argument --{name}: needs --image FILE, the picture to begin from")


def start_of(options: argparse.Namespace) -> Start | None:
    """What to begin from; raises BotError for files that cannot be read, InvalidRequest for no pictures."""
    if options.image is None:
        return None
    from bot.imaging.opening import MAX_BYTES, open_mask, open_picture

    picture = read(options.image, MAX_BYTES)
    open_picture(picture)
    mask = None if options.mask is None else read(options.mask, MAX_BYTES)
    if mask is not None:
        open_mask(mask)
    return Start(picture, STRENGTH if options.strength is None else options.strength, mask)


def shape(start: Start | None) -> Size:
    """The size that suits what is begun from."""
    if start is None:
        return DEFAULT_SIZE
    from bot.imaging.opening import open_picture

    return nearest(*open_picture(start.picture).size)


def _vary(text: str) -> Vary:
    seed, _, share = text.partition(":")
    try:
        return Vary(int(seed), float(share))
    except InvalidRequest as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not SEED:SHARE, such as 7:0.1") from None
