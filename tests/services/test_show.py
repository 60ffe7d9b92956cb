"""Bringing jobs back: for whose eyes, under which ceiling, and what is said where it cannot be."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bot.core.errors import Barred, InvalidRequest, NotFound
from bot.core.job import Image, JobState, Place, Rendered, Verdict
from bot.core.rating import Rating
from bot.core.request import Request
from bot.engine.thumbnails import Thumbnailer
from bot.policy.verdicts import Thresholds
from bot.services.conduct import ConductService
from bot.services.history import PAGE_SIZE, SUGGESTED, HistoryService, Turn, Wanted
from bot.services.imagine import Asker
from bot.services.show import ShowService
from bot.services.sight import SightService, Viewer
from bot.storage.search import JobSearch
from bot.storage.secret import SecretKey
from bot.storage.strikes import StrikeStore
from tests.services.house import ABOVE, ID, SAFE, House, asked, picture
from tests.services.sights import Words

OWNER, OTHER = 7, 8
LEWD = Verdict(0.05, 0.05, 0.1, 0.8, "test")


def viewer(user_id: int, guild_id: int | None = 1, *, sees: bool = True) -> Viewer:
    return Viewer(Asker(user_id), Place(guild_id, 5), lambda place: sees)


def sight(house: House) -> SightService:
    return SightService(house.ceilings, Thresholds(), Words())  # type: ignore[arg-type]


@pytest.fixture
def shows(house: House, tmp_path: Path) -> ShowService:
    conduct = ConductService(StrikeStore(house.database), SecretKey(tmp_path / "key"), blocked_people={66})
    return ShowService(house.jobs, house.files, conduct, sight(house))


async def end(house: House, *pictures: Rendered, job_id: str = ID, prompt: str | None = None) -> None:
    if prompt is not None:
        await house.jobs.add(dataclasses.replace(asked(job_id), request=Request(prompt)))
    for each in pictures:
        await house.files.add(each.png)
    images: list[Image] = [each.image for each in pictures]
    await house.jobs.finish(job_id, JobState.DONE, model="chibi", images=images)


async def test_a_job_comes_back_with_its_pictures(house: House, shows: ShowService) -> None:
    await end(house, picture(png=b"one"), picture(png=b"two", index=1))
    for who in (viewer(OWNER), viewer(OWNER, None), viewer(OWNER, 9, sees=False), viewer(OTHER)):
        shown = await shows.show(who, await shows.find(who, f" {ID.upper()} "))
        assert [each.png for each in shown.answer.pictures] == [b"one", b"two"]
        assert shown.answer.model == "chibi" and not shown.answer.note


async def test_a_job_that_is_not_for_these_eyes_is_as_if_it_were_gone(
    house: House, shows: ShowService
) -> None:
    await end(house, picture())
    private = dataclasses.replace(asked("private1"), request=Request("1girl", private=True))
    await house.jobs.add(private)
    await house.jobs.finish("private1", JobState.DONE)
    for job_id, who in (
        (ID, viewer(OTHER, 9)),
        (ID, viewer(OTHER, None)),
        (ID, viewer(OTHER, sees=False)),
        ("private1", viewer(OTHER)),
        ("nothing1", viewer(OWNER)),
    ):
        with pytest.raises(NotFound, match=f"no job {job_id} that can be shown to you"):
            await shows.find(who, job_id)
    assert (await shows.find(viewer(OWNER), "private1")).job.id == "private1"
    await house.database.change("DELETE FROM jobs WHERE id = ?", (ID,))
    with pytest.raises(NotFound):
        await shows.find(viewer(OWNER), ID)


@pytest.mark.parametrize("typed", ["", "abc", "abcdefghi", "jobjob-1", "@everyone", "'; DROP", "\u0669" * 8])
async def test_what_is_no_id_is_told_without_repeating_it(shows: ShowService, typed: str) -> None:
    with pytest.raises(InvalidRequest, match="no job id") as told:
        await shows.find(viewer(OWNER), typed)
    assert not typed or typed not in str(told.value)


async def test_what_has_not_ended_and_who_is_blocked(shows: ShowService) -> None:
    with pytest.raises(InvalidRequest, match="has not ended"):
        await shows.find(viewer(OWNER), ID)
    with pytest.raises(Barred):
        await shows.find(viewer(66), ID)


async def test_the_ceiling_of_the_moment_decides(house: House, shows: ShowService) -> None:
    await end(house, picture(SAFE, b"mild"), picture(ABOVE, b"more", 1))
    who = viewer(OWNER)
    record = await shows.find(who, ID)
    shown = await shows.show(who, record)
    assert [each.png for each in shown.answer.pictures] == [
        b"mild"
    ] and "One picture of 2" in shown.answer.note
    house.ceilings.rating = Rating.QUESTIONABLE
    assert len((await shows.show(who, record)).answer.pictures) == 2


@pytest.mark.parametrize(("verdict", "prompt"), [(LEWD, "fine"), (SAFE, "above all"), (SAFE, "never")])
async def test_what_is_above_is_not_shown_and_its_words_are_not_repeated(
    house: House, shows: ShowService, verdict: Verdict, prompt: str
) -> None:
    await end(house, picture(verdict), job_id="another1", prompt=prompt)
    who = viewer(OWNER)
    with pytest.raises(InvalidRequest, match="This is above general") as told:
        await shows.show(who, await shows.find(who, "another1"))
    assert prompt not in str(told.value)


async def test_a_job_without_pictures_or_files_is_told(house: House, shows: ShowService) -> None:
    who = viewer(OWNER)
    await house.jobs.add(asked("failed01"))
    await house.jobs.finish("failed01", JobState.FAILED, error="It did not work.")
    assert (await shows.show(who, await shows.find(who, "failed01"))).answer.sentence == "It did not work."
    await house.jobs.finish(ID, JobState.DONE, images=[picture().image])
    shown = await shows.show(who, await shows.find(who, ID))
    assert "its file is gone" in shown.answer.sentence and not shown.answer.pictures


def history(house: House) -> HistoryService:
    async def read(sha256: str) -> bytes | None:
        return None

    return HistoryService(JobSearch(house.database, house.jobs), sight(house), Thumbnailer(read))


async def test_a_page_hides_what_is_above_and_what_others_keep_to_themselves(house: House) -> None:
    await end(house, picture())
    await end(house, picture(LEWD), job_id="lewdlew1", prompt="fine")
    await end(house, picture(), job_id="above001", prompt="above all")
    await house.database.change("INSERT INTO favourites SELECT 8, id, 0 FROM jobs")
    page = await history(house).page(viewer(OWNER), Wanted(), Turn())
    assert {each.glance.record.job.id: each.glance.words for each in page.entries} == {
        ID: True,
        "lewdlew1": False,
        "above001": False,
    }
    for who, seen in ((viewer(OTHER), 1), (viewer(OTHER, 9), 0), (viewer(OTHER, sees=False), 0)):
        page = await history(house).page(who, Wanted(favourite=True), Turn())
        assert len(page.entries) == 3 and sum(each.glance.words for each in page.entries) == seen


async def test_leafing_back_to_the_front_shows_a_full_page(house: House) -> None:
    for number in range(PAGE_SIZE + 2):
        await end(house, picture(), job_id=f"number{number:02}", prompt="fine")
    service, who = history(house), viewer(OWNER)
    first = await service.page(who, Wanted(), Turn())
    second = await service.page(who, Wanted(), Turn(before=first.older))
    await house.database.change("DELETE FROM jobs WHERE id = 'number06'")
    front = await service.page(who, Wanted(), Turn(after=second.newer))
    assert len(front.entries) == PAGE_SIZE and front.newer is None and front.older is not None


async def test_suggestions_are_few_and_nothing_above(house: House) -> None:
    for number in range(SUGGESTED + 5):
        await end(house, picture(), job_id=f"number{number:02}", prompt=f"fine, marker{number}")
    await end(house, picture(), job_id="above001", prompt="above all")
    service, who = history(house), viewer(OWNER)
    for typed, expected in (
        ("", SUGGESTED),
        ("fine", SUGGESTED),
        ("NUMBER0", 10),
        ("marker7", 1),
        ("above", 0),
    ):
        assert len(await service.suggest(who, typed)) == expected - (typed == ""), typed
    assert await service.suggest(viewer(OTHER), "number01") == []
