"""What a refusal for want of quota says: what is used up, and when there is more; and whose limits count."""

from __future__ import annotations

import dataclasses
import time

import pytest

from bot.core.errors import Busy, InvalidRequest, UserError
from bot.core.job import Job, JobState, Place
from bot.core.quota import HOUR, Limits
from bot.core.request import Request
from bot.services.quota import QuotaService, limits_of
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.quota import QuotaStore
from tests.services.house import asked

NONE = Limits()


class Counter:
    """A person who asks again and again; their clock is turned by hand."""

    def __init__(self, database: Database, person: Limits, guild: Limits = NONE, **roles: object) -> None:
        self.now = time.time()
        self.number = 0
        self.jobs = JobStore(database)
        self.service = QuotaService(
            QuotaStore(database),
            person,
            guild,
            roles,  # type: ignore[arg-type]
            lambda: self.now,
        )

    async def ask(
        self, count: int = 1, *, user: int = 7, gpu_seconds: float = 0.0, roles: tuple[str, ...] = ()
    ) -> Job:
        self.number += 1
        job = dataclasses.replace(
            asked(f"job{self.number:05}", user_id=user),
            request=Request("1girl", count=count),
            created_at=self.now,
        )
        await self.service.add(job, roles, gpu_seconds)
        return job

    async def refused(self, count: int = 1, **options: object) -> str:
        with pytest.raises(UserError) as caught:
            await self.ask(count, **options)  # type: ignore[arg-type]
        sentence = str(caught.value)
        assert "{" not in sentence and "\n" not in sentence
        return sentence


async def test_so_many_jobs_at_once(database: Database) -> None:
    counter = Counter(database, Limits(jobs=2), Limits(jobs=3))
    first = await counter.ask()
    await counter.ask()
    assert await counter.refused() == (
        "2 of your 2 jobs are waiting or running; ask again when one has ended, or cancel one with /queue."
    )
    await counter.ask(user=8)
    assert await counter.refused(user=9) == (
        "3 of this server's 3 jobs are waiting or running; ask again when some have ended."
    )
    await counter.jobs.finish(first.id, JobState.CANCELLED, error="why")
    await counter.ask()


async def test_pictures_of_an_hour_and_when_the_next_is_free(database: Database) -> None:
    counter = Counter(database, Limits(per_hour=4))
    await counter.ask(1)
    counter.now += 600
    await counter.ask(2)
    counter.now += 600
    assert await counter.refused(2) == (
        "3 of your 4 pictures an hour are taken, and this asks for 2; so many are free in 40 minutes."
    )
    await counter.ask(1)
    assert (
        await counter.refused() == "4 of your 4 pictures an hour are taken; the next is free in 40 minutes."
    )
    counter.now += 2400 - 20
    assert "free in 20 seconds" in await counter.refused()
    counter.now += 20
    await counter.ask()


async def test_the_limit_that_lasts_longest_is_named(database: Database) -> None:
    counter = Counter(database, Limits(jobs=1, per_hour=1, per_day=1, cooldown=30))
    await counter.ask()
    assert await counter.refused() == "1 of your 1 pictures a day are taken; the next is free in 24 hours."


async def test_a_server_is_limited_as_a_whole(database: Database) -> None:
    counter = Counter(database, NONE, Limits(per_hour=2))
    await counter.ask(user=1)
    await counter.ask(user=2)
    assert "of this server's 2 pictures an hour" in await counter.refused(user=3)


async def test_seconds_of_the_engine(database: Database) -> None:
    counter = Counter(database, Limits(gpu_seconds=60.0))
    first = await counter.ask(gpu_seconds=50.0)
    assert await counter.refused(gpu_seconds=20.0) == (
        "50 of your 60 GPU-seconds a day are taken, and this takes about 20; so many are free in 24 hours."
    )
    await counter.jobs.finish(first.id, JobState.DONE, gpu_seconds=40.0)
    await counter.ask(gpu_seconds=20.0)


async def test_a_cooldown_outlives_the_service(database: Database) -> None:
    counter = Counter(database, Limits(cooldown=30))
    job = await counter.ask()
    await counter.jobs.finish(job.id, JobState.CANCELLED, error="why")
    again = Counter(database, Limits(cooldown=30))
    again.number, again.now = 10, counter.now + 18
    assert await again.refused() == (
        "Two requests have to be 30 seconds apart; the next can come in 12 seconds."
    )
    again.now += 12
    await again.ask()


@pytest.mark.parametrize(
    ("limits", "count", "gpu_seconds", "said"),
    [
        (Limits(per_hour=3), 4, 0.0, "asks for 4 pictures, but you may have 3 an hour; ask for fewer."),
        (Limits(per_day=2), 3, 0.0, "you may have 2 a day"),
        (Limits(gpu_seconds=10.5), 1, 20.0, "takes about 20 GPU-seconds, but you may have 10.5 a day"),
    ],
)
async def test_what_no_limit_ever_leaves_room_for(
    database: Database, limits: Limits, count: int, gpu_seconds: float, said: str
) -> None:
    counter = Counter(database, limits)
    with pytest.raises(InvalidRequest, match=said):
        await counter.ask(count, gpu_seconds=gpu_seconds)
    counter = Counter(database, NONE, limits)
    with pytest.raises(InvalidRequest, match=said.replace("you", "this server")):
        await counter.ask(count, gpu_seconds=gpu_seconds)


async def test_a_direct_message_knows_no_server(database: Database) -> None:
    counter = Counter(database, NONE, Limits(per_hour=1))
    await counter.ask()
    for number in range(3):
        job = dataclasses.replace(
            asked(f"direct0{number}"), created_at=counter.now, place=Place(None, 2), request=Request("1girl")
        )
        await counter.service.add(job, (), 0.0)


async def test_a_role_changes_what_it_names_and_nothing_else(database: Database) -> None:
    counter = Counter(database, Limits(jobs=1, per_hour=2), Patron={"jobs": 0})
    await counter.ask(roles=("Patron", "1234"))
    await counter.ask(roles=("Patron", "1234"))
    with pytest.raises(Busy, match="pictures an hour"):
        await counter.ask(roles=("Patron", "1234"))
    await counter.ask(user=8)
    with pytest.raises(Busy, match="waiting or running"):
        await counter.ask(user=8)


def test_the_best_role_counts() -> None:
    everybody = Limits(jobs=5, per_hour=10, cooldown=30)
    by_role = {
        "Muted": {"jobs": 1, "cooldown": 120.0},
        "Artist": {"jobs": 10, "cooldown": 60.0},
        "55": {"per_hour": 0, "jobs": 8},
    }
    assert limits_of((), everybody, by_role) == everybody
    assert limits_of({"Nobody"}, everybody, by_role) == everybody
    assert limits_of({"Muted"}, everybody, by_role) == Limits(jobs=1, per_hour=10, cooldown=120)
    assert limits_of({"Muted", "Artist", "55"}, everybody, by_role) == Limits(jobs=10, cooldown=60)


async def test_a_clock_that_was_turned_back_keeps_nobody_waiting_for_ever(database: Database) -> None:
    counter = Counter(database, Limits(per_hour=1))
    await counter.ask()
    counter.now -= 3 * HOUR
    assert "in 4 hours" in await counter.refused()


async def test_a_clock_that_was_turned_back_prolongs_no_cooldown(database: Database) -> None:
    counter = Counter(database, Limits(cooldown=30))
    await counter.ask()
    counter.now -= HOUR
    await counter.ask()
    assert "30 seconds apart; the next can come in 30 seconds" in await counter.refused()
    # Somebody else's request of this moment may have come first.
    counter.now -= 1
    assert "in 31 seconds" in await counter.refused()
