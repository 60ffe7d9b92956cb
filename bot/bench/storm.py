"""A storm over the bot: many people ask at once while everything that can fail does, and then the books.

The bot is `python -m bot run` in a process of its own, on a loopback Discord, with the demo model. Bot and
worker are killed, answers fail or get lost, the gateway drops, tokens expire, messages, channels and
permissions go. When all is quiet again, the loopback Discord's own ledger is held against the database and
the pictures' folder. The same seed gives the same plan; on a busy machine the troubles may meet other
requests than on an idle one, since bot, worker and people go at their own pace.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.bench import storm_plan, storm_report
from bot.bench.storm_bot import BotProcess
from bot.bench.storm_judge import Judge
from bot.bench.storm_people import Crowd
from bot.bench.storm_plan import Plan
from bot.bench.storm_records import DONE, Judgement, read_storage
from bot.bench.storm_report import table, wrong
from bot.bench.storm_weather import Weather
from bot.core.errors import BotError, StorageError
from bot.sandbox import Sandbox
from bot.storage import outside
from bot.storage.database import DATABASE

LOOK = 0.1
"""Seconds between two looks at how far the storm is."""
STALL = 20.0
"""Seconds without news after which the storm goes one turn on: something may be lost for ever."""
NUDGE = 5.0
QUIET = 2.0
"""Seconds without a request from the bot that count as quiet, once it owes nobody anything."""
CALM = 60.0
"""Seconds without any change after which what is open then stays open: longer than one retry takes."""
CALM_AGAIN = 20.0
CALM_WHILE_DRAWING = 180.0
"""The same while a job has not ended: a slow machine may take long to load the model."""
LONGEST_SETTLING = 600.0
CHANCES = 3
"""How often somebody whose job is open uses another command, which gives the bot a chance to tell of it."""


async def measure(plan: Plan, keep: Path | None = None) -> dict[str, Any]:
    """Let the storm rage and judge it; returns the keys that ``storm_report.table`` shows.

    ``keep`` is a folder for everything that a later look needs, else all is forgotten. Raises BotError when
    the bot does not come up or takes nobody's request.
    """
    with contextlib.ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-storm-")))
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "data").exists():
            raise BotError(f"{folder} holds an earlier storm; name another folder, or empty it.")
        async with Sandbox() as sandbox:
            storm = _Storm(sandbox, plan, folder)
            try:
                begun = time.monotonic()
                await storm.rage()
                judgement = await storm.settle()
            finally:
                await storm.bot.kill_all()
            result = storm.result(judgement) | {"seconds": round(time.monotonic() - begun, 1)}
        if keep is not None:
            storm_report.keep(keep, plan, sandbox, storm.weather.told, result)
        return result


class _Storm:
    def __init__(self, sandbox: Sandbox, plan: Plan, folder: Path) -> None:
        self.bot = BotProcess(sandbox, folder)
        self.sandbox = sandbox
        self.crowd = Crowd(sandbox, self.bot, plan)
        self.weather = Weather(sandbox, self.bot, self.crowd)
        self._plan = plan
        self._data = folder / "data"
        self._nudges = 0

    async def rage(self) -> None:
        """Until every ask was accepted and its job has ended, or nothing moves any more."""
        await self.bot.start()
        asks, deeds = deque(self._plan.asks), deque(self._plan.deeds)
        asking: set[asyncio.Task[None]] = set()
        news = _News()
        try:
            while asks or asking or self._ended() < len(self.crowd.accepted):
                ended, accepted = self._ended(), len(self.crowd.accepted)
                while asks and asks[0].after <= ended + self._nudges:
                    asking.add(asyncio.create_task(self.crowd.ask(asks.popleft())))
                if deeds and deeds[0].turn <= accepted + ended + self._nudges:
                    await self.weather.do(deeds.popleft())
                done = {task for task in asking if task.done()}
                asking -= done
                for task in done:
                    task.result()
                if news.stalled((accepted, ended), STALL + NUDGE * self._nudges):
                    if not asks and not asking and not deeds:
                        break
                    self._nudges += 1  # the next troubles come all the same
                await asyncio.sleep(LOOK)
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        self.weather.missed += len(deeds)

    async def settle(self) -> Judgement:
        """Fair weather until all is quiet; then a stop, a start that takes up what is left, and the end."""
        await self.weather.clear()
        await self._quiet(CALM)
        await self.bot.close()
        await self.bot.start()
        await self._quiet(CALM_AGAIN)
        await self.bot.close()
        return self._judge()

    def result(self, found: Judgement) -> dict[str, Any]:
        return {
            "jobs": self._plan.jobs,
            "seed": self._plan.seed,
            "accepted": len(self.crowd.accepted),
            "delivered": len(found.delivered),
            "failed_visibly": len(found.failed),
            "lost": len(found.lost),
            "twice": len(found.twice),
            "leases_held": len(found.held),
            "orphan_files": len(found.orphan_files),
            "orphan_records": len(found.orphan_records),
            "quota_mismatch": len(found.mismatched),
            "leaked": len(found.leaked),
            "bad_stops": self.bot.bad_stops,
            "left_behind": self.bot.left_behind,
            "starts": self.bot.starts,
            "kills": self.bot.kills,
            "died": self.bot.died,
            "not_accepted": len(self.crowd.refusals),
            "troubles": self.weather.done,
            "troubles_missed": self.weather.missed,
            "why": found.why,
        }

    def _judge(self) -> Judgement:
        judge = Judge(self.sandbox.state.ledger, self.sandbox.state.bot_id)
        kept = read_storage(self._data, DATABASE)
        return judge.judge(list(self.crowd.accepted.values()), self.weather.closed, kept)

    async def _quiet(self, calm: float) -> None:
        """Until nobody waits for anything and the bot asks nothing, or nothing changes for so long."""
        until, news, chances = time.monotonic() + LONGEST_SETTLING, _News(), CHANCES
        while time.monotonic() < until:
            await self.bot.until_online()
            requests = len(self.sandbox.log)
            await asyncio.sleep(QUIET)
            found = self._judge()
            if len(self.sandbox.log) == requests and not (found.lost or found.held or self._owed()):
                return
            drawing = self._ended() < len(self.crowd.accepted)
            seconds = CALM_WHILE_DRAWING if drawing else calm
            if news.stalled((len(self.sandbox.state.ledger), found.lost, found.held), seconds):
                return
            if chances and not drawing:
                chances -= 1
                await self._ask_after(found.lost)

    async def _ask_after(self, jobs: Sequence[str]) -> None:
        users = {job.user_id for job in self.crowd.accepted.values() if job.job_id in jobs}
        await asyncio.gather(*(self.crowd.look_in(user) for user in sorted(users)))

    def _owed(self) -> bool:
        """Whether the bot may send something yet, by the database."""
        (rows,) = outside.read(self._data / DATABASE, "SELECT 1 FROM deliveries WHERE state = 'owed' LIMIT 1")
        return bool(rows)

    def _ended(self) -> int:
        """How many of the accepted jobs have ended by the database; 0 while it cannot be read."""
        try:
            (rows,) = outside.read(self._data / DATABASE, "SELECT id, state FROM jobs")
        except StorageError:
            return 0
        final = {row["id"] for row in rows if row["state"] in DONE}
        return sum(job.job_id in final for job in self.crowd.accepted.values())


class _News:
    """Notices when something has been the same for long."""

    def __init__(self) -> None:
        self._last: object = None
        self._since = time.monotonic()

    def stalled(self, now: object, seconds: float) -> bool:
        """Whether ``now`` is what it was, for so many seconds since it changed."""
        if now != self._last:
            self._last, self._since = now, time.monotonic()
        return time.monotonic() - self._since > seconds


def main(args: argparse.Namespace) -> int:
    """Measure and print; return the exit code: 1 when anything was lost, doubled or left over."""
    if args.jobs < 4:
        raise BotError(f"{args.jobs} jobs are no storm; at least 4 are.")
    plan = storm_plan.make(args.jobs, args.seed)
    if args.plan:
        print(json.dumps(plan.as_json()))
        return 0
    result = asyncio.run(measure(plan, args.keep))
    print(json.dumps(result) if args.json else table(result))
    if sentence := wrong(result):
        print(sentence, file=sys.stderr)
        return 1
    return 0
