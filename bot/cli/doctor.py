"""``doctor``: whether everything that the bot needs is in order, and what would help."""

from __future__ import annotations

import argparse
import dataclasses

from bot.cli.common import Commands, add_config, print_json


def register(commands: Commands) -> None:
    """Add the command."""
    doctor = commands.add_parser("doctor", help="look at config, storage, model and the running bot")
    add_config(doctor)
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    doctor.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    """1 when something failed; a warning alone is no failure."""
    from bot.doctor import examine_all

    findings = list(examine_all(options.config))
    failed = any(finding.level == "fail" for finding in findings)
    if options.json:
        print_json({"ok": not failed, "findings": [dataclasses.asdict(each) for each in findings]})
    else:
        width = max(len(finding.what) for finding in findings)
        for finding in findings:
            print(f"{finding.level:<5}{finding.what:<{width}}  {finding.sentence} {finding.help}".rstrip())
    return int(failed)
