"""``prompt``: what the model would read, and what policy says of it, for one prompt or a file of them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.common import Commands, add_request, model_config, print_json
from bot.core.errors import BotError
from bot.core.request import Request

if TYPE_CHECKING:
    from bot.policy.preview import Preview
    from bot.services.dry_run import DryRun

_EPILOG = """\
--batch reads one JSON object a line, {"prompt", "negative", "ceiling"} (also "rating", "subject",
"character", "series", "style"; all but the prompt may be missing), and prints one JSON object a line, in
order. A prompt that cannot be used, such as one with a weight above 2, is denied by the rule "invalid", with
a sentence among the notes. So is a line that is no such object; the command then goes on, and ends with 1.
Empty lines are passed over.
"""


def register(commands: Commands) -> None:
    """Add the command."""
    prompt = commands.add_parser(
        "prompt",
        help="what the model would read, and what policy says of it",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_request(prompt, nargs="?")
    prompt.add_argument("--batch", type=Path, metavar="FILE", help="answer the lines of a JSONL file")
    prompt.set_defaults(run=_prompt, wrong=prompt.error)


def _prompt(options: argparse.Namespace) -> int:
    if (options.prompt is None) == (options.batch is None):
        options.wrong("give either a PROMPT or --batch FILE")
    from bot.models import open_model
    from bot.services.dry_run import DryRun

    dry_run = DryRun(open_model(model_config(options)).prompts, options.ceiling)
    if options.batch is not None:
        return _batch(options.batch, dry_run)
    request = Request(
        options.prompt,
        negative=options.negative,
        quality=options.quality,
        rating=options.rating,
        seed=options.seed,
        style=options.style,
    )
    answer = dry_run.answer(request, options.ceiling)
    if options.json:
        print_json(answer)
    else:
        _print(answer, options.ceiling.word)
    return 0


def _print(answer: Preview, ceiling: str) -> None:
    if answer["window"]:
        print(f"positive  {answer['positive']}")
        print(f"negative  {answer['negative']}")
        print(f"tokens    {answer['tokens']} of {answer['window']}, negative {answer['negative_tokens']}")
    if answer["dropped"]:
        print(f"dropped   {', '.join(answer['dropped'])}")
    print(f"decision  {answer['decision']} under {ceiling}")
    if answer["explanation"]:
        print(f"why       {answer['explanation']}")
    if answer["age_context"]:
        print("note      It speaks of somebody under 18, so its rating is general everywhere.")
    for note in answer["notes"]:
        print(f"note      {note}")


def _batch(file: Path, dry_run: DryRun) -> int:
    from bot.services.dry_run import BadLine, invalid

    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        raise BotError(f"{file} cannot be read: {error.strerror}.") from None
    bad = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            answer = dry_run.line(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except (BadLine, UnicodeDecodeError) as error:
            why = str(error) if isinstance(error, BadLine) else "it is not UTF-8"
            bad.append(f"line {number}: {why}")
            answer = invalid(f"Line {number} of {file.name} cannot be read: {why}.", dry_run.ceiling)
        # ASCII, whatever this terminal's encoding is.
        sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    if bad:
        raise BotError(f"{len(bad)} of the lines of {file} cannot be read; the first is {bad[0]}.")
    return 0
