"""Ends reach their askers once, whatever breaks in between, and what can be shown nowhere is told later."""

from __future__ import annotations

import asyncio
import dataclasses
import time

import pytest

from bot.core.events import Done, Failed
from bot.core.job import JobState, Place, Reply
from bot.core.rating import Rating
from bot.services.answers import DELETED, AnswerGone, NotNow, PlaceShut, TokenOver
from bot.services.ceilings import Ceiling
from bot.services.outbox import LONGEST_DELAY, LOWERED, PATIENCE, SKEW
from bot.storage.deliveries import Owed
from bot.storage.leases import taking
from tests.services.house import ABOVE, ID, House, Lost, asked, picture

SENSITIVE = dataclasses.replace(picture().image.verdict, general=0.3, sensitive=0.6, questionable=0.09)


def refused() -> NotNow:
    return NotNow("nobody answers", uncertain=False)


@pytest.fixture
async def told(house: House) -> House:
    """A house whose job's answer is known, with a token that lives."""
    await house.jobs.answered(ID, 55)
    await house.database.change("UPDATE replies SET expires_at = ?", (10_000.0,))
    return house


async def end(house: House) -> None:
    house.delivery.handle(Done(ID, (picture(),), 2.0))
    await house.settle()


async def row(house: House) -> tuple[str, bool] | None:
    """What is owed or kept of the job, and whether its token is there still."""
    found = await house.database.fetch_one("SELECT state FROM deliveries WHERE job_id = ?", (ID,))
    token = await house.database.fetch_one("SELECT 1 FROM replies WHERE job_id = ?", (ID,))
    return None if found is None and token is None else (found["state"] if found else "", token is not None)


async def test_the_answer_is_edited_and_nothing_is_left_to_do(told: House) -> None:
    await end(told)
    assert told.messenger.tried == ["edit"] and told.messenger.standing == [ID]
    assert await row(told) is None


async def test_what_is_owed_is_on_the_disk_before_it_is_sent(told: House) -> None:
    told.messenger.gate.clear()
    seen = []
    edit = told.messenger.edit

    async def look(*parts: object) -> None:
        seen.append((await row(told), await told.state()))
        await edit(*parts)  # type: ignore[arg-type]

    told.messenger.edit = look  # type: ignore[method-assign]
    await end(told)
    assert seen == [(("owed", True), JobState.DONE)]


@pytest.mark.parametrize("fault", [refused, Lost])
async def test_an_edit_is_simply_repeated(told: House, fault: type[NotNow]) -> None:
    told.messenger.faults = [fault(), fault()]
    await end(told)
    assert told.messenger.tried == ["edit", "edit", "edit"]
    assert 0.5 <= told.slept[0] <= 1.0 <= told.slept[1] <= 2.0
    assert await row(told) is None


async def test_the_delay_grows_to_minutes_and_a_day_is_enough(told: House) -> None:
    told.now = begun = time.time()
    told.messenger.faults = [refused() for _ in range(2000)]
    await end(told)
    assert LONGEST_DELAY / 2 <= max(told.slept) <= LONGEST_DELAY
    assert PATIENCE < told.now - begun < PATIENCE + 2 * LONGEST_DELAY
    assert told.messenger.faults  # it gave up
    assert await row(told) == ("kept", False)
    (kept,) = await told.outbox.kept(7)
    assert (kept.job_id, kept.pictures, kept.error) == (ID, 1, None)
    await told.outbox.told([kept])
    assert await told.outbox.kept(7) == [] and await told.outbox.kept(8) == []


async def test_a_token_that_is_over_leads_to_a_post(told: House) -> None:
    told.messenger.faults = [TokenOver("over")]
    await end(told)
    # The library may have tried the edit twice, and the first have worked: hence the look.
    assert told.messenger.tried == ["edit", "find", "post"] and told.messenger.standing == [ID]
    assert await row(told) is None


async def test_an_expired_token_is_not_tried(house: House) -> None:
    await house.jobs.answered(ID, 55)
    house.now = 1000.0 - 29.0
    await end(house)
    assert house.messenger.tried == ["post"]


async def test_a_post_whose_answer_is_lost_is_looked_for(house: House) -> None:
    house.now = 2000.0
    house.messenger.faults = [Lost()]
    await end(house)
    assert house.messenger.tried == ["post", "find"] and house.messenger.standing == [ID]
    assert await row(house) is None


async def test_a_post_that_did_not_arrive_is_repeated_after_a_look(house: House) -> None:
    house.now = 2000.0
    house.messenger.faults = [NotNow("500", uncertain=True), refused()]
    await end(house)
    assert house.messenger.tried == ["post", "find", "post", "find", "post"]
    assert house.messenger.standing == [ID]


async def test_a_post_that_was_refused_needs_no_look(house: House) -> None:
    house.now = 2000.0
    house.messenger.faults = [refused()]
    await end(house)
    assert house.messenger.tried == ["post", "post"]


async def test_an_edit_that_worked_and_a_token_that_then_expires(told: House) -> None:
    told.messenger.faults = [Lost(), TokenOver("over")]
    await end(told)
    assert told.messenger.tried == ["edit", "edit", "find"] and told.messenger.standing == [ID]


async def test_where_nobody_can_look_nothing_is_sent_twice(house: House) -> None:
    house.now = 2000.0
    house.messenger.faults, house.messenger.blind = [Lost()], PlaceShut("no history")
    await end(house)
    assert house.messenger.tried == ["post", "find"]
    assert await row(house) == ("kept", False)


async def test_an_end_that_can_be_shown_nowhere_is_kept(told: House) -> None:
    told.messenger.faults = [PlaceShut("no permission")] * 2
    await end(told)
    assert told.messenger.tried == ["edit", "find", "post"]
    assert await row(told) == ("kept", False) and await told.state() is JobState.DONE


async def lease(house: House, pictures: int = 1) -> None:
    """The job holds so many pictures, for ten seconds of the engine each."""
    sql, values = taking(asked(), 10.0 * pictures, "1", ())
    await house.database.change(sql, values)
    await house.database.change("UPDATE leases SET pictures = ?", (pictures,))


async def books(house: House) -> tuple[str, int, float, int]:
    """The lease, and how many images are recorded."""
    found = await house.database.fetch_one(
        "SELECT state, pictures, gpu_seconds, (SELECT count(*) FROM images) FROM leases"
    )
    assert found is not None
    return tuple(found)  # type: ignore[return-value]


async def test_an_answer_found_deleted_at_the_end_cancels_and_costs_nothing(told: House) -> None:
    await lease(told)
    told.messenger.faults = [AnswerGone("deleted")]
    await end(told)
    assert told.messenger.tried == ["edit"] and await row(told) == ("kept", False)
    assert await told.state() is JobState.CANCELLED and await books(told) == ("refunded", 0, 0.0, 0)
    (kept,) = await told.outbox.kept(7)
    assert (kept.pictures, kept.error) == (0, DELETED)


async def test_what_they_may_have_seen_before_they_deleted_it_stays_theirs(told: House) -> None:
    await lease(told)
    told.messenger.faults = [Lost(), AnswerGone("deleted")]
    await end(told)
    assert await told.state() is JobState.DONE and (await books(told))[0] == "spent"
    (kept,) = await told.outbox.kept(7)
    assert (kept.pictures, kept.error) == (1, None)


async def test_a_failure_that_can_be_shown_nowhere_is_kept_with_its_sentence(house: House) -> None:
    house.now = 2000.0
    house.messenger.faults = [PlaceShut("gone")]
    house.delivery.handle(Failed(ID, "It did not work."))
    await house.settle()
    (kept,) = await house.outbox.kept(7)
    assert (kept.pictures, kept.error) == (0, "It did not work.")


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_start_looks_for_what_the_last_run_may_have_sent(house: House, arrived: bool) -> None:
    house.now = 2000.0
    house.messenger.gate.clear()
    house.messenger.faults = [OSError("killed")]
    house._sleep = never  # type: ignore[method-assign]
    house.start()
    house.delivery.handle(Done(ID, (picture(),), 2.5))
    while "post" not in house.messenger.tried:
        await house.jobs.get(ID)
    await house.outbox.close(0.0)
    if arrived:
        house.messenger.standing = [ID]
    house.start()
    assert await house.outbox.resume() == 1
    await house.settle()
    assert house.messenger.tried == ["post", "find", *([] if arrived else ["post"])]
    assert house.messenger.standing == [ID] and await row(house) is None


@pytest.mark.parametrize(("put_back", "since"), [(0.0, 9000.0 - SKEW), (3600.0, None)])
async def test_a_look_does_not_trust_a_clock_that_was_put_back(
    house: House, put_back: float, since: float | None
) -> None:
    await owe(house)
    await house.deliveries.sending(ID, 9000.0)
    house.now = 9060.0 - put_back
    house.messenger.standing = [ID]
    await house.outbox.resume()
    await house.settle()
    assert house.messenger.tried == ["find"] and house.messenger.since == [since]
    assert await row(house) is None


async def never(seconds: float) -> None:
    await asyncio.Event().wait()


async def owe(house: House, verdict: object = None) -> None:
    """The job has ended, and the bot with it, before anything was sent."""
    house.now = 2000.0
    one = picture() if verdict is None else picture(verdict)  # type: ignore[arg-type]
    await house.files.add(one.png)
    await house.jobs.finish(
        ID, JobState.DONE, model="chibi", images=[one.image], owed=Owed(2.5, "A note.", True)
    )


async def test_a_start_sends_what_was_drawn_as_it_was(house: House) -> None:
    await owe(house)
    await house.outbox.resume()
    await house.settle()
    assert house.messenger.shown == [("result", 1, "chibi")] and house.messenger.told == [("A note.", True)]


async def test_the_ceiling_counts_as_it_is_at_the_start(house: House) -> None:
    await lease(house)
    await owe(house, SENSITIVE)
    house.ceilings.rating, house.ceilings.strict = Rating.GENERAL, True
    await house.outbox.resume()
    await house.settle()
    assert house.messenger.shown == [("word", LOWERED)] and house.messenger.told == [(LOWERED, True)]
    assert await house.state() is JobState.WITHHELD and await books(house) == ("refunded", 0, 0.0, 0)


async def test_a_ceiling_that_is_lowered_while_an_edit_is_tried_withholds(told: House) -> None:
    await lease(told)
    told.ceilings.rating = Rating.SENSITIVE
    edit = told.messenger.edit

    async def lower(*parts: object) -> None:
        told.ceilings.rating, told.ceilings.strict = Rating.GENERAL, True
        await edit(*parts)  # type: ignore[arg-type]

    told.messenger.edit, told.messenger.faults = lower, [TokenOver("over")]  # type: ignore[method-assign]
    told.delivery.handle(Done(ID, (picture(SENSITIVE),), 2.0))
    await told.settle()
    assert told.messenger.shown == [("word", LOWERED)] and await row(told) is None
    assert await told.state() is JobState.WITHHELD and await books(told) == ("refunded", 0, 0.0, 0)


async def test_of_several_only_those_above_the_lowered_ceiling_are_withheld(told: House) -> None:
    await told.database.change("DELETE FROM jobs")
    request, reply = dataclasses.replace(asked().request, count=2), Reply("token", 10_000.0)
    await told.jobs.add(dataclasses.replace(asked(), request=request, reply=reply, message_id=55))
    await lease(told, 2)
    told.ceilings.rating = Rating.SENSITIVE
    told.messenger.faults = [refused()]
    sleep = told._sleep

    async def lower(seconds: float) -> None:
        told.ceilings.rating, told.ceilings.strict = Rating.GENERAL, True
        await sleep(seconds)

    told._sleep = lower  # type: ignore[method-assign]
    told.start()
    pictures = (picture(SENSITIVE, b"first"), picture(png=b"second", index=1))
    told.delivery.handle(Done(ID, pictures, 2.0, gpu_seconds=8.0))
    await told.settle()
    assert told.messenger.shown == [("result", 1, "")]
    ((note, again),) = told.messenger.told
    assert "withheld" in note and again
    assert await told.state() is JobState.DONE and await books(told) == ("spent", 1, 4.0, 1)


async def test_a_file_that_is_gone_becomes_a_word(house: House) -> None:
    await owe(house)
    await house.files.remove(picture().image.sha256)
    await house.outbox.resume()
    await house.settle()
    ((kind, sentence),) = house.messenger.shown
    assert kind == "word" and "its file is gone" in str(sentence)


async def test_what_its_asker_had_deleted_is_not_sent(house: House) -> None:
    await owe(house)
    await house.database.change("DELETE FROM jobs WHERE id = ?", (ID,))
    house.outbox.send(ID)
    await house.settle()
    assert house.messenger.tried == []


async def test_one_that_waits_holds_up_no_other(house: House) -> None:
    other = dataclasses.replace(asked("another1"), reply=Reply("other", time.time() + 900))
    await house.jobs.add(other)
    house.now = 2000.0
    house.messenger.faults = [refused() for _ in range(50)]
    house.delivery.handle(Done(ID, (picture(),), 2.0))
    while len(house.messenger.tried) < 10:
        await house.jobs.get(ID)
    left, house.messenger.faults = house.messenger.faults, []
    house.delivery.handle(Failed("another1", "It did not work."))
    await house.settle()
    assert left and sorted(house.messenger.standing) == ["another1", ID]


async def test_a_message_whose_id_was_never_told_is_asked_for(house: House) -> None:
    await house.database.change("UPDATE replies SET expires_at = ?", (10_000.0,))
    house.messenger.located = 77
    await end(house)
    assert house.messenger.tried == ["locate", "edit"]
    record = await house.jobs.get(ID)
    assert record is not None and record.job.message_id == 77


class TestPrivate:
    """A private job is shown to its asker alone, whatever happens."""

    @pytest.fixture
    async def private(self, told: House) -> House:
        await told.database.change("DELETE FROM jobs")
        job = asked()
        request = dataclasses.replace(job.request, private=True)
        reply = Reply("token", 10_000.0)
        await told.jobs.add(dataclasses.replace(job, request=request, reply=reply, message_id=55))
        return told

    async def test_after_its_token_it_comes_in_a_message(self, private: House) -> None:
        private.now = 20_000.0
        await end(private)
        assert private.messenger.tried == ["post"]

    async def test_a_direct_message_shows_no_more_than_direct_messages_may(
        self, private: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def now(place: Place) -> Ceiling:
            rating = Rating.GENERAL if place.guild_id is None else Rating.QUESTIONABLE
            return Ceiling(rating, False, "so it is", ())

        monkeypatch.setattr(private.ceilings, "now", now)
        private.now = 20_000.0
        private.delivery.handle(Done(ID, (picture(ABOVE),), 2.0))
        await private.settle()
        assert private.messenger.tried == [] and await private.state() is JobState.DONE
        assert [each.pictures for each in await private.outbox.kept(7)] == [1]

    async def test_it_is_kept_when_nobody_can_tell_whether_it_was_shown(self, private: House) -> None:
        private.messenger.faults = [Lost(), TokenOver("over")]
        await end(private)
        assert private.messenger.tried == ["edit", "edit"] and await row(private) == ("kept", False)

    async def test_it_is_kept_when_direct_messages_are_closed(self, private: House) -> None:
        private.messenger.faults = [TokenOver("over"), PlaceShut("closed")]
        await end(private)
        assert private.messenger.tried == ["edit", "post"] and await row(private) == ("kept", False)
