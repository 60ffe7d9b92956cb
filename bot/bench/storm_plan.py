"""What a storm is: who asks for what, and what goes wrong when. One seed makes one plan.

A plan is told in turns, not in seconds: the turn is how many jobs were accepted plus how many have ended.
A slow or busy machine so meets the same troubles at the same stage, though never in the very same order of
milliseconds.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator
from typing import Any, Literal

DIRECT = -1
"""The place of somebody who asks in the direct messages with the bot."""

Kind = Literal[
    "kill bot",
    "kill bot at request",
    "stop bot",
    "kill worker",
    "spoil answers",
    "cut gateway",
    "ask to reconnect",
    "close gateway",
    "invalidate sessions",
    "expire tokens",
    "forget nonces",
    "delete message",
    "delete channel",
    "remove bot",
    "deny",
    "give back",
    "close direct messages",
    "open direct messages",
    "cancel",
]

ROUTES: dict[str, tuple[str | None, str, bool | None]] = {
    "any": (None, "", None),
    "first answer": ("POST", "/callback", None),
    "edit": ("PATCH", "/webhooks/", False),
    "edit with files": ("PATCH", "/webhooks/", True),
    "post": ("POST", "/messages", None),
}
"""Which requests a trouble is for: method, part of the path, with files or without (None: either)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ask:
    """One request for pictures, made again until it is accepted; first once ``after`` jobs have ended."""

    number: int
    after: int
    person: int
    place: int
    count: int
    steps: int
    seed: int
    private: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Deed:
    """Something that goes wrong at a turn.

    ``target`` is an ask's, place's or person's number; ``status`` an HTTP status, 0 for no answer at all, or
    a permission's bits; ``carried_out`` says whether a request takes effect before its answer is spoilt.
    """

    turn: int
    kind: Kind
    target: int = 0
    route: str = "any"
    status: int = 0
    times: int = 1
    carried_out: bool = False
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """Everything in order: ``asks`` by what has ended, ``deeds`` by their turn."""

    jobs: int
    seed: int
    people: int
    places: int
    asks: tuple[Ask, ...]
    deeds: tuple[Deed, ...]

    def as_json(self) -> dict[str, Any]:
        """For people and for a later look."""
        return dataclasses.asdict(self)


def make(jobs: int, seed: int) -> Plan:
    """The plan of a storm over so many accepted jobs."""
    chance = random.Random(f"storm {jobs} {seed}")
    people, places = max(4, min(40, jobs // 3)), max(4, jobs // 8)
    crowd = max(4, min(25, jobs // 4))
    asks = tuple(_ask(chance, number, crowd, people, places) for number in range(jobs))
    deeds = sorted(_deeds(chance, jobs, people, places), key=lambda deed: deed.turn)
    return Plan(jobs, seed, people, places, asks, tuple(deeds))


def _ask(chance: random.Random, number: int, crowd: int, people: int, places: int) -> Ask:
    # The crowd asks at once; after that somebody asks whenever somebody else's job has ended.
    return Ask(
        number=number,
        after=max(0, number - crowd),
        person=chance.randrange(people),
        place=DIRECT if chance.random() < 0.1 else chance.randrange(places),
        count=chance.choice((1, 1, 1, 1, 2, 3)),
        steps=chance.randint(4, 8),
        seed=chance.randrange(2**31),
        private=chance.random() < 0.2,
    )


def _deeds(chance: random.Random, jobs: int, people: int, places: int) -> Iterator[Deed]:
    last = 2 * jobs - 1
    makers: list[tuple[int, Callable[[int], Iterator[Deed]]]] = [
        (max(2, jobs // 16), lambda turn: _kill(chance, turn)),
        (max(1, jobs // 60), lambda turn: iter([Deed(turn, "stop bot")])),
        (max(1, jobs // 20), lambda turn: iter([Deed(turn, "kill worker")])),
        (max(6, jobs // 2), lambda turn: _spoil(chance, turn)),
        (max(3, jobs // 10), lambda turn: _gateway(chance, turn)),
        (max(1, jobs // 30), lambda turn: iter([Deed(turn, "expire tokens")])),
        (max(1, jobs // 30), lambda turn: iter([Deed(turn, "forget nonces")])),
        (max(1, jobs // 12), lambda turn: iter([Deed(turn, "delete message", target=turn // 2)])),
        (max(1, jobs // 15), lambda turn: iter([Deed(turn, "cancel", target=turn // 2)])),
        (max(1, jobs // 20), lambda turn: _deny(chance, turn, last, places)),
        (max(1, jobs // 40), lambda turn: _close_direct(chance, turn, last, people)),
    ]
    for times, maker in makers:
        for _ in range(times):
            yield from maker(chance.randint(2, last - 1))
    # Some places always stay, so that there is somewhere to ask.
    for place in chance.sample(range(places), max(1, min(places // 3, jobs // 30))):
        yield Deed(chance.randint(2, last - 1), "delete channel", target=place)
    yield Deed(chance.randint(jobs, last - 1), "remove bot")


def _kill(chance: random.Random, turn: int) -> Iterator[Deed]:
    # Half of them right when a request has arrived: the moment at which it is uncertain what was done.
    if chance.random() < 0.5:
        again = chance.uniform(0.5, 4.0) if chance.random() < 0.3 else 0.0
        yield Deed(turn, "kill bot", seconds=again)
        return
    route = chance.choice(("first answer", "edit with files", "edit with files", "post", "any"))
    yield Deed(turn, "kill bot at request", route=route, carried_out=chance.random() < 0.6)


def _spoil(chance: random.Random, turn: int) -> Iterator[Deed]:
    status = chance.choice((429, 500, 502, 0, 0))
    yield Deed(
        turn,
        "spoil answers",
        route=chance.choice(tuple(ROUTES)),
        status=status,
        # discord.py itself tries five times; only more than that reaches the bot as an error.
        times=chance.choice((1, 1, 2, 6)),
        carried_out=status != 429 and chance.random() < 0.5,
        seconds=round(chance.uniform(0.1, 2.0), 2),
    )


def _gateway(chance: random.Random, turn: int) -> Iterator[Deed]:
    kinds: tuple[Kind, ...] = ("cut gateway", "ask to reconnect", "close gateway", "invalidate sessions")
    yield Deed(turn, chance.choice(kinds), carried_out=chance.random() < 0.3)


def _deny(chance: random.Random, turn: int, last: int, places: int) -> Iterator[Deed]:
    place, bits = chance.randrange(places), chance.choice((1 << 10, 1 << 11, 1 << 15))
    yield Deed(turn, "deny", target=place, status=bits)
    yield Deed(min(last, turn + chance.randint(3, 20)), "give back", target=place)


def _close_direct(chance: random.Random, turn: int, last: int, people: int) -> Iterator[Deed]:
    person = chance.randrange(people)
    yield Deed(turn, "close direct messages", target=person)
    yield Deed(min(last, turn + chance.randint(3, 20)), "open direct messages", target=person)
