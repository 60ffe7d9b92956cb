"""How soon people hear back: many ask at once while the worker is busy, over the loopback Discord.

The bot is the real one, in a process of its own, and its worker draws with the demo model all the while.
Times are from the press of Enter to the first answer, as the loopback Discord sees it. What part of that
is the loopback's own is measured by an echo: a client that answers every interaction at once with one line,
in a process of its own, asked by as many people while the same worker is busy.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import multiprocessing
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import numpy as np

from bot.bench import ack_bots
from bot.config import Config, Discord, Engine, Quota, Storage
from bot.core.errors import BotError
from bot.sandbox import Sandbox
from bot.sandbox.driver import Outcome
from bot.sandbox.world import Member, User

LIMIT = 3.0
"""Seconds within which Discord wants an answer."""
PATIENCE = 240.0
"""Seconds that the bot may take to start, and a busy worker to begin."""
BUSY_STEPS = 60
TAGS = (
    "smile",
    "night",
    "glasses",
    "silver hair",
    "school uniform",
    "hat",
    "outdoors",
    "cat ears",
    "red eyes",
)


async def measure(people: int) -> dict[str, Any]:
    """Ask with ``people`` at once; returns the keys that ``table`` shows."""
    with tempfile.TemporaryDirectory(prefix="bench-ack-") as folder:
        async with (
            Sandbox() as sandbox,
            child(ack_bots.bot, config_for(sandbox, folder), sandbox.token) as pipe,
        ):
            channels = _invite(sandbox, people)
            await _occupy(sandbox)
            begun = time.monotonic()
            answers = await _ask(sandbox, channels)
            ended = time.monotonic()
            echoes = await _echoes(people)
            if all(answer.drawn for answer in answers):
                raise BotError("The worker had drawn everything before the end; ask with more people.")
            pipe.send(ack_bots.STOP)
            ticks: list[ack_bots.Tick] = await asyncio.to_thread(pipe.recv)
    while_asked = [tick for tick in ticks if begun <= tick.due <= ended]
    if len(while_asked) < 2:
        raise BotError("The bot's loop did not turn while people asked; this machine is too busy to measure.")
    lag = [tick.late for tick in while_asked]
    times = [answer.seconds for answer in answers]
    own = [answer.seconds for answer in echoes]
    return {
        "people": people,
        "p50_ms": _ms(_percentile(times, 50)),
        "p99_ms": _ms(_percentile(times, 99)),
        "max_ms": _ms(max(times)),
        "over_3s": sum(answer.seconds > LIMIT or not answer.queued for answer in answers),
        "loop_lag_p99_ms": _ms(_percentile(lag, 99)),
        "loop_lag_max_ms": _ms(max(lag)),
        "bot_cpu_ms_each": _ms((while_asked[-1].busy - while_asked[0].busy) / people),
        "sandbox_p50_ms": _ms(_percentile(own, 50)),
        "sandbox_p99_ms": _ms(_percentile(own, 99)),
        "sandbox_share": round(sum(own) / sum(times), 3),
    }


def table(result: dict[str, Any]) -> str:
    """The numbers as text for a terminal."""
    return """\
{people} people ask at once while the worker draws
first answer    p50 {p50_ms:.0f} ms, p99 {p99_ms:.0f} ms (target: under 1500), longest {max_ms:.0f} ms
over 3 s        {over_3s} (target: none), those without an answer among them
the bot's loop  late by p99 {loop_lag_p99_ms:.1f} ms (target: under 50), longest {loop_lag_max_ms:.1f} ms
its work        {bot_cpu_ms_each:.1f} ms of processor time for each person
the loopback    p50 {sandbox_p50_ms:.0f} ms, p99 {sandbox_p99_ms:.0f} ms with an echo in the bot's place:
                {sandbox_share:.0%} of all waiting is its own""".format(**result)


def main(args: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    if args.people < 1:
        raise BotError(f"{args.people} people cannot ask; at least 1 has to.")
    result = asyncio.run(measure(args.people))
    print(json.dumps(result) if args.json else table(result))
    return 0


def config_for(sandbox: Sandbox, folder: str) -> Config:
    return Config(
        discord=Discord(api_base=sandbox.api_base, gateway_url=sandbox.gateway_url),
        # A limit is held against what there is, as always, but refuses nobody: that would be quicker.
        engine=Engine(device="cpu", threads=1),
        quota=Quota(guild_jobs=10**6),
        storage=Storage(path=str(Path(folder) / "data")),
    )


def _invite(sandbox: Sandbox, people: int) -> list[str]:
    """Put as many new people into the servers by turns; returns the channel of each."""
    world = sandbox.state.world
    guilds = list(world.guilds.values())
    channels = []
    for number in range(people):
        user = User(str(10**17 + number), f"person{number}", f"Person {number}")
        guild = guilds[number % len(guilds)]
        world.users[user.id] = user
        guild.members[user.id] = Member(user)
        channels.append(("art-requests", "doodles")[number % len(guilds)])
    return channels


async def _occupy(sandbox: Sandbox) -> None:
    """Ask for four long pictures, and wait until a first step is shown."""
    asked = await sandbox.user("mika").slash("general", "imagine", prompt="1girl", count=4, steps=BUSY_STEPS)
    await asked.wait_message(lambda message: "step" in str(message.embeds), seconds=PATIENCE)


@dataclasses.dataclass(frozen=True)
class _Answer:
    """Seconds to the first answer of one person, and what they asked."""

    seconds: float
    asked: Outcome

    @property
    def queued(self) -> bool:
        """Whether it was an answer, and not a refusal for the asker alone."""
        return self.asked.message is not None and not self.asked.message.ephemeral

    @property
    def drawn(self) -> bool:
        return self.asked.message is not None and "AI-generated" in str(self.asked.message.embeds)


async def _ask(sandbox: Sandbox, channels: Sequence[str]) -> list[_Answer]:
    """Everyone at once, each in their channel."""
    chance = random.Random("bench ack")

    async def one(number: int, channel: str) -> _Answer:
        prompt = ", ".join(["1girl", *chance.sample(TAGS, 3), f"tag {number}"])
        begun = time.monotonic()
        asked = await sandbox.user(f"person{number}").slash(channel, "imagine", prompt=prompt)
        return _Answer(time.monotonic() - begun, asked)

    return await asyncio.gather(*(one(*each) for each in enumerate(channels)))


async def _echoes(people: int) -> list[_Answer]:
    async with (
        Sandbox() as sandbox,
        child(ack_bots.echo, sandbox.gateway_url, sandbox.api_base, sandbox.token) as pipe,
    ):
        answers = await _ask(sandbox, _invite(sandbox, people))
        pipe.send(ack_bots.STOP)
        await asyncio.to_thread(pipe.recv)
    return answers


@contextlib.asynccontextmanager
async def child(target: Any, *arguments: Any) -> AsyncIterator[Connection]:
    """A process of its own that said it is ready; ended at the end, whatever it does."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process: SpawnProcess = context.Process(target=target, args=(theirs, *arguments), name="bench-ack")
    process.start()
    theirs.close()
    try:
        await _ready(ours)
        yield ours
    finally:
        ours.close()
        await asyncio.to_thread(process.join, 30)
        if process.is_alive():
            process.kill()
            await asyncio.to_thread(process.join)


async def _ready(pipe: Connection) -> None:
    try:
        if not await asyncio.to_thread(pipe.poll, PATIENCE):
            raise BotError(f"The bot was not ready within {PATIENCE:.0f} s.")
        await asyncio.to_thread(pipe.recv)
    except EOFError:
        raise BotError("The bot ended before it was ready; run it alone to see why.") from None


def _percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of all do not exceed."""
    return float(np.percentile(values, percent, method="inverted_cdf"))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
