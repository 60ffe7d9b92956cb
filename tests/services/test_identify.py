"""From a file to a request here: the nearest settings, and nothing repeated that may not be."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.chibi import MODEL_DIR
from bot.core.errors import Barred, InvalidRequest
from bot.core.job import Place
from bot.core.lora import Lora
from bot.core.rating import Rating
from bot.core.request import MAX_PROMPT, SAMPLERS, Request, Vary
from bot.core.size import DEFAULT_SIZE, Size
from bot.policy.floor.lists import ALONE, floor_terms
from bot.services.catalogue import Catalogue, LoraEntry
from bot.services.conduct import ConductService
from bot.services.identify import Identified, IdentifyService, pack, unpack
from bot.services.imagine import Asker
from bot.services.prompts import PromptService
from bot.storage.database import Database
from bot.storage.secret import SecretKey
from bot.storage.strikes import StrikeStore
from tests.prompt.test_metadata import text

HERE, REN = Place(1, 2), Asker(7)
FORBIDDEN = next(term.text for term in floor_terms() if term.mark.part == ALONE and term.text.isalpha())


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    prompts = PromptService.for_model("animagine-xl-3.0", MODEL_DIR)
    return Catalogue(prompts, loras={"ink": LoraEntry(), "far": LoraEntry(guilds=(99,))})


class Desk:
    def __init__(self, database: Database, folder: Path, catalogue: Catalogue) -> None:
        self.rating = Rating.GENERAL
        conduct = ConductService(StrikeStore(database), SecretKey(folder / "key"), blocked_people={66})
        self.service = IdentifyService(conduct, self, catalogue)  # type: ignore[arg-type]

    async def of(self, place: Place) -> SimpleNamespace:
        return SimpleNamespace(rating=self.rating)

    async def read(self, parameters: str) -> Identified:
        return await self.service.identify(REN, HERE, text("parameters", parameters))


@pytest.fixture
def desk(database: Database, tmp_path: Path, catalogue: Catalogue) -> Desk:
    return Desk(database, tmp_path, catalogue)


async def test_everything_that_is_known_here_is_taken_over(desk: Desk) -> None:
    found = await desk.read(
        "1girl, (night:1.2), <lora:ink:0.8>\nNegative prompt: hat\nSteps: 20, Sampler: Euler a, "
        "CFG scale: 6, Seed: 5, Size: 1024x1024, Version: animagine-bot 1, Variation seed: 7, "
        "Variation seed strength: 0.5, Hires upscale: 1.5"
    )
    assert found.request == Request(
        "1girl, (night:1.2)",
        "hat",
        size=Size(1024, 1024),
        seed=5,
        steps=20,
        cfg=6,
        hires=True,
        vary=Vary(7, 0.5),
        loras=(Lora("ink", 0.8),),
    )
    assert found.notes == () and not found.hidden
    assert unpack(pack(found.request)) == found.request


@pytest.mark.parametrize(
    ("said", "name", "value", "noted"),
    [
        ("Size: 512x768", "size", DEFAULT_SIZE, "nearest of the model's nine"),
        ("Size: 99999999999x1", "size", Size(1536, 640), "nearest"),
        ("Size: 0x0", "size", DEFAULT_SIZE, ""),
        ("Steps: 0", "steps", 1, "steps become 1"),
        ("Steps: 150", "steps", 60, "steps become 60"),
        ("CFG scale: 30", "cfg", 15.0, "CFG becomes 15"),
        ("CFG scale: 0", "cfg", 1.0, "CFG becomes 1"),
        ("Seed: 4294967295", "seed", 4294967295, ""),
        ("Seed: 4294967296", "seed", None, "random one"),
        ("Sampler: DPM++ 2M Karras", "sampler", "DPM++ 2M Karras", ""),
        ("Sampler: DPM++ 2M, Schedule type: Karras", "sampler", "DPM++ 2M Karras", ""),
        ("Sampler: dpmpp_2m_sde, Schedule type: karras", "sampler", "DPM++ 2M SDE Karras", ""),
        ("Sampler: DPM++ SDE", "sampler", "DPM++ SDE Karras", "other schedules"),
        ("Sampler: k_euler_ancestral, Schedule type: normal", "sampler", "Euler a", ""),
        ("Sampler: euler, Schedule type: karras", "sampler", "Euler", "other schedules"),
        ("Sampler: LMS", "sampler", SAMPLERS[0], "not offered here"),
        ("Denoising strength: 0.4", "source", None, "began from another picture"),
        ("Clip skip: 2", "prompt", "1girl", "Not taken over: Clip skip."),
    ],
)
async def test_the_nearest_is_taken_and_said(
    desk: Desk, said: str, name: str, value: object, noted: str
) -> None:
    found = await desk.read(
        f"1girl\nSteps: 9, {said}" if "Steps" not in said else f"1girl\n{said}, A: 1, B: 2"
    )
    assert getattr(found.request, name) == value
    assert noted in " ".join(found.notes)


async def test_loras_that_are_not_here_are_counted(desk: Desk) -> None:
    calls = " ".join(f"<lora:{name}:3>" for name in ("ink", "far", "absent"))
    found = await desk.read(f"1girl {calls}\nSteps: 9")
    assert found.request is not None and found.request.loras == (Lora("ink", 2.0),)
    assert "LoRAs that are not used here: 2." in found.notes


async def test_a_long_prompt_is_cut_after_a_whole_tag(desk: Desk) -> None:
    found = await desk.read("1girl, " + "night sky, " * 400 + "\nSteps: 9")
    assert found.request is not None and len(found.request.prompt) <= MAX_PROMPT
    assert found.request.prompt.endswith("night sky") and "is cut after 2,000 characters" in found.notes[0]


async def test_what_is_above_the_ceiling_is_not_shown_but_why(desk: Desk) -> None:
    said = "1girl, nude\nSteps: 9, Model: nude mix, Sampler: lingerie, Nude: 1"
    found = await desk.read(said)
    assert found.request is None and "above this place's ceiling" in found.hidden
    settings = found.settings
    assert (settings.positive, settings.negative, settings.model, settings.sampler) == ("", "", "", "")
    assert settings.others == () and settings.steps == 9
    desk.rating = Rating.EXPLICIT
    found = await desk.read(said)
    assert found.request is not None and found.settings.model == "nude mix"


@pytest.mark.parametrize(
    "said",
    [
        f"{FORBIDDEN}\nSteps: 9",
        f"1girl\nSteps: 9, Model: {FORBIDDEN}",
        f"1girl\nSteps: 9, Sampler: {FORBIDDEN}",
        f"1girl <lora:{FORBIDDEN}:1>\nSteps: 9",
        f"({FORBIDDEN}:9)\nSteps: 9",
    ],
)
async def test_what_the_floor_forbids_is_not_repeated(desk: Desk, database: Database, said: str) -> None:
    desk.rating = Rating.EXPLICIT
    with pytest.raises(InvalidRequest, match=r"never draws \(rule F\d\), so they are not shown") as told:
        await desk.read(said)
    assert FORBIDDEN not in str(told.value)
    # Whoever asks what a stranger's file says has asked for nothing.
    assert await database.fetch_all("SELECT * FROM strikes") == []


@pytest.mark.parametrize(
    ("said", "why"), [("\nSteps: 9, Seed: 1, B: 2", "no prompt"), ("(1girl:9)\nSteps: 9", "outside 0 to 2")]
)
async def test_what_cannot_be_run_is_told_beside_the_numbers(desk: Desk, said: str, why: str) -> None:
    found = await desk.read(said)
    assert why in found.hidden and found.request is None and found.settings.steps == 9


async def test_who_is_blocked_reads_nothing(desk: Desk) -> None:
    with pytest.raises(Barred):
        await desk.service.identify(Asker(66), HERE, text("parameters", "1girl\nSteps: 9"))


@pytest.mark.parametrize(
    "file", [b"", b"{", b"[]", b"\xff", b"{}", b'{"prompt": 5}', b'{"prompt": "x", "steps": 99}']
)
def test_a_file_that_holds_no_request(file: bytes) -> None:
    with pytest.raises(InvalidRequest):
        unpack(file)


async def test_a_crowd_reads_at_once(desk: Desk) -> None:
    found = await asyncio.gather(*(desk.read(f"1girl\nSteps: {steps}") for steps in range(1, 30)))
    assert [each.settings.steps for each in found] == list(range(1, 30))
