"""How soon tags are completed while people type, over the loopback Discord with 140,000 made-up tags.

The bot is the real one, in a process of its own, with an imported list. A text grows letter by letter, as it
does while somebody types; a share of the tags is typed with a slip, which is looked for the longest.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bot.bench import ack_bots
from bot.bench.ack import child, config_for
from bot.bench.storage_world import TAGS, World
from bot.core.tag import ListedTag
from bot.sandbox import Sandbox
from bot.sandbox.driver import Person
from bot.storage.database import DATABASE, Database
from bot.storage.tags import TagStore

PLACE, PERSON = "general", "mika"
HEAD = "1girl, smile, "
SLIPS = 3
"""Of so many tags one is typed with a slip."""
OPTIONS, NOTHING = ("prompt", "negative"), "profile"


async def measure(tags: int, people: int) -> dict[str, Any]:
    """Type so many tags, ``people`` of them at the same time; times are those of single letters, in ms."""
    world = World()
    with tempfile.TemporaryDirectory(prefix="bench-complete-") as folder:
        await _import(world, Path(folder) / "data")
        async with (
            Sandbox() as sandbox,
            child(ack_bots.bot, config_for(sandbox, folder), sandbox.token) as pipe,
        ):
            person, waiting = sandbox.user(PERSON), iter(_typed(world, tags))
            found = await asyncio.gather(*(_type(person, waiting) for _ in range(people)))
            pipe.send(ack_bots.STOP)
            await asyncio.to_thread(pipe.recv)
    letters = [letter for each in found for letter in each]
    times, own = [each.seconds for each in letters], [each.own for each in letters]
    return {
        "tags": TAGS,
        "people": people,
        "letters": len(letters),
        "p50_ms": _ms(times, 50),
        "p99_ms": _ms(times, 99),
        "max_ms": _ms(times, 100),
        "sandbox_p50_ms": _ms(own, 50),
        "sandbox_p99_ms": _ms(own, 99),
        "without_choices": sum(not each.choices for each in letters),
    }


async def _import(world: World, folder: Path) -> None:
    async with await Database.open(folder / DATABASE) as database:
        listed = (
            ListedTag(entry.name, entry.category, entry.count, entry.aliases) for entry in world.entries()
        )
        await TagStore(database).replace(listed)


def _typed(world: World, tags: int) -> list[str]:
    """Texts as they grow: common and rare tags, some with a slip."""
    chance = random.Random("bench complete")
    texts = []
    for number in range(tags):
        tag = world.some_tags(1)[0] if number % 2 else world.tags[world.below(TAGS)]
        if number % SLIPS == 0:
            tag = _slipped(tag, chance)
        texts += [tag[:length] for length in range(1, len(tag) + 1)]
    return texts


def _slipped(tag: str, chance: random.Random) -> str:
    """Two neighbours swapped."""
    if len(tag) < 2:
        return tag
    place = chance.randrange(len(tag) - 1)
    return tag[:place] + tag[place + 1] + tag[place] + tag[place + 2 :]


class Letter(NamedTuple):
    """Seconds until the choices came, how many, and seconds for an option that looks nothing up."""

    seconds: float
    choices: int
    own: float


async def _type(person: Person, waiting: Iterator[str]) -> list[Letter]:
    found = []
    for number, text in enumerate(waiting):
        begun = time.perf_counter()
        choices = await person.complete(PLACE, "imagine", OPTIONS[number % 2], HEAD + text)
        ended = time.perf_counter()
        await person.complete(PLACE, "imagine", NOTHING, text)
        # What was typed is the first of the choices.
        found.append(Letter(ended - begun, max(0, len(choices) - 1), time.perf_counter() - ended))
    return found


def _ms(seconds: list[float], percent: float) -> float:
    return round(1000 * float(np.percentile(seconds, percent, method="inverted_cdf")), 1)


def table(result: dict[str, Any]) -> str:
    """The numbers as text for a terminal."""
    return """\
{letters:,} letters typed by {people} at a time, with {tags:,} tags
choices         p50 {p50_ms:.0f} ms, p99 {p99_ms:.0f} ms (target: under 100), longest {max_ms:.0f} ms
the loopback    p50 {sandbox_p50_ms:.0f} ms, p99 {sandbox_p99_ms:.0f} ms for an option that looks nothing up
without any     {without_choices:,}""".format(**result)


def main(args: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    result = asyncio.run(measure(args.typed, args.people))
    print(json.dumps(result) if args.json else table(result))
    return 0
