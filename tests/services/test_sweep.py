"""What nobody knows of goes, what is wanted stays, and servers that removed the bot are forgotten."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path

import pytest

from bot.core.job import JobState, Place
from bot.core.request import Request, Source
from bot.services.guilds import LEFT, GuildService
from bot.services.sweep import FRESH, SweepService
from bot.storage.deliveries import Owed
from bot.storage.favourites import FavouriteStore
from bot.storage.guilds import GuildStore
from bot.storage.sweep import SweepStore
from tests.services.house import ID, House, asked, picture

DAY = 86400.0


def sweeper(house: House, keep_days: float = 0.0, keep_gb: float = 0.0) -> SweepService:
    store = SweepStore(house.database)
    return SweepService(
        store, house.deliveries, house.files, house.sources, keep_days=keep_days, keep_gb=keep_gb
    )


async def drawn(house: House, job_id: str, png: bytes, *, age: float = 0.0, owed: bool = False) -> Path:
    await house.jobs.add(dataclasses.replace(asked(job_id), created_at=time.time() - age))
    sha256 = await house.files.add(png)
    image = dataclasses.replace(picture().image, sha256=sha256)
    await house.jobs.finish(job_id, JobState.DONE, images=[image], owed=Owed() if owed else None)
    return house.files.path(sha256)


async def test_files_of_an_earlier_run_without_a_record_go_at_once(house: House, tmp_path: Path) -> None:
    kept = await drawn(house, "drawn001", b"kept")
    orphan = house.files.path(await house.files.add(b"orphan"))
    half = orphan.with_name("half.part")
    half.write_bytes(b"ha")
    earlier = time.time() - 5
    for path in (kept, orphan, half):
        os.utime(path, (earlier, earlier))
    await sweeper(house).sweep()
    assert kept.exists() and not orphan.exists() and not half.exists()


async def test_files_of_this_run_have_an_hour_for_their_record(house: House) -> None:
    sweep = sweeper(house)
    orphan = house.files.path(await house.files.add(b"orphan"))
    await sweep.sweep()
    await sweep.sweep()
    assert orphan.exists()
    old = time.time() - FRESH - 1
    os.utime(orphan, (old, old))
    await sweep.sweep()
    assert not orphan.exists()


async def test_a_file_that_is_wanted_again_stays(house: House) -> None:
    """A job that was drawn again makes the same bytes; its record comes later."""
    orphan = house.files.path(await house.files.add(b"orphan"))
    os.utime(orphan, (1.0, 1.0))
    sweep = sweeper(house)
    await house.files.add(b"orphan")
    await sweep.sweep()
    assert orphan.exists()


async def test_records_without_a_file_are_marked_once(house: House) -> None:
    (await drawn(house, "drawn001", b"kept")).unlink()
    await sweeper(house).sweep()
    rows = await house.database.fetch_all("SELECT gone FROM images")
    assert [row["gone"] for row in rows] == [1]


async def test_old_jobs_go_with_their_files_but_for_what_is_open(house: House) -> None:
    old = await drawn(house, "drawn001", b"old", age=11 * DAY)
    new = await drawn(house, "drawn002", b"new", age=9 * DAY)
    owed = await drawn(house, "drawn003", b"owed", age=11 * DAY, owed=True)
    for path in (old, new, owed):
        os.utime(path, (1.0, 1.0))
    await sweeper(house, keep_days=10).sweep()
    assert not old.exists() and new.exists() and owed.exists()
    assert await house.jobs.get("drawn001") is None and await house.jobs.get(ID) is not None


async def test_the_oldest_jobs_make_room(house: House) -> None:
    paths = [await drawn(house, f"drawn00{n}", bytes([n]) * 1000, age=(9 - n) * DAY) for n in range(5)]
    for path in paths:
        os.utime(path, (1.0, 1.0))
    await sweeper(house, keep_gb=2500 / 1e9).sweep()
    assert [path.exists() for path in paths] == [False, False, False, True, True]


async def test_favourites_of_their_askers_are_kept_until_there_is_no_room(house: House) -> None:
    old = [
        await drawn(house, f"drawn00{number}", bytes([number]) * 1000, age=40 * DAY) for number in (1, 2, 3)
    ]
    for path in old:
        os.utime(path, (1.0, 1.0))
    store = FavouriteStore(house.database)
    await store.toggle(7, "drawn001", 1.0)
    await store.toggle(8, "drawn002", 1.0)  # somebody else's mark does not keep what is not theirs
    await sweeper(house, keep_days=10).sweep()
    assert [await house.jobs.get(f"drawn00{number}") is not None for number in (1, 2, 3)] == [
        True,
        False,
        False,
    ]
    os.utime(new := await drawn(house, "drawn004", b"4" * 1000), (1.0, 1.0))
    await sweeper(house, keep_gb=1500 / 1e9).sweep()
    assert old[0].exists() and not new.exists()
    await sweeper(house, keep_gb=500 / 1e9).sweep()
    assert not old[0].exists()


async def test_what_jobs_began_from_counts_and_goes_with_the_last_of_them(house: House) -> None:
    shared, own = await house.sources.add(b"s" * 1000), await house.sources.add(b"o" * 1000)
    paths = [await drawn(house, f"drawn00{n}", bytes([n]) * 1000, age=(9 - n) * DAY) for n in range(3)]
    for job_id, source, age in (("begins01", shared, 8.5), ("begins02", shared, 1.0), ("begins03", own, 8.2)):
        request = Request("1girl", source=Source(source, 0.5))
        job = dataclasses.replace(asked(job_id), request=request, created_at=time.time() - age * DAY)
        await house.jobs.add(job)
        await house.jobs.finish(job_id, JobState.WITHHELD)
    for path in (*paths, house.sources.path(shared), house.sources.path(own)):
        os.utime(path, (1.0, 1.0))
    # Of 5,000 bytes the first picture goes, nothing with begins01, and with begins03 what it began from.
    await sweeper(house, keep_gb=3000 / 1e9).sweep()
    assert [path.exists() for path in paths] == [False, True, True]
    assert set(await house.sources.names()) == {shared}
    left = [await house.jobs.get(job_id) is not None for job_id in ("begins01", "begins02", "begins03")]
    assert left == [False, True, False]


async def test_expired_tokens_are_erased(house: House) -> None:
    await house.jobs.add(
        dataclasses.replace(asked("another1"), reply=dataclasses.replace(asked().reply, expires_at=9e12))  # type: ignore[type-var]
    )
    await sweeper(house).forget_tokens()
    rows = await house.database.fetch_all("SELECT job_id FROM replies")
    assert [row["job_id"] for row in rows] == ["another1"]


class Guilds:
    def __init__(self, house: House) -> None:
        self.now = 1000.0
        self.cancelled: list[tuple[str, str]] = []
        self.service = GuildService(
            GuildStore(house.database),
            house.jobs,
            SweepStore(house.database),
            lambda job_id, why: self.cancelled.append((job_id, why)),
            purge_days=30,
            clock=lambda: self.now,
        )


@pytest.fixture
async def guilds(house: House) -> Guilds:
    """The house's job is of server 1; there is one of server 2, and something that admins set there."""
    built = Guilds(house)
    await house.jobs.add(dataclasses.replace(asked("another1"), place=Place(2, 3)))
    for guild in (1, 2):
        await house.database.change("INSERT INTO place_settings VALUES (?, 0, 1, NULL)", (guild,))
    await built.service.found([1, 2])
    return built


async def left(house: House) -> tuple[set[int], set[str]]:
    settings = await house.database.fetch_all("SELECT guild_id FROM place_settings")
    jobs = await house.database.fetch_all("SELECT id FROM jobs")
    return {row["guild_id"] for row in settings}, {row["id"] for row in jobs}


@pytest.mark.parametrize("at_start", [True, False])
async def test_a_server_that_removes_the_bot(house: House, guilds: Guilds, at_start: bool) -> None:
    await (guilds.service.found([2]) if at_start else guilds.service.left(1))
    assert guilds.cancelled == [(ID, LEFT)]
    await house.jobs.finish(ID, JobState.CANCELLED, error=LEFT)
    guilds.now += 30 * DAY
    await guilds.service.purge()
    assert await left(house) == ({1, 2}, {ID, "another1"})
    guilds.now += 1
    await guilds.service.purge()
    assert await left(house) == ({2}, {"another1"})


async def test_a_run_that_ended_before_it_cancelled_is_made_up_for(house: House, guilds: Guilds) -> None:
    await guilds.service.left(1)
    guilds.cancelled.clear()
    await guilds.service.found([2])
    assert guilds.cancelled == [(ID, LEFT)]


async def test_a_server_that_takes_the_bot_back_keeps_its_data(house: House, guilds: Guilds) -> None:
    await guilds.service.left(1)
    await guilds.service.joined(1)
    guilds.now += 31 * DAY
    await guilds.service.purge()
    assert (await left(house))[0] == {1, 2}


async def test_a_source_stays_for_as_long_as_a_job_begins_from_it(house: House) -> None:
    source, mask, orphan = [await house.sources.add(data) for data in (b"source", b"mask", b"orphan")]
    request = Request('"source":{"sha256": "no"}', source=Source(source, 0.5, mask))
    await house.jobs.add(dataclasses.replace(asked("begins01"), request=request))
    old = time.time() - 2 * FRESH
    for sha256 in (source, mask, orphan):
        os.utime(house.sources.path(sha256), (old, old))
    await sweeper(house).sweep()
    assert set(await house.sources.names()) == {source, mask}
    await house.jobs.finish("begins01", JobState.CANCELLED)
    await SweepStore(house.database).delete(["begins01"])
    await sweeper(house).sweep()
    assert await house.sources.names() == {}
