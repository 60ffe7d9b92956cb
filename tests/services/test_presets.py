"""Presets belong to one person, and are judged when they are saved and when they are used."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from bot.core.draft import Draft
from bot.core.errors import Barred, InvalidRequest, NotFound, Refused
from bot.core.job import Place
from bot.core.lora import Lora
from bot.core.rating import Rating
from bot.core.request import Request, Source
from bot.core.size import SIZES
from bot.models import builtin
from bot.policy.floor.lists import ALONE, floor_terms
from bot.services.catalogue import Catalogue
from bot.services.conduct import ConductService
from bot.services.keeping import KeepingService
from bot.services.presets import MOST, MOST_NAME, PresetService
from bot.services.prompts import PromptService
from bot.storage.database import Database
from bot.storage.export import export
from bot.storage.jobs import JobStore
from bot.storage.presets import PresetStore
from bot.storage.privacy import PrivacyStore
from bot.storage.secret import SecretKey
from bot.storage.strikes import StrikeStore
from tests.services.house import asked

ME, OTHER = 7, 8
HERE = Place(1, 2)
TERM = next(term.text for term in floor_terms() if term.mark.rule == "F1" and term.mark.part == ALONE)
FULL = Draft(
    prompt="night, city",
    negative="hat",
    subject="1girl",
    character="hatsune miku",
    rating=Rating.SENSITIVE,
    size=SIZES[0],
    count=4,
    steps=12,
    cfg=5.5,
    sampler="Heun",
    style="Anime",
    quality="heavy",
    hires=False,
    loras=(),
)


@pytest.fixture(scope="module")
def prompts() -> PromptService:
    return PromptService.for_model("chibi", builtin()["chibi"])


@pytest.fixture
def presets(database: Database, prompts: PromptService, tmp_path: Path) -> PresetService:
    conduct = ConductService(StrikeStore(database), SecretKey(tmp_path / "conduct.key"), blocked_people=(66,))
    keeping = KeepingService(Catalogue(prompts), conduct)
    return PresetService(PresetStore(database), JobStore(database), keeping)


async def test_a_preset_comes_back_as_it_was_and_to_its_owner_alone(presets: PresetService) -> None:
    await presets.save(ME, HERE, "Night  City", FULL)
    found = await presets.get(ME, " night city ")
    assert (found.name, found.draft) == ("Night City", FULL)
    assert await presets.names(OTHER) == []
    with pytest.raises(NotFound, match="no presets yet"):
        await presets.get(OTHER, "night city")
    with pytest.raises(NotFound, match="no preset 'day'; yours are 'Night City'"):
        await presets.get(ME, "day")
    with pytest.raises(NotFound):
        await presets.delete(OTHER, "night city")
    assert await presets.delete(ME, "NIGHT CITY") == "Night City"
    assert await presets.all(ME) == []


async def test_a_name_is_taken_in_either_case_unless_it_is_replaced(presets: PresetService) -> None:
    await presets.save(ME, HERE, "Straße", Draft(steps=5))
    with pytest.raises(InvalidRequest, match="'Straße' already; choose another name, or set replace"):
        await presets.save(ME, HERE, "STRASSE", Draft(steps=6))
    await presets.save(ME, HERE, "STRASSE", Draft(steps=6), replace=True)
    assert [(each.name, each.draft) for each in await presets.all(ME)] == [("STRASSE", Draft(steps=6))]


async def test_twenty_five_and_no_more(presets: PresetService) -> None:
    for number in range(MOST):
        await presets.save(ME, HERE, f"preset {number}", Draft(steps=5))
    with pytest.raises(InvalidRequest, match="25 presets, which is all that fit; delete one"):
        await presets.save(ME, HERE, "one more", Draft(steps=5))
    await presets.save(ME, HERE, "PRESET 3", Draft(steps=6), replace=True)
    await presets.save(OTHER, HERE, "one more", Draft(steps=5))
    assert len(await presets.names(ME)) == MOST


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "needs letters"),
        ("   ", "needs letters"),
        ("\u200b\u2060\u200d", "needs letters"),
        ("x" * (MOST_NAME + 1), "41 characters; at most 40"),
        ("a\x00b", "control character"),
        ("\ud800", "control character"),
    ],
)
async def test_names_that_are_none(presets: PresetService, name: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        await presets.save(ME, HERE, name, Draft(steps=5))
    assert await presets.all(ME) == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("moon\u200blight\u202e", "moonlight"),
        ("two\nlines", "two lines"),
        ("**bold** @everyone", "**bold** @everyone"),
        ("夜の街", "夜の街"),
        ("'; DROP TABLE presets; --", "'; DROP TABLE presets; --"),
    ],
)
async def test_odd_names_are_kept_without_what_cannot_be_seen(
    presets: PresetService, name: str, kept: str
) -> None:
    assert (await presets.save(ME, HERE, name, Draft(steps=5))).name == kept
    assert (await presets.get(ME, name)).name == kept


async def test_a_job_is_kept_without_what_was_of_its_moment(
    presets: PresetService, database: Database
) -> None:
    request = Request(
        "1girl", steps=9, seed=5, private=True, source=Source("ab", 0.5), loras=(Lora("ink", 0.5),), count=2
    )
    job = dataclasses.replace(asked("mine0001"), request=dataclasses.replace(request, loras=()))
    await JobStore(database).add(job)
    saved = (await presets.save(ME, Place(None, 99), "mine", Draft(steps=3), job_id=" `MINE0001` ")).draft
    assert saved.request() == Request("1girl", steps=3, count=2, style="none")
    assert (saved.seed, saved.private, saved.negative, saved.model) == (None, None, "none", "none")


async def test_another_persons_job_only_where_it_was_shown(
    presets: PresetService, database: Database
) -> None:
    public = asked("public01", user_id=OTHER)
    hidden = dataclasses.replace(asked("private1", user_id=OTHER), request=Request("1girl", private=True))
    for job in (public, hidden, asked("indirect", user_id=OTHER, guild_id=None)):
        await JobStore(database).add(job)
    await presets.save(ME, HERE, "seen", Draft(), job_id="public01")
    elsewhere = (
        ("public01", Place(1, 3)),
        ("private1", HERE),
        ("indirect", Place(None, 2)),
        ("nojobid!", HERE),
    )
    for job_id, place in elsewhere:
        with pytest.raises(NotFound, match="no job"):
            await presets.save(ME, place, "unseen", Draft(), job_id=job_id)


async def test_nothing_is_no_preset(presets: PresetService) -> None:
    with pytest.raises(InvalidRequest, match="nothing to save"):
        await presets.save(ME, HERE, "empty", Draft())


async def test_what_the_floor_refuses_is_not_kept_and_is_a_strike(
    presets: PresetService, database: Database
) -> None:
    for name, draft in (("fine", Draft(prompt=TERM)), (TERM[:MOST_NAME], Draft(steps=5))):
        with pytest.raises(Refused, match=r"rule F1\)\. .*more? such request"):
            await presets.save(ME, HERE, name, draft)
    with pytest.raises(Refused, match="refused until"):
        await presets.save(ME, HERE, "fine", Draft(prompt="night", character=TERM))
    with pytest.raises(Barred):
        await presets.save(ME, HERE, "fine", Draft(steps=5))
    assert await presets.all(ME) == []
    assert len(await database.fetch_all("SELECT * FROM strikes WHERE user_id = ?", (ME,))) == 3
    with pytest.raises(Barred):
        await presets.save(66, HERE, "fine", Draft(steps=5))


async def test_what_is_above_a_place_is_kept_and_judged_when_it_is_used(presets: PresetService) -> None:
    await presets.save(ME, HERE, "beach", Draft(prompt="lingerie"))
    assert (await presets.get(ME, "beach")).draft.prompt == "lingerie"


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (Draft(prompt="x" * 6000), "6,000 characters"),
        (Draft(prompt="(smile:9)"), "9"),
        (Draft(style="magic"), "no style"),
        (Draft(loras=(Lora("gone"),)), "no LoRA 'gone'"),
        (Draft(profile="gone"), "no profile 'gone'"),
        (Draft(hires=True, steps=1), "Hires"),
    ],
)
async def test_what_could_not_be_drawn_is_not_kept(presets: PresetService, draft: Draft, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        await presets.save(ME, HERE, "wrong", draft)
    assert await presets.all(ME) == []


async def test_they_are_counted_handed_out_and_erased(
    presets: PresetService, database: Database, tmp_path: Path
) -> None:
    word = "zanzibarquartz"
    await presets.save(ME, HERE, f"my {word}", Draft(prompt=word, size=SIZES[0]))
    await presets.save(OTHER, HERE, "theirs", Draft(steps=5))
    await database.change("INSERT INTO defaults VALUES (?, 0, 0, ?)", (ME, f'{{"negative": "{word}"}}'))
    await database.change("INSERT INTO defaults VALUES (0, 1, 0, '{\"steps\": 5}')")
    store = PrivacyStore(database)
    held = await store.count(ME)
    assert (held.presets, held.defaults, held.nothing) == (1, 1, False)
    exported = json.loads(json.dumps(await export(database, ME)))
    assert exported["presets"][0]["name"] == f"my {word}"
    assert exported["presets"][0]["draft"] == {"prompt": word, "size": {"width": 1024, "height": 1024}}
    assert exported["defaults"][0]["draft"] == {"negative": word}
    await store.erase_rest(ME)
    await store.scrub()
    assert (await store.count(ME)).nothing and (await store.count(OTHER)).presets == 1
    assert len(await database.fetch_all("SELECT * FROM defaults")) == 1
    for path in tmp_path.iterdir():
        assert word.encode() not in (path.read_bytes() if path.is_file() else b"")
