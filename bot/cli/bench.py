"""``bench``: measurements that an owner can run."""

from __future__ import annotations

import argparse
import functools
import importlib
from pathlib import Path

from bot.cli.common import Commands, add_config, size


def register(commands: Commands) -> None:
    """Add the command."""
    bench = commands.add_parser("bench", help="measure something on this machine")
    what = bench.add_subparsers(title="what", metavar="WHAT", required=True)
    chibi = _measure(what, "chibi", help="how well the demo model shows what it is asked for")
    chibi.add_argument("--seeds", type=int, default=50, metavar="N", help="pictures a tag (default: 50)")
    chibi.add_argument("--model", type=Path, metavar="DIR", help="diffusers folder with its meter beside it")
    ack = _measure(what, "ack", help="how soon people hear back when many ask at once")
    ack.add_argument("--people", type=int, default=200, metavar="N", help="how many ask (default: 200)")
    _add_complete(what)
    _add_engine(what)
    _add_queue(what)
    _add_real_size(what)
    _add_storage(what)
    _add_storm(what)
    _add_policy(what)
    _add_profiles(what)
    _add_memory(what)


def _add_complete(what: Commands) -> None:
    complete = _measure(what, "complete", help="how soon tags are completed while people type")
    complete.add_argument("--typed", type=_positive, default=150, metavar="N", help="tags (default: 150)")
    complete.add_argument("--people", type=_positive, default=1, metavar="N", help="at a time (default: 1)")


def _add_profiles(what: Commands) -> None:
    profiles = _measure(what, "profiles", help="what fast profiles cost in likeness and gain in time")
    profiles.add_argument("--seeds", type=_positive, default=24, metavar="N", help="pictures (default: 24)")
    add_config(profiles)


def _add_memory(what: Commands) -> None:
    memory = _measure(what, "memory", help="whether a worker grows over many models and LoRAs")
    memory.add_argument(
        "--requests", type=_positive, default=1000, metavar="N", help="pictures (default: 1000)"
    )
    memory.add_argument("--steps", type=_positive, default=1, metavar="N", help="of each (default: 1)")


def _add_policy(what: Commands) -> None:
    policy = _measure(what, "policy", help="how many prompts a second are composed and judged")
    policy.add_argument("--prompts", type=_positive, default=20_000, metavar="N", help="default: 20000")
    policy.add_argument("--seed", type=int, default=1, help="of the prompts (default: 1)")


def _add_engine(what: Commands) -> None:
    engine = _measure(what, "engine", help="the running batch against diffusers' pipeline, one at a time")
    engine.add_argument(
        "--rounds", type=_positive, default=3, metavar="N", help="of 16 requests (default: 3)"
    )
    engine.add_argument(
        "--singles", type=_positive, default=12, metavar="N", help="pairs of a single request (default: 12)"
    )
    engine.add_argument("--seats", type=_positive, default=4, metavar="N", help="in the batch (default: 4)")


def _add_queue(what: Commands) -> None:
    queue = _measure(what, "queue", help="what somebody who asks for much costs the others")
    queue.add_argument("--asked", type=_positive, default=100, metavar="N", help="pictures (default: 100)")
    queue.add_argument("--count", type=_positive, default=1, metavar="N", help="... of each job (default: 1)")
    queue.add_argument("--people", type=_positive, default=20, metavar="N", help="the others (default: 20)")
    queue.add_argument("--steps", type=_positive, default=28, metavar="N", help="default: 28")
    queue.add_argument("--seed", type=int, default=1, help="when the others come (default: 1)")
    queue.add_argument("--device", default="auto", help="torch's name of a device (default: auto)")
    queue.add_argument("--threads", type=_positive, metavar="N", help="CPU threads; default: torch's choice")


def _add_real_size(what: Commands) -> None:
    real = _measure(what, "real-size", help="how fast this machine is at SDXL's real size; random weights")
    real.add_argument("--sizes", type=size, nargs="+", metavar="WxH", help="default: all on CUDA, else one")
    real.add_argument("--batches", type=_positive, nargs="+", metavar="N", help="pictures that share a step")
    real.add_argument("--steps", type=_positive, metavar="N", help="default: 10 on CUDA, else 1")
    real.add_argument("--device", default="auto", help="torch's name of a device (default: auto)")
    real.add_argument("--threads", type=_positive, metavar="N", help="CPU threads; default: torch's choice")
    real.add_argument("--peak", type=float, metavar="TFLOPS", help="the device's peak, when it is not known")
    real.add_argument("--no-decode", dest="decode", action="store_false", help="leave the VAE out")
    real.add_argument(
        "--compile", action=argparse.BooleanOptionalAction, help="compile the UNet's blocks; default: on CUDA"
    )


def _add_storm(what: Commands) -> None:
    storm = _measure(what, "storm", help="whether anything is lost or doubled while everything fails")
    storm.add_argument("--jobs", type=_positive, default=120, metavar="N", help="accepted (default: 120)")
    storm.add_argument("--seed", type=int, default=1, help="of the plan (default: 1)")
    storm.add_argument(
        "--plan", action="store_true", help="print the plan as one JSON object, and do nothing"
    )
    storm.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the storage, the logs and the plan here"
    )


def _add_storage(what: Commands) -> None:
    storage = _measure(what, "storage", help="the database at a million jobs: pages, search, writing, size")
    storage.add_argument(
        "--rows",
        type=_positive,
        default=1_000_000,
        metavar="N",
        help="jobs in the history (default: a million)",
    )
    storage.add_argument("--folder", type=Path, metavar="DIR", help="where to write (default: TMPDIR)")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _measure(what: Commands, name: str, help: str) -> argparse.ArgumentParser:
    """A measurement of ``bot.bench``, which is imported only when it is asked for."""
    parser = what.add_parser(name, help=help)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=functools.partial(_run, name))
    return parser


def _run(name: str, options: argparse.Namespace) -> int:
    module = importlib.import_module(f"bot.bench.{name.replace('-', '_')}")
    return int(module.main(options))
