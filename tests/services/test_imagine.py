"""Accepting, starting and cancelling: who may, when it works, and what is said when it does not."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.core.errors import Barred, Busy, InvalidRequest, NotFound, Refused, StorageError, UserError
from bot.core.events import Began, Cancelled, Done, Failed
from bot.core.job import JobState, Place, Reply, Task
from bot.core.lora import Lora
from bot.core.prompt import Prompt
from bot.core.quota import Limits
from bot.core.rating import Rating
from bot.core.request import Request
from bot.engine.state import Forecast
from bot.models import builtin
from bot.policy.case import Typed
from bot.policy.floor.floor import AGE, Floor
from bot.policy.floor.lists import ALONE, floor_terms
from bot.policy.policy import Policy
from bot.policy.verdicts import Thresholds
from bot.prompt import memory
from bot.services.catalogue import Catalogue
from bot.services.ceilings import CeilingService
from bot.services.conduct import ConductService
from bot.services.imagine import ATTEMPTS, Accepted, Asker, ImagineService, weight_of
from bot.services.prompts import PromptService
from bot.services.quota import QuotaService
from bot.services.sources import GONE, Given, SourceService
from bot.storage.database import Database
from bot.storage.quota import QuotaStore
from bot.storage.secret import SecretKey
from bot.storage.settings import SettingsStore
from bot.storage.strikes import StrikeStore
from tests.services.house import ABOVE, AGED, ID, Eyes, House, Sent, picture

PLACE = Place(1, 2)


class Desk:
    """A dispatcher that holds what it is given, and cancels at once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.submitted: list[tuple[Sequence[Task], int, int | None, float]] = []
        self.cancelled: list[str] = []

    def estimate(self, tasks: Sequence[Task]) -> float:
        return 2.0 * len(tasks)

    def submit(self, tasks: Sequence[Task], owner: int, *, guild: int | None, weight: float) -> None:
        self.submitted.append((tasks, owner, guild, weight))

    def forecast(self, tasks: Sequence[Task], owner: int, *, weight: float) -> Forecast:
        return Forecast(len(self.submitted), None, True)

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)
        if any(tasks[0].job_id == job_id for tasks, *_ in self.submitted):
            self.house.delivery.handle(Cancelled(job_id))


@pytest.fixture(scope="module")
def prompts() -> PromptService:
    return PromptService.for_model("chibi", builtin()["chibi"])


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


class Restricted:
    """Every channel is age-restricted."""

    async def age_restricted(self, place: Place) -> bool:
        return True


@pytest.fixture
def conduct(database: Database, tmp_path: Path) -> ConductService:
    return ConductService(
        StrikeStore(database),
        SecretKey(tmp_path / "conduct.key"),
        blocked_people=(66,),
        blocked_servers=(67,),
    )


@pytest.fixture
def ceilings(database: Database) -> CeilingService:
    return CeilingService(SettingsStore(database), Rating.EXPLICIT, Restricted())


@pytest.fixture
def quota(database: Database) -> QuotaService:
    return QuotaService(QuotaStore(database), Limits(jobs=8), Limits(), {})


@pytest.fixture
def eyes() -> Eyes:
    return Eyes()


@pytest.fixture
def imagine(
    house: House,
    desk: Desk,
    prompts: PromptService,
    ceilings: CeilingService,
    conduct: ConductService,
    quota: QuotaService,
    eyes: Eyes,
) -> ImagineService:
    return service(house, desk, prompts, ceilings, conduct, quota, eyes)


def service(
    house: House,
    desk: Desk,
    prompts: PromptService,
    ceilings: CeilingService,
    conduct: ConductService,
    quota: QuotaService,
    eyes: Eyes,
) -> ImagineService:
    return ImagineService(
        house.jobs,
        desk,  # type: ignore[arg-type]  # the few methods that the service calls
        Catalogue(prompts, 4),
        house.board,
        ceilings,
        conduct,
        house.delivery.handle,
        sources=SourceService(house.sources, eyes, Thresholds()),
        quota=quota,
        weights={"Artist": 2.0, "55": 3.0},
    )


async def accept(imagine: ImagineService, **options: object) -> Accepted:
    asker = Asker(7, {"Artist", "12"})
    return await imagine.accept(asker, PLACE, Request("1girl", **options), Reply("token", 1e12))  # type: ignore[arg-type]


async def test_every_picture_of_a_job_is_submitted_with_its_owner_and_weight(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    accepted = await accept(imagine, count=3, seed=2**32 - 1)
    assert desk.submitted == [] and accepted.job.weight == 2.0
    await imagine.start(accepted, 99)
    ((tasks, owner, guild, weight),) = desk.submitted
    assert [(task.index, task.seed) for task in tasks] == [(0, 2**32 - 1), (1, 0), (2, 1)]
    assert (owner, guild, weight) == (7, 1, 2.0)
    record = await house.jobs.get(accepted.job.id)
    assert record is not None and record.job.message_id == 99


async def test_a_picture_is_enlarged_as_far_as_discord_takes_it(imagine: ImagineService, desk: Desk) -> None:
    accepted = await accept(imagine, count=2, upscale=2)
    await imagine.start(accepted, 5)
    ((tasks, *_),) = desk.submitted
    assert [task.upscale for task in tasks] == [2, 2]
    for options in ({"upscale": 4}, {"upscale": 2, "hires": True}, {"upscale": 2, "count": 3}):
        with pytest.raises(InvalidRequest, match=r"more than (Discord|one message) takes"):
            await accept(imagine, **options)


async def test_a_quota_that_is_used_up_refuses_and_nothing_is_written(
    imagine: ImagineService, database: Database, house: House
) -> None:
    accepted = [(await accept(imagine, count=3)).job.id for _ in range(8)]
    with pytest.raises(Busy, match="8 of your 8 jobs"):
        await accept(imagine)
    assert [job.id for job in await house.jobs.unfinished()] == [ID, *accepted]
    rows = await database.fetch_all("SELECT job_id, pictures, gpu_seconds FROM leases ORDER BY taken_at")
    assert [tuple(row) for row in rows] == [(job_id, 3, 6.0) for job_id in accepted]


async def test_a_job_that_is_abandoned_gives_its_quota_back(imagine: ImagineService) -> None:
    for _ in range(9):
        await imagine.abandon((await accept(imagine)).job, "Too late.")


async def test_a_restart_keeps_the_weight(imagine: ImagineService, desk: Desk, house: House) -> None:
    accepted = await accept(imagine)
    assert [job.id for job in await imagine.resume()] == [ID, accepted.job.id]
    assert [weight for *_, weight in desk.submitted] == [1.0, 2.0]


async def test_a_waiting_job_is_cancelled_by_its_owner(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    await imagine.resume()
    await imagine.cancel(ID, 7)
    await house.settle()
    assert await house.state() is JobState.CANCELLED
    assert house.messenger.shown == [("word", "This job was cancelled.")]


async def test_cancelled_before_the_dispatcher_has_it(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    accepted = await accept(imagine)
    await imagine.cancel(accepted.job.id, 7)
    assert desk.cancelled == []
    await imagine.start(accepted, 99)
    await house.settle()
    assert await house.state(accepted.job.id) is JobState.CANCELLED
    assert house.messenger.shown == [("word", "This job was cancelled.")]


@pytest.mark.parametrize("moment", ["accepted", "waiting", "running", "drawn"])
async def test_a_cancel_at_any_moment_leaves_no_lease_held(
    imagine: ImagineService, house: House, database: Database, moment: str
) -> None:
    accepted = await accept(imagine)
    job_id = accepted.job.id
    if moment != "accepted":
        await imagine.start(accepted, 99)
    if moment == "running":
        house.delivery.handle(Began(job_id))
        await house.settle()
    if moment == "drawn":  # and not written down yet
        house.delivery.handle(Done(job_id, (picture(),), 2.0))
    await imagine.cancel(job_id, 7)
    if moment == "accepted":
        await imagine.start(accepted, 99)
    await house.settle()
    (lease,) = await database.fetch_all("SELECT state, pictures FROM leases WHERE job_id = ?", (job_id,))
    state = await house.state(job_id)
    # Whichever end of one that is drawn and cancelled at once is written first counts.
    assert state is JobState.CANCELLED or (moment == "drawn" and state is JobState.DONE)
    assert tuple(lease) == (("spent", 1) if state is JobState.DONE else ("refunded", 0))


async def test_nobody_cancels_another_persons_job(imagine: ImagineService, desk: Desk, house: House) -> None:
    await imagine.resume()
    with pytest.raises(InvalidRequest, match="Only the person who asked"):
        await imagine.cancel(ID, 8)
    assert desk.cancelled == [] and await house.state() is JobState.QUEUED


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (Cancelled(ID), "cancelled already"),
        (Done(ID, (picture(),), 2.0), "has ended"),
        (Failed(ID, "It did not work."), "has ended"),
    ],
)
async def test_a_job_that_has_ended_cannot_be_cancelled(
    imagine: ImagineService, desk: Desk, house: House, end: Cancelled | Done | Failed, said: str
) -> None:
    house.delivery.handle(end)
    await house.settle()
    with pytest.raises(UserError, match=said):
        await imagine.cancel(ID, 7)
    assert desk.cancelled == []


@pytest.mark.parametrize("job_id", ["nothing1", "", "'; DROP TABLE jobs"])
async def test_an_unknown_job_cannot_be_cancelled(imagine: ImagineService, job_id: str) -> None:
    with pytest.raises(NotFound, match="There is no job"):
        await imagine.cancel(job_id, 7)


async def test_a_job_that_nobody_was_told_of_is_not_submitted(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    accepted = await accept(imagine)
    await imagine.abandon(accepted.job, "Too late.")
    assert await house.state(accepted.job.id) is JobState.CANCELLED and desk.submitted == []


async def test_an_answer_that_cannot_be_written_down_holds_up_no_job(
    imagine: ImagineService, desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(*_: object) -> None:
        raise StorageError("locked")

    accepted = await accept(imagine)
    monkeypatch.setattr(house.jobs, "answered", locked)
    await imagine.start(accepted, 99)
    assert len(desk.submitted) == 1
    await imagine.cancel(accepted.job.id, 7)
    await house.settle()
    assert await house.state(accepted.job.id) is JobState.CANCELLED


def test_the_best_role_counts() -> None:
    weights = {"Artist": 2.0, "55": 3.0, "Muted": 0.5}
    assert weight_of((), weights) == 1.0
    assert weight_of({"Nobody"}, weights) == 1.0
    assert weight_of({"Muted"}, weights) == 0.5
    assert weight_of({"Muted", "Artist", "55"}, weights) == 3.0


TERM = next(term.text for term in floor_terms() if term.mark.rule == "F1" and term.mark.part == ALONE)
CHILD = next(term.text for term in floor_terms() if term.mark == AGE and not term.harmless)


async def ask(imagine: ImagineService, prompt: str, user_id: int = 7, **options: object) -> Accepted:
    request = Request(prompt, **options)  # type: ignore[arg-type]
    return await imagine.accept(Asker(user_id), PLACE, request, Reply("token", 1e12))


async def rows(database: Database) -> list[tuple[int, str]]:
    return [(row["user_id"], row["rule"]) for row in await database.fetch_all("SELECT * FROM strikes")]


@pytest.mark.parametrize(
    "options",
    [{"model": TERM}, {"profile": TERM}, {"loras": (Lora(TERM),)}],
    ids=["model", "profile", "lora"],
)
async def test_a_name_that_is_not_here_is_never_repeated_when_the_floor_forbids_it(
    imagine: ImagineService, database: Database, options: dict[str, object]
) -> None:
    with pytest.raises(Refused, match=r"rule F1\)") as caught:
        await ask(imagine, "1girl, smile", **options)
    assert TERM not in str(caught.value)
    assert await rows(database) == [(7, "F1")]
    with pytest.raises(InvalidRequest, match="'nowhere'"):
        await ask(imagine, "1girl, smile", user_id=8, model="nowhere")


async def test_a_refusal_by_the_floor_is_a_strike_and_the_third_bars(
    imagine: ImagineService, database: Database, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for prompt in (f"1girl, {TERM}", f"{CHILD}, nude", "1girl, masterpiece"):
        options = {"series": TERM} if prompt.endswith("masterpiece") else {}
        with pytest.raises(Refused, match=r"rule F[12]\)") as caught:
            await ask(imagine, prompt, **options)
        assert TERM not in str(caught.value) and CHILD not in str(caught.value)
    assert await rows(database) == [(7, "F1"), (7, "F2"), (7, "F1")]
    with pytest.raises(Barred, match="refused until"):
        await ask(imagine, "1girl, smile")
    assert memory.held() == 0
    await ask(imagine, "1girl, smile", user_id=8)
    assert TERM not in caplog.text and CHILD not in caplog.text
    assert len(await house.jobs.unfinished()) == 2  # the house's own, and the other person's


async def test_what_is_only_above_the_ceiling_is_no_strike(
    imagine: ImagineService, database: Database
) -> None:
    with pytest.raises(Refused, match="'nude'"):
        await ask(imagine, "1girl, nude")
    assert await rows(database) == []


async def test_who_wants_something_kept_out_is_refused_without_a_strike(
    imagine: ImagineService, database: Database
) -> None:
    with pytest.raises(Refused, match="rule F1"):
        await ask(imagine, "1girl", negative=f"lowres, {TERM}")
    assert await rows(database) == []
    with pytest.raises(Refused, match="rule F1"):
        await ask(imagine, f"1girl, {TERM}", negative=TERM)
    assert await rows(database) == [(7, "F1")]


@pytest.mark.parametrize("mistake", ["(smile:7)", "(smile:1,5)", "\x07"])
async def test_a_message_about_a_mistake_repeats_nothing_that_the_floor_refuses(
    imagine: ImagineService, database: Database, mistake: str
) -> None:
    with pytest.raises(InvalidRequest):
        await ask(imagine, f"1girl, {mistake}")
    with pytest.raises(Refused, match="rule F1"):
        await ask(imagine, f"1girl, {TERM}, {mistake}")
    with pytest.raises(Refused, match="rule F1"):
        await ask(imagine, "1girl", quality=TERM)
    assert await rows(database) == [(7, "F1")] * 2


async def test_blocked_people_and_servers_are_turned_away(imagine: ImagineService) -> None:
    with pytest.raises(Barred, match="blocked you"):
        await ask(imagine, "1girl", user_id=66)
    with pytest.raises(Barred, match="blocked this server"):
        await imagine.accept(Asker(7), Place(67, 2), Request("1girl"), Reply("token", 1e12))


async def test_an_age_makes_a_job_general_wherever_it_is_asked(
    imagine: ImagineService, database: Database, house: House
) -> None:
    await SettingsStore(database).set_ceiling(1, 0, Rating.EXPLICIT, 1)
    place = Place(1, 2, age_restricted=True)
    for prompt, negative in ((f"{CHILD}, park, kite", ""), ("15 years old, kite", ""), ("1girl", "mature")):
        request = Request(prompt, negative=negative)
        accepted = await imagine.accept(Asker(7), place, request, Reply("token", 1e12))
        assert accepted.job.age_context
        assert "rating: general" in accepted.job.prompt.positive
        record = await house.jobs.get(accepted.job.id)
        assert record is not None and record.job.age_context
    bikini = Request("1girl, bikini", rating=Rating.EXPLICIT)
    grown = await imagine.accept(Asker(7), place, bikini, Reply("token", 1e12))
    assert not grown.job.age_context
    with pytest.raises(Refused, match="general"):
        await imagine.accept(Asker(7), place, Request("15 years old, bikini"), Reply("token", 1e12))


async def test_the_floor_holds_where_the_ceilings_are_taken_away(
    house: House,
    desk: Desk,
    prompts: PromptService,
    ceilings: CeilingService,
    conduct: ConductService,
    quota: QuotaService,
) -> None:
    open_prompts = dataclasses.replace(prompts, policy=Policy(prompts.dictionary, rules=()))
    imagine = service(house, desk, open_prompts, ceilings, conduct, quota, Eyes())
    await ask(imagine, "1girl, nude")
    with pytest.raises(Refused, match="rule F1"):
        await ask(imagine, f"1girl, {TERM}")
    with pytest.raises(Refused, match="rule F2"):
        await ask(imagine, f"{CHILD}, nude")


async def test_a_job_that_todays_rules_refuse_ends_at_the_next_start(
    imagine: ImagineService, desk: Desk, house: House, database: Database
) -> None:
    kept = await accept(imagine)
    for number, (prompt, user_id) in enumerate(((TERM, 7), ("nude", 7), ("15 years old", 7), ("smile", 66))):
        job = dataclasses.replace(
            kept.job,
            id=f"earlier{number}",
            user_id=user_id,
            request=Request(f"1girl, {prompt}"),
            prompt=Prompt(f"1girl, {prompt}", "nsfw", 1, 1, 75),
        )
        await house.jobs.add(job)
    assert [job.id for job in await imagine.resume()] == [ID, kept.job.id]
    await house.settle()
    assert {tasks[0].job_id for tasks, *_ in desk.submitted} == {ID, kept.job.id}
    words = [sentence for kind, sentence in house.messenger.shown if kind == "word"]  # type: ignore[misc]
    assert len(words) == 4 and sum("has changed since" in str(word) for word in words) == 3
    assert not any(TERM in str(word) for word in words)
    for number in range(4):
        assert await house.state(f"earlier{number}") is JobState.FAILED
    forgotten = await house.jobs.get("earlier0")
    assert forgotten is not None and forgotten.job.request.prompt == forgotten.job.prompt.positive == ""
    stored = await database.fetch_all("SELECT request || prompt AS text FROM jobs")
    assert not any(TERM in row["text"] for row in stored)
    assert await rows(database) == []


def test_the_floor_that_is_used_is_the_floor(prompts: PromptService) -> None:
    assert Floor().screen([[TERM]]) is not None
    reason = prompts.policy.screen(Typed((TERM,)))
    assert reason is not None and reason.rule == "F1"


async def test_a_bot_that_stops_takes_nothing_more_and_keeps_what_it_took(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    accepted = await accept(imagine)
    imagine.close()
    with pytest.raises(Busy, match="about to restart"):
        await accept(imagine)
    await imagine.start(accepted, 99)
    assert desk.submitted == [] and await house.state(accepted.job.id) is JobState.QUEUED


async def test_a_job_that_many_runs_began_in_vain_is_given_up(
    imagine: ImagineService, desk: Desk, house: House
) -> None:
    for _ in range(ATTEMPTS - 1):
        await house.jobs.move(ID, JobState.RUNNING)
        assert [job.id for job in await imagine.resume()] == [ID]
    await house.jobs.move(ID, JobState.RUNNING)
    assert await imagine.resume() == []
    await house.settle()
    assert await house.state() is JobState.FAILED
    assert "it was given up" in str(house.messenger.shown)


async def begin(imagine: ImagineService, given: Given, text: str = "1girl", **options: object) -> Accepted:
    return await imagine.accept(Asker(7), PLACE, Request(text, **options), Reply("token", 1e12), given)  # type: ignore[arg-type]


async def test_a_job_begins_from_a_picture_that_is_kept_through_a_restart(
    imagine: ImagineService, desk: Desk, house: House, eyes: Eyes
) -> None:
    accepted = await begin(imagine, Given(Sent(b"wide"), 0.5, Sent(b"mask")))
    source = accepted.job.request.source
    assert source is not None and source.strength == 0.5
    assert str(accepted.job.request.size) == "1536x640"  # as wide as the picture, not as usual
    assert sorted(await house.sources.names()) == sorted(source.files)
    assert [job.id for job in await imagine.resume()] == [ID, accepted.job.id]
    (task,) = desk.submitted[1][0]
    assert task.start is not None
    assert (task.start.picture, task.start.strength, task.start.mask) == (b"PNG wide", 0.5, b"PNG mask")
    assert len(eyes.seen) == 2  # by the rules of the day, too


async def test_a_picture_above_the_ceiling_is_refused_and_kept_nowhere(
    imagine: ImagineService, house: House, eyes: Eyes
) -> None:
    eyes.verdict = ABOVE
    with pytest.raises(InvalidRequest, match="above general, the most that is drawn here"):
        await begin(imagine, Given(Sent()))
    assert await house.sources.names() == {}
    assert [job.id for job in await house.jobs.unfinished()] == [ID]


async def test_nothing_is_fetched_for_words_that_are_refused(imagine: ImagineService, eyes: Eyes) -> None:
    with pytest.raises(Refused):
        await begin(imagine, Given(Sent()), "nude")
    assert eyes.seen == []


async def test_nothing_is_fetched_for_somebody_whose_quota_is_used_up(
    imagine: ImagineService, eyes: Eyes
) -> None:
    for _ in range(8):
        await accept(imagine)
    with pytest.raises(Busy, match="8 of your 8 jobs are waiting or running"):
        await begin(imagine, Given(Sent()))
    assert eyes.seen == []


async def test_what_is_drawn_from_somebody_young_is_judged_more_strictly(
    imagine: ImagineService, eyes: Eyes, database: Database
) -> None:
    await SettingsStore(database).set_ceiling(PLACE.guild_id or 0, PLACE.channel_id, Rating.EXPLICIT, 1)
    eyes.verdict = AGED
    accepted = await begin(imagine, Given(Sent()))
    assert accepted.job.age_context
    assert accepted.job.id in {job.id for job in await imagine.resume()}
    eyes.verdict = dataclasses.replace(ABOVE, age=0.5)
    with pytest.raises(InvalidRequest, match="not drawn from"):
        await begin(imagine, Given(Sent()))


async def test_a_picture_that_is_gone_at_the_restart_ends_its_job(
    imagine: ImagineService, house: House
) -> None:
    accepted = await begin(imagine, Given(Sent()))
    for sha256 in await house.sources.names():
        await house.sources.remove(sha256)
    assert accepted.job.id not in {job.id for job in await imagine.resume()}
    await house.settle()
    assert ("word", GONE) in house.messenger.shown


@pytest.mark.parametrize("strength", [0.0, 0.01, 1.5, float("nan")])
async def test_a_strength_that_leaves_nothing_is_told_before_anything_is_fetched(
    imagine: ImagineService, eyes: Eyes, strength: float
) -> None:
    with pytest.raises(InvalidRequest, match="trength"):
        await begin(imagine, Given(Sent(), strength))
    assert eyes.seen == []


async def test_a_strength_of_one_is_drawn_and_advised_against(imagine: ImagineService) -> None:
    accepted = await begin(imagine, Given(Sent(), 1.0))
    assert (
        "A strength of 1 keeps nothing of the picture that it begins from." in accepted.job.request.advice()
    )


async def test_a_file_of_more_than_twenty_megabytes_is_not_looked_at(
    imagine: ImagineService, eyes: Eyes
) -> None:
    with pytest.raises(InvalidRequest, match=r"20\.0 MB, and at most 20 MB"):
        await begin(imagine, Given(Sent(bytes(20_000_001))))
    assert eyes.seen == []
