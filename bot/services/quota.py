"""Holds requests against what their asker and their server may have, and says when there will be more."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from bot.core.errors import Busy, InvalidRequest
from bot.core.job import Job
from bot.core.language import count, later, say
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
    """How sentences speak of whose limit it is; those with two forms are for an hour and for a day."""

    too_many: tuple[str, str]
    too_long: str
    jobs: str
    none_left: tuple[str, str]
    too_few: tuple[str, str]
    seconds: str


_PERSON = _Words(
    too_many=(
        later("This asks for {pictures} pictures, but you may have {limit:g} an hour; ask for fewer."),
        later("This asks for {pictures} pictures, but you may have {limit:g} a day; ask for fewer."),
    ),
    too_long=later(
        "This takes about {seconds:.0f} GPU-seconds, but you may have {limit:g} a day; ask for fewer steps "
        "or pictures."
    ),
    jobs=later(
        "{taken} of your {limit:g} jobs are waiting or running; ask again when one has ended, or cancel one "
        "with /queue."
    ),
    none_left=(
        later("{taken} of your {limit:g} pictures an hour are taken; the next is free {when}."),
        later("{taken} of your {limit:g} pictures a day are taken; the next is free {when}."),
    ),
    too_few=(
        later(
            "{taken} of your {limit:g} pictures an hour are taken, and this asks for {pictures}; so many are "
            "free {when}."
        ),
        later(
            "{taken} of your {limit:g} pictures a day are taken, and this asks for {pictures}; so many are "
            "free {when}."
        ),
    ),
    seconds=later(
        "{taken:.0f} of your {limit:g} GPU-seconds a day are taken, and this takes about {seconds:.0f}; so "
        "many are free {when}."
    ),
)
_GUILD = _Words(
    too_many=(
        later(
            "This asks for {pictures} pictures, but this server may have {limit:g} an hour; ask for fewer."
        ),
        later("This asks for {pictures} pictures, but this server may have {limit:g} a day; ask for fewer."),
    ),
    too_long=later(
        "This takes about {seconds:.0f} GPU-seconds, but this server may have {limit:g} a day; ask for fewer "
        "steps or pictures."
    ),
    jobs=later(
        "{taken} of this server's {limit:g} jobs are waiting or running; ask again when some have ended."
    ),
    none_left=(
        later("{taken} of this server's {limit:g} pictures an hour are taken; the next is free {when}."),
        later("{taken} of this server's {limit:g} pictures a day are taken; the next is free {when}."),
    ),
    too_few=(
        later(
            "{taken} of this server's {limit:g} pictures an hour are taken, and this asks for {pictures}; so "
            "many are free {when}."
        ),
        later(
            "{taken} of this server's {limit:g} pictures a day are taken, and this asks for {pictures}; so "
            "many are free {when}."
        ),
    ),
    seconds=later(
        "{taken:.0f} of this server's {limit:g} GPU-seconds a day are taken, and this takes about "
        "{seconds:.0f}; so many are free {when}."
    ),
)
_APART = later("Two requests have to be {limit:g} seconds apart; the next can come {when}.")

_Refusal = tuple[float, Callable[..., str]]
"""Until when, in Unix seconds, and the sentence, which lacks only ``when``."""


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
        for limit, sentence in zip((limits.per_hour, limits.per_day), words.too_many, strict=True):
            if limit and ask.pictures > limit:
                raise InvalidRequest(sentence, pictures=ask.pictures, limit=limit)
        if limits.gpu_seconds and ask.gpu_seconds > limits.gpu_seconds:
            raise InvalidRequest(words.too_long, seconds=ask.gpu_seconds, limit=limits.gpu_seconds)

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
        until, sentence = max(found, key=lambda each: each[0])
        return sentence(when=_in(until - self._clock()))


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


def _refusals(leases: Sequence[Lease], ask: _Ask, limits: Limits, words: _Words) -> Iterator[_Refusal]:
    """What each limit says that is in the way; what ends nobody knows when comes first of all, with 0."""
    jobs = sum(lease.held for lease in leases)
    if limits.jobs and jobs >= limits.jobs:
        yield 0.0, partial(say, words.jobs, taken=jobs, limit=limits.jobs)
    last = max((lease.taken_at for lease in leases if lease.taken_at < ask.at + AHEAD), default=-math.inf)
    if limits.cooldown and (end := last + limits.cooldown) > ask.at:
        yield end, partial(say, _APART, limit=limits.cooldown)
    windows = ((limits.per_hour, HOUR), (limits.per_day, DAY))
    for (limit, window), none_left, too_few in zip(windows, words.none_left, words.too_few, strict=True):
        had = [(lease.taken_at, lease.pictures) for lease in leases if lease.taken_at > ask.at - window]
        taken = sum(pictures for _, pictures in had)
        if limit and taken + ask.pictures > limit:
            sentence = none_left if taken >= limit else too_few
            until = _free(had, taken + ask.pictures - limit) + window
            yield until, partial(say, sentence, taken=taken, limit=limit, pictures=ask.pictures)
    used = [(lease.taken_at, lease.gpu_seconds) for lease in leases if lease.taken_at > ask.at - DAY]
    seconds = sum(each for _, each in used)
    if limits.gpu_seconds and seconds + ask.gpu_seconds > limits.gpu_seconds:
        until = _free(used, seconds + ask.gpu_seconds - limits.gpu_seconds) + DAY
        values = {"taken": seconds, "limit": limits.gpu_seconds, "seconds": ask.gpu_seconds}
        yield until, partial(say, words.seconds, **values)


def _free(had: Sequence[tuple[float, float]], wanted: float) -> float:
    """When the lease was taken with whose end so much is free again; the oldest come first."""
    for taken_at, amount in had:
        wanted -= amount
        if wanted <= 1e-6:  # sums of fractions of seconds
            return taken_at
    return had[-1][0] if had else 0.0


def _in(seconds: float) -> str:
    """``"in 12 minutes"``: rounded up, so that it is true."""
    if seconds > HOUR:
        return count("in {n} hour", "in {n} hours", math.ceil(seconds / HOUR))
    if seconds > 60:
        return count("in {n} minute", "in {n} minutes", math.ceil(seconds / 60))
    return count("in {n} second", "in {n} seconds", max(1, math.ceil(seconds)))
