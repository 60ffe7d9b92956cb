"""A stop by signal: everybody is told, nothing is lost, and a second signal does not wait."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from bot.bench.storm_bot import BotProcess
from bot.sandbox import Sandbox
from tests.flows.test_delivery import Town, job_of
from tests.flows.test_imagine import texts

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_those_who_wait_are_told_and_served_in_order_after_the_restart(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        bot = BotProcess(sandbox, tmp_path)
        town = Town(sandbox, tmp_path / "data")
        await bot.start()
        try:
            # The first takes its time, so that the others wait; they come when it has its place on the card.
            asked = [await town.ask(steps=60, count=4)]
            await town.until("SELECT 1 FROM jobs WHERE id = ? AND state = 'running'", job_of(asked[0]))
            asked += [await town.ask(steps=20), await town.ask()]
            jobs = [job_of(each) for each in asked]
            assert bot.ask_to_stop()
            async with asyncio.timeout(20):
                while not all(each.message and "your place is kept" in texts(each.message) for each in asked):
                    await asyncio.sleep(0.01)
            for each, job in zip(asked, jobs, strict=True):
                message = await town.until_shown(job=job)
                assert each.message is not None and message.id == each.message.id
            await town.settled(jobs[-1])
        finally:
            await bot.close()
        assert bot.bad_stops == 0 and bot.left_behind == 0 and bot.starts == 2
        assert all(len(town.shown(job=job)) == 1 for job in jobs)


async def test_a_second_signal_stops_at_once() -> None:
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--no-browser",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert demo.stdout is not None
    async with asyncio.timeout(240):
        while line := (await demo.stdout.readline()).decode():
            if line.startswith("demo ready: http://127.0.0.1:"):
                break
        for number in (signal.SIGTERM, signal.SIGINT):
            os.kill(demo.pid, number)
        _, errors = await demo.communicate()
    assert demo.returncode in (128 + signal.SIGTERM, 128 + signal.SIGINT), errors.decode()
    assert b"Traceback" not in errors
