"""How a storm is told: the numbers for a terminal, and the files that a later look at a fault needs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.bench.storm_plan import Deed, Plan
from bot.sandbox import Sandbox

FAULTS = (
    "lost",
    "twice",
    "leases_held",
    "orphan_files",
    "orphan_records",
    "quota_mismatch",
    "leaked",
    "bad_stops",
    "left_behind",
)
"""What has to be 0 at the end of every storm."""


def table(result: dict[str, Any]) -> str:
    """The numbers as text for a terminal."""
    text = """\
seed {seed}: {accepted} jobs accepted in {seconds:.0f} s, {troubles} troubles, {starts} starts of the bot
delivered        {delivered}
failed visibly   {failed_visibly}
lost             {lost} (target: none, as for all below)
twice            {twice}
leases held      {leases_held}
orphan files     {orphan_files}, records {orphan_records}
quota mismatch   {quota_mismatch}
private, shown   {leaked}
bad stops        {bad_stops}, workers left behind {left_behind}""".format(**result)
    return "\n".join([text, *result["why"]])


def wrong(result: dict[str, Any]) -> str | None:
    """A sentence that names what is not 0 and has to be, or None."""
    found = [f"{result[key]} {key.replace('_', ' ')}" for key in FAULTS if result[key]]
    return f"The storm found faults: {', '.join(found)}." if found else None


def keep(
    folder: Path,
    plan: Plan,
    sandbox: Sandbox,
    weather: Iterable[tuple[float, str, Deed]],
    result: dict[str, Any],
) -> None:
    """Write the plan, what went wrong when, the ledger, the bot's requests and the result into a folder."""
    (folder / "plan.json").write_text(json.dumps(plan.as_json(), indent=1))
    (folder / "result.json").write_text(json.dumps(result, indent=1))
    told = {
        "ledger": (dataclasses.asdict(entry) for entry in sandbox.state.ledger),
        "requests": (
            [each.at, each.method, each.path, each.status, [name for name, _ in each.files]]
            for each in sandbox.log
        ),
        "weather": ({"at": at, "what": what} | dataclasses.asdict(deed) for at, what, deed in weather),
    }
    for name, lines in told.items():
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
