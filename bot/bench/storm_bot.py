"""The bot of a storm: `python -m bot run` in a process of its own, killed, stopped and started again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from bot.core.errors import BotError
from bot.sandbox import Sandbox

STOPS_WITHIN = 20.0
"""Seconds within which a bot that is asked to stop has to be gone."""
ENDS_WITHIN = 30.0
"""Seconds after which a worker whose bot is gone counts as left behind."""
STARTS_WITHIN = 120.0
TRIES = 6
"""Starts in a row that may end by themselves, as when Discord answers 502 to the login."""

# The bot goes when this process goes, however that ends: PR_SET_PDEATHSIG is 1 in Linux's sys/prctl.h.
_LAUNCH = (
    "import ctypes, os, signal, sys; ctypes.CDLL(None).prctl(1, signal.SIGKILL); "
    "os.execv(sys.executable, [sys.executable, '-m', 'bot', *sys.argv[1:]])"
)


class BotProcess:
    """Keeps one bot up: whenever it ends, it is started again, until ``close``."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.starts = 0
        self.kills = 0
        self.bad_stops = 0
        """Stops by SIGTERM that took too long or did not end with 0."""
        self.left_behind = 0
        """Workers that lived on after their bot."""
        self.died = 0
        """Ends that nobody brought about."""
        self._sandbox = sandbox
        self._config = folder / "config.toml"
        self._log_path = folder / "bot.log"
        self._config.write_text(_config(sandbox, folder / "data"))
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._besides: set[asyncio.Task[None]] = set()
        self._expected = False
        self._stopping = asyncio.Event()
        self._failed: BotError | None = None

    @property
    def online(self) -> bool:
        """Whether a bot that runs is connected and has told its commands."""
        known = bool(self._sandbox.state.commands.all(None))
        return self._process is not None and self._sandbox.state.gateway.online and known

    async def start(self) -> None:
        """Start keeping; raises BotError when the bot does not come up."""
        if sys.platform != "linux":
            raise BotError("A storm needs Linux: it finds the bot's worker among the processes in /proc.")
        self._stopping.clear()
        self._keeper = asyncio.create_task(self._keep())
        await self.until_online()

    async def until_online(self) -> None:
        """Raises BotError when that takes too long, or the bot ends again and again."""
        patience = time.monotonic() + STARTS_WITHIN
        while not self.online:
            if self._failed is not None:
                raise self._failed
            if time.monotonic() > patience:
                raise BotError(f"The bot did not come up within {STARTS_WITHIN:.0f} s: {self.last_words()}")
            await asyncio.sleep(0.05)

    def kill(self, again_after: float = 0.0) -> None:
        """As by `kill -9`, its worker left alone; does nothing while no bot runs.

        ``again_after``: seconds after which the next one is killed too, while it starts; 0 for never.
        """
        if self._process is not None and self._process.returncode is None:
            self._expected = True
            self.kills += 1
            self._process.kill()
        if again_after:
            asyncio.get_running_loop().call_later(again_after, self.kill)

    def kill_worker(self) -> bool:
        """As by `kill -9`; False when there is no worker now."""
        if self._process is None or self._process.returncode is not None:
            return False
        for pid in _children(self._process.pid, "spawn_main"):
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    def ask_to_stop(self) -> bool:
        """As by SIGTERM; the bot is started again once it has gone. False while it is not up."""
        process = self._process
        if process is None or self._expected or not self.online:
            return False
        self._expected = True
        process.terminate()
        self._beside(self._judge_stop(process))
        return True

    async def close(self) -> None:
        """Stop as the owner would, and wait until nothing is left."""
        self._stopping.set()
        if not self.ask_to_stop():
            self.kill()
        await self._gone()

    async def kill_all(self) -> None:
        """End whatever still runs, without a question."""
        self._stopping.set()
        self.kill()
        await self._gone()

    async def _gone(self) -> None:
        if self._keeper is not None:
            await asyncio.wait([self._keeper])
            self._keeper = None
        while self._besides:
            await asyncio.wait(self._besides)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._besides.add(task)
        task.add_done_callback(self._besides.discard)

    def last_words(self) -> str:
        """The last line that the bot wrote to its log."""
        lines = self._log_path.read_text("utf-8", "replace").split("\n") if self._log_path.exists() else []
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")

    async def _judge_stop(self, process: Process) -> None:
        try:
            async with asyncio.timeout(STOPS_WITHIN):
                code = await process.wait()
        except TimeoutError:
            self.bad_stops += 1
            process.kill()
            return
        self.bad_stops += code not in (0, -signal.SIGKILL)  # the storm may kill it while it stops

    async def _keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._expected = False
            process = await self._spawn()
            begun = time.monotonic()
            self._process = process
            await process.wait()
            self._process = None
            self._beside(self._empty(process.pid))
            if self._expected:
                failures = 0
                continue
            self.died += 1
            failures = 1 if time.monotonic() - begun > 30 else failures + 1
            if failures == TRIES:
                self._failed = BotError(f"The bot ended by itself {TRIES} times: {self.last_words()}")
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1.0)

    async def _spawn(self) -> Process:
        self.starts += 1
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("BOT_")},
            "BOT_TOKEN": self._sandbox.token,
        }
        with self._log_path.open("ab") as log:
            log.write(f"--- start {self.starts} at {time.time():.3f}\n".encode())
            log.flush()
            return await asyncio.create_subprocess_exec(
                sys.executable, "-c", _LAUNCH, "run", "--config", str(self._config),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment, start_new_session=True,
            )  # fmt: skip

    async def _empty(self, group: int) -> None:
        """Wait for the rest of a bot's process group, which its worker is in, and end it when it stays."""
        patience = time.monotonic() + ENDS_WITHIN
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < patience:
                os.killpg(group, 0)
                await asyncio.sleep(0.05)
            self.left_behind += 1
            os.killpg(group, signal.SIGKILL)


def _config(sandbox: Sandbox, data: Path) -> str:
    # JSON's strings are TOML's, too.
    return f"""\
[discord]
api_base = {json.dumps(sandbox.api_base)}
gateway_url = {json.dumps(sandbox.gateway_url)}

[engine]
device = "cpu"
threads = 1

[quota]
person_jobs = 0
person_per_hour = 0
person_per_day = 0
guild_jobs = 0

[storage]
path = {json.dumps(str(data))}
"""


def _children(parent: int, word: str) -> list[int]:
    """Process ids of a process's children whose command line holds a word."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                line = (stat.parent / "cmdline").read_bytes().decode("utf-8", "replace")
                found += [int(stat.parent.name)] if word in line else []
    return found
