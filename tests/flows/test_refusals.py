"""A person asks for what a place does not show: they alone read why, nothing is kept, and others go on."""

from __future__ import annotations

import csv
import logging
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path

import pytest
import pytest_asyncio

from bot.sandbox import Sandbox
from bot.sandbox.driver import Outcome
from bot.sandbox.messages import Message
from tests.flows.conftest import running
from tests.sandbox.oracle import Oracle

pytestmark = pytest.mark.asyncio(loop_scope="session")

EPHEMERAL = 64
ASKER, OTHER, STRUCK = "mika", "yuki", "sora"
OPEN, THREAD = "tea-room", "Sketch night"
MARK = "zanzibar-lantern-7431"
"""A harmless word, the like of which nothing else writes, to look for in whatever is kept."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("refusals")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def quiet(folder: Path) -> AsyncIterator[Sandbox]:
    """A sandbox and a bot of their own: somebody here is turned away for a day."""
    oracle = Oracle()
    async with Sandbox(observer=oracle) as opened, running(opened, folder):
        yield opened
    assert not oracle.faults


def alone(asked: Outcome) -> str:
    """What the asker alone reads, without a picture."""
    assert asked.message is not None and asked.message.flags & EPHEMERAL
    assert not asked.message.files and not asked.message.components
    said = asked.message.content + str(asked.message.embeds)
    assert "Traceback" not in said and "reference" not in said and "\n" not in asked.message.content
    return said


async def is_taken(sandbox: Sandbox, name: str, **options: object) -> bool:
    """Whether a request becomes a job, which is cancelled at once."""
    person = sandbox.user(name)
    asked = await person.slash(OPEN, "imagine", steps=4, **options)
    assert asked.message is not None
    if asked.message.flags & EPHEMERAL:
        return False

    def answered(message: Message) -> bool:
        return bool(message.components or message.files)

    message = await asked.wait_message(answered)
    if message.components:
        await person.click(message, message.components[0]["components"][0]["custom_id"])
    return True


@pytest.mark.parametrize("field", ["prompt", "subject", "character", "series"])
@pytest.mark.parametrize(
    ("typed", "tag", "rating"),
    [
        ("nude", "nude", "questionable"),
        ("L1ngerie", "lingerie", "sensitive"),
        ("n u d e", "nude", "questionable"),
        ("\uff4e\uff53\uff46\uff57", "nsfw", "questionable"),
        ("n\u200bs\u200bf\u200bw", "nsfw", "questionable"),
        ("&#110;ude", "nude", "questionable"),
        ("(t.o.p.l.e.s.s:1.3)", "topless", "questionable"),
        ("%6Cingerie", "lingerie", "sensitive"),
    ],
)
async def test_a_tag_above_the_ceiling_is_named_to_the_asker_alone(
    quiet: Sandbox, field: str, typed: str, tag: str, rating: str
) -> None:
    before = len(quiet.user(OTHER).reads(OPEN))
    options = {"prompt": "1girl, smile"} | {field: typed}
    said = alone(await quiet.user(ASKER).slash(OPEN, "imagine", **options))
    assert f"'{tag}' ({rating})" in said and "ceiling, general" in said
    assert len(quiet.user(OTHER).reads(OPEN)) == before


@pytest.mark.parametrize("place", [OPEN, THREAD, "dm"])
async def test_every_kind_of_place_refuses(quiet: Sandbox, place: str) -> None:
    asker = quiet.user(ASKER)
    channel = asker.dm().id if place == "dm" else place
    said = alone(await asker.slash(channel, "imagine", prompt="1girl, lingerie"))
    assert "'lingerie' (sensitive)" in said


async def test_a_refused_tag_may_be_kept_out_of_the_picture(quiet: Sandbox) -> None:
    assert await is_taken(quiet, ASKER, prompt="1girl, garden", negative="nsfw, nude, lingerie")


async def test_keeping_clothes_out_of_the_picture_is_refused(quiet: Sandbox) -> None:
    said = alone(await quiet.user(ASKER).slash(OPEN, "imagine", prompt="1girl", negative="clothes, hat"))
    assert "clothes" in said and "hat" not in said.replace("that", "")


@pytest.mark.parametrize(
    "prompt",
    [
        "children at a park, swings, autumn",
        "transparent umbrella, essex, naked mole-rat",
        "skilled swordsman, cutting board, cockatiel",
        "\u88f8\u8db3, \u7802\u6d5c",
    ],
)
async def test_the_innocent_are_drawn(quiet: Sandbox, prompt: str) -> None:
    assert await is_taken(quiet, ASKER, prompt=prompt)


def forbidden() -> str:
    """A term that the floor forbids by itself; its words stay in the data file."""
    file = resources.files("bot.policy") / "data" / "floor.csv"
    rows = csv.DictReader(file.read_text("utf-8").splitlines())
    return next(row["term"] for row in rows if (row["rule"], row["part"]) == ("F1", "alone"))


def kept(folder: Path, *texts: str) -> list[str]:
    """The files that hold one of these texts."""
    return [
        file.name
        for file in folder.rglob("*")
        if file.is_file() and any(text.encode() in file.read_bytes() for text in texts)
    ]


async def test_the_floor_names_its_rule_keeps_nothing_and_turns_away_after_three(
    quiet: Sandbox, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    person, term = quiet.user(STRUCK), forbidden()
    before = len(quiet.user(OTHER).reads(OPEN))
    for _ in range(3):
        said = alone(await person.slash(OPEN, "imagine", prompt=f"1girl, {MARK}, {term}"))
        assert "F1" in said and term not in said and MARK not in said
    assert not await is_taken(quiet, STRUCK, prompt="cat, garden")
    said = alone(await person.slash(OPEN, "imagine", prompt="cat, garden"))
    assert "refused until" in said
    assert len(quiet.user(OTHER).reads(OPEN)) == before
    assert MARK not in caplog.text
    assert kept(folder, MARK) == []
    assert await is_taken(quiet, OTHER, prompt="cat, garden")
