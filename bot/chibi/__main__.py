"""`python -m bot.chibi train` makes the demo model from nothing, `python -m bot.chibi lora` its LoRAs."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from bot.chibi import LCM, LORA, MODEL_DIR, RATING_DIR, TAGGER_DIR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.chibi", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser(
        "train", help="draw, train and export everything; a run that was stopped goes on where it was"
    )
    default = Path(tempfile.gettempdir()) / "chibi-work"
    train.add_argument(
        "--work", type=Path, default=default, help="folder of pictures and checkpoints (%(default)s)"
    )
    train.add_argument("--model", type=Path, default=MODEL_DIR, help="where the model goes (%(default)s)")
    train.add_argument(
        "--rating", type=Path, default=RATING_DIR, help="where the classifier goes (%(default)s)"
    )
    train.add_argument("--tagger", type=Path, default=TAGGER_DIR, help="where the tagger goes (%(default)s)")
    train.add_argument(
        "--part",
        choices=("all", "model", "upscaler", "tagger"),
        default="all",
        help="what is trained; the last two learn from the model as it was exported (%(default)s)",
    )
    train.add_argument("--scale", type=float, default=1.0, help="share of the full run's pictures and steps")
    lora = commands.add_parser(
        "lora", help="train a demo LoRA on the shipped model; a run that was stopped goes on where it was"
    )
    lora.add_argument("--work", type=Path, default=default, help="folder of checkpoints (%(default)s)")
    lora.add_argument(
        "--kind", choices=("sketch", "lcm"), default="sketch", help="the style, or few steps (%(default)s)"
    )
    lora.add_argument("--file", type=Path, help="where the LoRA goes (its place in the package)")
    train.add_argument("--workers", type=int, default=2, help="processes of one thread each (%(default)s)")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parsed = _parser().parse_args(arguments)
    if parsed.command == "lora":
        return _lora(parsed)
    if parsed.scale <= 0 or parsed.workers < 1:
        print("--scale must be above 0 and --workers at least 1", file=sys.stderr)
        return 2
    from bot.chibi.train import Options, train
    from bot.chibi.train_crew import LOG_FORMAT

    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    options = Options(parsed.work, parsed.model, parsed.rating, parsed.tagger, parsed.scale, parsed.workers)
    train(options, parsed.part)
    return 0


def _lora(parsed: argparse.Namespace) -> int:
    import torch

    from bot.chibi.train_crew import LOG_FORMAT
    from bot.chibi.train_lcm import train_lcm
    from bot.chibi.train_lora import train_lora

    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    if parsed.kind == "lcm":
        train_lcm(parsed.work, parsed.file or LCM)
    else:
        train_lora(parsed.work, parsed.file or LORA)
    return 0


if __name__ == "__main__":
    sys.exit(main())
