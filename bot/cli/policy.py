"""``policy``: what the owner needs to set the thresholds of pictures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.common import Commands, add_config, print_json, read_config
from bot.core.errors import BotError

if TYPE_CHECKING:
    from bot.bench.calibrate import Calibration

SECONDS = 120.0
"""For one picture: nobody waits for it here."""
NAMED = 10
"""Files without an answer that are named in the text; the JSON names all."""


def register(commands: Commands) -> None:
    """Add the command."""
    about = "set the thresholds from which pictures are withheld"
    what = commands.add_parser("policy", help=about, description=about).add_subparsers(
        title="what", metavar="WHAT", required=True
    )
    calibrate = what.add_parser(
        "calibrate", help="rate the pictures of a folder, and show how the thresholds would treat them"
    )
    calibrate.add_argument("folder", type=Path, metavar="FOLDER", help="pictures, also in folders below")
    calibrate.add_argument("--out", type=Path, metavar="FILE.png", help="draw the distribution into a file")
    calibrate.add_argument("--json", action="store_true", help="print one JSON object")
    add_config(calibrate)
    calibrate.set_defaults(run=_calibrate)


def _calibrate(options: argparse.Namespace) -> int:
    from bot.bench import calibrate
    from bot.engine.classifiers import device_kind, open_rater
    from bot.models import classifiers_of, thresholds_of

    config = read_config(options)
    _check_target(options.out)
    calibrate.pictures(options.folder)  # before the classifiers, which take seconds to open
    device = device_kind(config.engine.devices[0])
    rater = open_rater(classifiers_of(config), device, config.engine.threads, SECONDS)
    found = calibrate.calibrate(options.folder, rater, thresholds_of(config), _report)
    if options.out is not None:
        _draw(found, options.out)
    if options.json:
        print_json({**found.as_json(), "out": options.out and str(options.out)})
    else:
        _print(found, options.out)
    return 0


def _draw(found: Calibration, out: Path) -> None:
    from bot.bench import histogram

    title = f"{_pictures(len(found.rated))} rated by {found.classifiers}"
    try:
        histogram.draw(title, found.shares(), found.lines()).save(out, "PNG")
    except OSError as error:
        raise BotError(f"The distribution could not be written: {error}.") from None


def _print(found: Calibration, out: Path | None) -> None:
    told = found.as_json()
    total = told["pictures"]
    print(f"{_pictures(total)} in {found.folder}, rated by {found.classifiers}")
    print("\nlikeliest rating")
    for name, count in told["likeliest"].items():
        print(f"  {name:<26}{count:>6}  {count / total:>6.1%}")
    print(f"\ncumulative share{'':<12}{'half':>8}{'9 of 10':>9}{'99 %':>8}{'most':>8}")
    for name, values in told["shares"].items():
        numbers = [f"{value:.3f}" for value in values.values()]
        print(f"  {name:<26}" + "".join(f"{number:>8}" for number in numbers))
    print("\nwithheld under a ceiling of")
    for name, count in told["withheld"].items():
        print(f"  {name:<26}{count:>6}  {count / total:>6.1%}")
    if told["thrown_away"]:
        print(f"\n{told['thrown_away']} would be thrown away by rule F3")
    _print_without(told["unrated"], "without a verdict, so withheld everywhere")
    _print_without(told["unreadable"], "that could not be read, and are not counted above")
    if out is not None:
        print(f"\nthe distribution is drawn in {out}")


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def _print_without(files: dict[str, str], what: str) -> None:
    if not files:
        return
    print(f"\n{len(files)} {'file' if len(files) == 1 else 'files'} {what}")
    for name, why in list(files.items())[:NAMED]:
        print(f"  {name}: {why}")
    if len(files) > NAMED:
        print(f"  and {len(files) - NAMED} more; --json names all")


def _check_target(out: Path | None) -> None:
    if out is None:
        return
    if not out.parent.is_dir():
        raise BotError(f"There is no folder {out.parent} to write {out.name} into.")
    if out.suffix.lower() != ".png":
        raise BotError(f"{out.name} should end in .png, since a PNG file is what will be written.")


def _report(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\rpicture {done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
