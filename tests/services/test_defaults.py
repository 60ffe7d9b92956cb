"""What fills a request, in which order, and what gives way."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bot.core.draft import Draft
from bot.core.errors import InvalidRequest, Refused
from bot.core.job import Place
from bot.core.rating import Rating
from bot.core.request import Request
from bot.core.size import SIZES
from bot.models import builtin
from bot.policy.floor.lists import ALONE, floor_terms
from bot.services.catalogue import Catalogue, ModelEntry
from bot.services.ceilings import CeilingService
from bot.services.conduct import ConductService
from bot.services.defaults import DefaultsService, Origin, merge
from bot.services.keeping import KeepingService
from bot.services.prompts import PromptService
from bot.services.settings import Admin, SettingsService
from bot.storage.database import Database
from bot.storage.defaults import DefaultStore, Whose
from bot.storage.guilds import GuildStore
from bot.storage.secret import SecretKey
from bot.storage.settings import SettingsStore
from bot.storage.strikes import StrikeStore

ME, GUILD, CHANNEL = 7, 1, 2
TERM = next(term.text for term in floor_terms() if term.mark.rule == "F1" and term.mark.part == ALONE)
HERE = Place(GUILD, CHANNEL, age_restricted=True)
ADMIN = Admin(9, GUILD, True)
TYPED = Draft(prompt="1girl")


@pytest.fixture(scope="module")
def prompts() -> PromptService:
    return PromptService.for_model("chibi", builtin()["chibi"])


@pytest.fixture(scope="module")
def catalogue(prompts: PromptService) -> Catalogue:
    plain = PromptService.for_model("plain", builtin()["chibi"])
    return Catalogue(prompts, models={"plain": ModelEntry(plain), "theirs": ModelEntry(plain, guilds=(5,))})


@pytest.fixture
def keeping(database: Database, catalogue: Catalogue, tmp_path: Path) -> KeepingService:
    return KeepingService(
        catalogue, ConductService(StrikeStore(database), SecretKey(tmp_path / "conduct.key"))
    )


class Channels:
    async def age_restricted(self, place: Place) -> bool:
        return place.age_restricted


@pytest.fixture
def defaults(database: Database, catalogue: Catalogue, keeping: KeepingService) -> DefaultsService:
    return service(database, catalogue, keeping)


def service(database: Database, catalogue: Catalogue, keeping: KeepingService) -> DefaultsService:
    ceilings = CeilingService(SettingsStore(database), Rating.EXPLICIT, Channels())
    return DefaultsService(DefaultStore(database), catalogue, ceilings, keeping)


def test_the_first_layer_with_a_value_counts() -> None:
    layers = [
        (Origin.TYPED, Draft(steps=1)),
        (Origin.PRESET, Draft(steps=2, cfg=2.0)),
        (Origin.OWN, Draft(steps=3, cfg=3.0, sampler="Heun")),
        (Origin.CHANNEL, Draft(steps=4, cfg=4.0, sampler="DDIM", style="Anime")),
        (Origin.SERVER, Draft(steps=5, cfg=5.0, sampler="UniPC", style="Manga", private=False)),
    ]
    merged = merge(layers, lambda name, value, before: True)
    assert merged.draft == Draft(steps=1, cfg=2.0, sampler="Heun", style="Anime", private=False)
    assert merged.origins == {
        "steps": Origin.TYPED,
        "cfg": Origin.PRESET,
        "sampler": Origin.OWN,
        "style": Origin.CHANNEL,
        "private": Origin.SERVER,
    }
    assert merged.gave_way == ()


def test_only_defaults_give_way_and_the_next_takes_their_place() -> None:
    layers = [
        (Origin.TYPED, Draft(style="gone")),
        (Origin.OWN, Draft(model="gone", style="gone")),
        (Origin.SERVER, Draft(model="here")),
    ]
    merged = merge(layers, lambda name, value, before: value != "gone")
    assert merged.draft == Draft(style="gone", model="here")
    assert merged.gave_way == (("model", Origin.OWN),)
    assert merge([(Origin.OWN, Draft(private=False))], lambda *_: True).draft.private is False


async def test_every_layer_fills_what_those_before_it_left_open(defaults: DefaultsService) -> None:
    assert (await defaults.fill(TYPED, ME, HERE)).request == Request("1girl")
    await defaults.set_here(ADMIN, None, Draft(steps=10, cfg=6.0, style="Anime", private=True), ())
    await defaults.set_here(ADMIN, CHANNEL, Draft(steps=12, cfg=5.0), ())
    await defaults.set_own(ME, GUILD, Draft(steps=14, size=SIZES[0]), ())
    filled = await defaults.fill(TYPED, ME, HERE)
    whole = Request("1girl", steps=14, cfg=5.0, style="Anime", private=True, size=SIZES[0])
    assert filled.request == whole and filled.notes == ()
    preset = Draft(prompt="night", steps=16, style="none")
    used = await defaults.fill(Draft(prompt="1boy", private=False), ME, HERE, preset)
    assert used.request == dataclasses.replace(whole, prompt="1boy", private=False, steps=16, style="none")
    assert (await defaults.fill(Draft(), ME, HERE, preset)).request.prompt == "night"
    elsewhere = (await defaults.fill(TYPED, ME, dataclasses.replace(HERE, channel_id=3))).request
    assert (elsewhere.steps, elsewhere.cfg) == (14, 6.0)
    thread = await defaults.fill(TYPED, 8, dataclasses.replace(HERE, channel_id=3, parent_id=CHANNEL))
    assert thread.request.steps == 12
    alone = await defaults.fill(TYPED, ME, Place(None, 3))
    assert alone.request == Request("1girl", steps=14, size=SIZES[0])
    origins = (await defaults.explain(ME, HERE)).origins
    assert (origins["steps"], origins["cfg"], origins["style"]) == (
        Origin.OWN,
        Origin.CHANNEL,
        Origin.SERVER,
    )
    assert "sampler" not in origins


async def test_none_undoes_a_wider_default(defaults: DefaultsService) -> None:
    await defaults.set_here(ADMIN, None, Draft(negative="hat", model="plain"), ())
    filled = (await defaults.fill(TYPED, ME, HERE)).request
    assert (filled.negative, filled.model) == ("hat", "plain")
    await defaults.set_own(ME, GUILD, Draft(model="none"), ())
    typed = dataclasses.replace(TYPED, negative="None ")
    assert (await defaults.fill(typed, ME, HERE)).request == Request("1girl")


async def test_what_is_no_longer_there_gives_way_with_a_note(
    defaults: DefaultsService, database: Database, prompts: PromptService, keeping: KeepingService
) -> None:
    await defaults.set_own(ME, GUILD, Draft(model="plain"), ())
    await defaults.set_here(ADMIN, None, Draft(quality="heavy", style="Anime"), ())
    # The plain model was taught no quality words.
    filled = await defaults.fill(TYPED, ME, HERE)
    assert filled.request == Request("1girl", model="plain", style="Anime")
    assert filled.notes == ("This server's default for quality cannot be used for this, so it was left out.",)
    fewer = service(database, Catalogue(prompts), keeping)
    filled = await fewer.fill(TYPED, ME, HERE)
    assert filled.request == Request("1girl", quality="heavy", style="Anime")
    assert filled.notes == ("Your own default for model cannot be used for this, so it was left out.",)
    with pytest.raises(InvalidRequest, match="'plain'"):
        Catalogue(prompts).order(
            (await fewer.fill(Draft(prompt="x", model="plain"), ME, HERE)).request, GUILD
        )
    assert (await fewer.explain(ME, HERE)).gave_way == (("model", Origin.OWN),)


async def test_a_model_of_another_server_gives_way(defaults: DefaultsService) -> None:
    await defaults.set_own(ME, 5, Draft(model="theirs"), ())
    assert (await defaults.fill(TYPED, ME, Place(5, 3))).request.model == "theirs"
    filled = await defaults.fill(TYPED, ME, HERE)
    assert filled.request.model is None and "for model cannot be used" in filled.notes[0]
    with pytest.raises(InvalidRequest, match="not allowed in this server"):
        await defaults.set_own(ME, GUILD, Draft(model="theirs"), ())


async def test_a_negative_above_the_ceiling_gives_way(defaults: DefaultsService, database: Database) -> None:
    ceilings = SettingsService(SettingsStore(database), Rating.EXPLICIT)
    await ceilings.set_ceiling(ADMIN, None, Rating.EXPLICIT)
    await defaults.set_own(ME, GUILD, Draft(negative="clothes"), ())
    await defaults.set_here(ADMIN, None, Draft(negative="hat"), ())
    assert (await defaults.fill(TYPED, ME, HERE)).request.negative == "clothes"
    await ceilings.set_ceiling(ADMIN, None, Rating.GENERAL)
    filled = await defaults.fill(TYPED, ME, HERE)
    assert filled.request.negative == "hat"
    assert filled.notes == ("Your own default for negative cannot be used for this, so it was left out.",)
    # What the prompt is refused for is not the negative's fault, and a typed one is as it was typed.
    assert (await defaults.fill(Draft(prompt="nude"), ME, HERE)).request.negative == "clothes"
    typed = await defaults.fill(Draft(prompt="1girl", negative="clothes"), ME, HERE)
    assert typed.request.negative == "clothes" and typed.notes == ()


async def test_steps_that_leave_nothing_to_hires_give_way(defaults: DefaultsService) -> None:
    await defaults.set_own(ME, GUILD, Draft(steps=1), ())
    filled = await defaults.fill(dataclasses.replace(TYPED, hires=True), ME, HERE)
    assert filled.request.steps == 28 and "for steps" in filled.notes[0]
    with pytest.raises(InvalidRequest, match="Hires"):
        await defaults.fill(dataclasses.replace(TYPED, hires=True, steps=1), ME, HERE)


@pytest.mark.parametrize(
    ("admin", "said"), [(Admin(ME, GUILD, False), "Manage Server"), (Admin(ME, None, True), "a server")]
)
@pytest.mark.parametrize("channel", [None, CHANNEL])
async def test_who_may_not_changes_nothing(
    defaults: DefaultsService, database: Database, admin: Admin, said: str, channel: int | None
) -> None:
    with pytest.raises(InvalidRequest, match=said):
        await defaults.set_here(admin, channel, Draft(steps=10), ())
    with pytest.raises(InvalidRequest, match=said):
        await defaults.set_here(admin, channel, Draft(), ("steps",))
    assert await database.fetch_all("SELECT * FROM defaults") == []
    assert await database.fetch_all("SELECT * FROM audit") == []


async def test_a_servers_changes_are_written_down_and_ones_own_are_not(
    defaults: DefaultsService, database: Database
) -> None:
    await defaults.set_own(ME, GUILD, Draft(steps=10), ())
    await defaults.set_here(ADMIN, None, Draft(steps=10, private=True), ())
    await defaults.set_here(ADMIN, None, Draft(steps=10), ())
    await defaults.set_here(ADMIN, CHANNEL, Draft(cfg=5.5), ())
    left = await defaults.set_here(ADMIN, None, Draft(steps=11), ("steps", "private", "cfg"))
    assert left == Draft(steps=11)
    rows = await database.fetch_all(
        "SELECT guild_id, channel_id, user_id, action, before, after FROM audit ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (GUILD, None, 9, "default steps", "unset", "10"),
        (GUILD, None, 9, "default private", "unset", "on"),
        (GUILD, CHANNEL, 9, "default cfg", "unset", "5.5"),
        (GUILD, None, 9, "default steps", "10", "11"),
        (GUILD, None, 9, "default private", "on", "unset"),
    ]
    assert await defaults.set_own(ME, GUILD, Draft(), ("steps",)) == Draft()
    await GuildStore(database).forget(GUILD)
    assert await database.fetch_all("SELECT * FROM defaults") == []


async def test_what_the_floor_refuses_is_not_kept(defaults: DefaultsService, database: Database) -> None:
    with pytest.raises(Refused, match="rule F1"):
        await defaults.set_own(ME, GUILD, Draft(negative=TERM), ())
    with pytest.raises(Refused, match="rule F1"):
        await defaults.set_here(ADMIN, None, Draft(negative=f"hat, {TERM}"), ())
    assert await DefaultStore(database).of(Whose(user_id=ME)) == [Draft()]
    assert await database.fetch_all("SELECT * FROM defaults") == []
    # Whoever writes it into a negative asks for its absence.
    assert await database.fetch_all("SELECT * FROM strikes") == []


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (Draft(steps=900), "900 steps are outside"),
        (Draft(cfg=0.5), "CFG 0.5 is outside"),
        (Draft(sampler="magic"), "'magic' is not a sampler"),
        (Draft(quality="magic"), "'magic' is no quality"),
        (Draft(style="magic"), "'magic' is no style"),
        (Draft(model="magic"), "no model 'magic'"),
        (Draft(negative="x" * 6000), "6,000 characters"),
    ],
)
async def test_what_could_not_be_drawn_is_not_kept(
    defaults: DefaultsService, draft: Draft, said: str
) -> None:
    with pytest.raises(InvalidRequest, match=said):
        await defaults.set_own(ME, GUILD, draft, ())
