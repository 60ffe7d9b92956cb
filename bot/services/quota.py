"""Holds requests against what their asker and their server may have, and says when there will be more."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from bot.core.errors import Busy, InvalidRequest
from bot.core.job import Job
from bot.core.quota import DAY, HOUR, Limits
from bot.storage.quota import AHEAD, Lease, QuotaStore

FORGET_EVERY = 3600.0
"""Seconds between two clearings of old leases."""
TRIES = 3
"""How often a request is tried when what stood in its way was gone as soon as one looked for it."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Ask:
    pictures: int
    gpu_seconds: float
    at: float


@dataclasses.dataclass(frozen=True, slots=True)
class _Words:
    """How a sentence speaks of whose limit it is."""

    their: str
    they: str
    hint: str


_PERSON = _Words("your", "you", "ask again when one has ended, or cancel one with /queue")
_GUILD = _Words("this server's", "this server", "ask again when some have ended")


class QuotaService:
    """Accepts jobs under the owner's limits.

    ``person`` and ``guild`` are everybody's limits; ``roles`` names some of a person's by role id or name.
    """

    def __init__(
        self,
        store: QuotaStore,
        person: Limits,
        guild: Limits,
        roles: Mapping[str, Mapping[str, float]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._person = person
        self._guild = guild
        self._roles = roles
        self._clock = clock

    async def require_room(
        self, user_id: int, guild_id: int | None, roles: Collection[str], pictures: int
    ) -> None:
        """Look, before work that costs something, whether so many pictures would be refused anyway.

        Raises what `add` does, which has the last word: it also knows how long the pictures take.
        """
        person = limits_of(roles, self._person, self._roles)
        ask = _Ask(pictures, 0.0, self._clock())
        self._check_all(ask, guild_id, person)
        if why := await self._why(user_id, guild_id, ask, person):
            raise Busy(why)

    async def add(self, job: Job, roles: Collection[str], gpu_seconds: float) -> None:
        """Write a new job down with its lease; ``gpu_seconds`` is what it is expected to take.

        Raises InvalidRequest for what no limit will ever leave room for, and Busy, saying when there will be
        more, for what a limit has no room for now. Nothing is written then.
        """
        person = limits_of(roles, self._person, self._roles)
        ask = _Ask(job.request.count, gpu_seconds, job.created_at)
        self._check_all(ask, job.place.guild_id, person)
        for _ in range(TRIES):
            if await self._store.add(job, gpu_seconds, person, self._guild):
                return
            if why := await self._why(job.user_id, job.place.guild_id, ask, person):
                raise Busy(why)
        raise Busy("Too much was asked for at the same moment; please try again.")

    async def repair(self) -> int:
        """Settle what an earlier run left held of jobs that have ended; returns how many there were."""
        return await self._store.repair()

    async def forget_old(self) -> None:
        """Forget what counts for nothing any more."""
        await self._store.forget_old()

    def _check_all(self, ask: _Ask, guild_id: int | None, person: Limits) -> None:
        self._check(ask, person, _PERSON)
        if guild_id is not None:
            self._check(ask, self._guild, _GUILD)

    def _check(self, ask: _Ask, limits: Limits, words: _Words) -> None:
        for limit, window in ((limits.per_hour, "an hour"), (limits.per_day, "a day")):
            if limit and ask.pictures > limit:
                raise InvalidRequest(
                    f"This asks for {ask.pictures} pictures, but {words.they} may have {limit} {window}; "
                    "ask for fewer."
                )
        if limits.gpu_seconds and ask.gpu_seconds > limits.gpu_seconds:
            raise InvalidRequest(
                f"This takes about {ask.gpu_seconds:.0f} GPU-seconds, but {words.they} may have "
                f"{limits.gpu_seconds:g} a day; ask for fewer steps or pictures."
            )

    async def _why(self, user_id: int, guild_id: int | None, ask: _Ask, person: Limits) -> str | None:
        """The sentence for what is in the way longest, or None when nothing is any more."""
        since = ask.at - max(DAY, person.cooldown)
        leases = await self._store.of("user_id", user_id, since)
        found = list(_refusals(leases, ask, person, _PERSON))
        if guild_id is not None:
            leases = await self._store.of("guild_id", guild_id, since)
            found += _refusals(leases, ask, self._guild, _GUILD)
        if not found:
            return None
        until, sentence = max(found)
        return sentence.format(when=_in(until - self._clock()))


def limits_of(
    roles: Collection[str], everybody: Limits, by_role: Mapping[str, Mapping[str, float]]
) -> Limits:
    """A person's limits: of each, the best that a role of theirs names, else everybody's."""
    mine = [by_role[role] for role in roles if role in by_role]
    best: dict[str, float] = {}
    for name in {name for changes in mine for name in changes}:
        named = [changes[name] for changes in mine if name in changes]
        best[name] = min(named) if name == "cooldown" or 0 in named else max(named)
    return dataclasses.replace(everybody, **best)  # type: ignore[arg-type]  # the config's names are these


def _refusals(
    leases: Sequence[Lease], ask: _Ask, limits: Limits, words: _Words
) -> Iterator[tuple[float, str]]:
    """(Until when in Unix seconds, why) for each limit that is in the way; ``{when}`` is left open.

    What ends nobody knows when comes first of all, with 0.
    """
    jobs = sum(lease.held for lease in leases)
    if limits.jobs and jobs >= limits.jobs:
        yield 0.0, f"{_of(jobs, words.their, limits.jobs, 'jobs')} are waiting or running; {words.hint}."
    last = max((lease.taken_at for lease in leases if lease.taken_at < ask.at + AHEAD), default=-math.inf)
    if limits.cooldown and (end := last + limits.cooldown) > ask.at:
        yield end, f"Two requests have to be {limits.cooldown:g} seconds apart; the next can come {{when}}."
    for limit, window, name in ((limits.per_hour, HOUR, "an hour"), (limits.per_day, DAY, "a day")):
        had = [(lease.taken_at, lease.pictures) for lease in leases if lease.taken_at > ask.at - window]
        taken = sum(pictures for _, pictures in had)
        if limit and taken + ask.pictures > limit:
            until = _free(had, taken + ask.pictures - limit) + window
            said = f"{_of(taken, words.their, limit, 'pictures')} {name} are taken"
            if taken >= limit:
                yield until, f"{said}; the next is free {{when}}."
            else:
                yield until, f"{said}, and this asks for {ask.pictures}; so many are free {{when}}."
    used = [(lease.taken_at, lease.gpu_seconds) for lease in leases if lease.taken_at > ask.at - DAY]
    seconds = sum(each for _, each in used)
    if limits.gpu_seconds and seconds + ask.gpu_seconds > limits.gpu_seconds:
        said = _of(round(seconds), words.their, limits.gpu_seconds, "GPU-seconds")
        until = _free(used, seconds + ask.gpu_seconds - limits.gpu_seconds) + DAY
        wants = f"this takes about {ask.gpu_seconds:.0f}"
        yield until, f"{said} a day are taken, and {wants}; so many are free {{when}}."


def _free(had: Sequence[tuple[float, float]], wanted: float) -> float:
    """When the lease was taken with whose end so much is free again; the oldest come first."""
    for taken_at, amount in had:
        wanted -= amount
        if wanted <= 1e-6:  # sums of fractions of seconds
            return taken_at
    return had[-1][0] if had else 0.0


def _of(taken: int, their: str, limit: float, what: str) -> str:
    return f"{taken} of {their} {limit:g} {what}"


def _in(seconds: float) -> str:
    """``"in 12 minutes"``: rounded up, so that it is true."""
    for size, name in ((HOUR, "hour"), (60.0, "minute")):
        if seconds > size:
            number = math.ceil(seconds / size)
            return f"in {number} {name}s"
    number = max(1, math.ceil(seconds))
    return "in 1 second" if number == 1 else f"in {number} seconds"
