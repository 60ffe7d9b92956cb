"""Describing a picture: what is told, and what is not, under a place's ceiling."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from bot.core.errors import Barred, Busy, InvalidRequest
from bot.core.job import Place, Verdict
from bot.core.look import TagShare
from bot.core.rating import Rating
from bot.engine.examine import Examined
from bot.policy.policy import Policy
from bot.policy.verdicts import Thresholds
from bot.prompt.dictionary import Dictionary
from bot.prompt.grammar import parse
from bot.prompt.profile import profile
from bot.services.conduct import ConductService
from bot.services.describe import MOST_TAGS, MOST_TEXT, DescribeService
from bot.services.imagine import Asker
from bot.services.tags import TagService
from bot.storage.database import Database
from bot.storage.secret import SecretKey
from bot.storage.strikes import StrikeStore
from tests.services.house import ABOVE, SAFE, Ceilings

HERE, MIKA = Place(1, 2), Asker(7)


def tags(*names: str, category: str = "general") -> tuple[TagShare, ...]:
    return tuple(TagShare(name, category, 0.9) for name in names)


def glance(verdict: Verdict, found: tuple[TagShare, ...] | None) -> Examined:
    return Examined(b"", 64, 64, verdict, tags=found)


class Eyes:
    """See what the test says, once it lets them."""

    def __init__(self) -> None:
        self.glance = glance(SAFE, tags("1girl", "red hair"))
        self.open = asyncio.Event()
        self.open.set()

    async def examine(self, picture: bytes, mask: bytes | None = None, *, tagged: bool = False) -> Examined:
        assert tagged
        await self.open.wait()
        return self.glance


@dataclasses.dataclass
class Desk:
    service: DescribeService
    eyes: Eyes
    ceilings: Ceilings


@pytest.fixture(scope="module")
def words() -> TagService:
    dictionary = Dictionary.load_core()
    return TagService(dictionary, profile("animagine-xl-3.0"), Policy(dictionary))


@pytest.fixture
def desk(database: Database, words: TagService, tmp_path: Path) -> Desk:
    return make(database, words, tmp_path)


def make(database: Database, words: TagService, folder: Path, *, paused: bool = False) -> Desk:
    eyes, ceilings = Eyes(), Ceilings()
    who = ConductService(StrikeStore(database), SecretKey(folder / "key"), paused=paused)
    return Desk(DescribeService(eyes, who, ceilings, Thresholds(), words), eyes, ceilings)  # type: ignore[arg-type]


async def test_the_tags_come_with_their_shares_and_as_a_request(desk: Desk) -> None:
    desk.eyes.glance = glance(SAFE, (*tags("1girl"), *tags("nyx (paper moon)", category="character")))
    found = await desk.service.describe(MIKA, HERE, b"x")
    assert [tag.name for tag in found.tags] == ["1girl", "nyx (paper moon)"]
    assert [tag.text for tag in parse(found.prompt)] == ["1girl", "nyx (paper moon)"]
    assert found.hidden == 0


async def test_tags_above_the_ceiling_are_not_named_but_counted(desk: Desk) -> None:
    desk.eyes.glance = glance(SAFE, tags("1girl", "nude", "smile"))
    found = await desk.service.describe(MIKA, HERE, b"x")
    assert ([tag.name for tag in found.tags], found.hidden) == (["1girl", "smile"], 1)
    assert "nude" not in found.prompt


@pytest.mark.parametrize(
    "verdict", [ABOVE, Verdict.unknown("broken", "test"), dataclasses.replace(SAFE, age=2.0)]
)
async def test_a_picture_that_may_not_be_shown_is_not_described(desk: Desk, verdict: Verdict) -> None:
    desk.eyes.glance = glance(verdict, tags("1girl"))
    with pytest.raises(InvalidRequest) as told:
        await desk.service.describe(MIKA, HERE, b"x")
    assert "1girl" not in str(told.value) and "\n" not in str(told.value)


async def test_the_ceiling_decides_as_it_does_for_drawn_pictures(desk: Desk) -> None:
    desk.eyes.glance = glance(Verdict(0.3, 0.4, 0.25, 0.05, "test"), tags("1girl"))
    with pytest.raises(InvalidRequest, match="above general"):
        await desk.service.describe(MIKA, HERE, b"x")
    desk.ceilings.rating = Rating.SENSITIVE
    assert (await desk.service.describe(MIKA, HERE, b"x")).tags


async def test_each_person_has_one_picture_looked_at_at_a_time(desk: Desk) -> None:
    desk.eyes.open.clear()
    first = asyncio.create_task(desk.service.describe(MIKA, HERE, b"x"))
    while not desk.service._looking:
        await asyncio.sleep(0.001)
    with pytest.raises(Busy):
        await desk.service.describe(MIKA, HERE, b"x")
    desk.eyes.open.set()
    await first
    assert (await desk.service.describe(MIKA, HERE, b"x")).tags


async def test_who_may_not_ask_may_not_have_pictures_described(
    database: Database, words: TagService, tmp_path: Path
) -> None:
    with pytest.raises(Barred):
        await make(database, words, tmp_path, paused=True).service.describe(MIKA, HERE, b"x")


@pytest.mark.parametrize(("found", "said"), [(None, "no tagger"), ((), "recognised nothing")])
async def test_nothing_to_tell_is_told(desk: Desk, found: tuple[TagShare, ...] | None, said: str) -> None:
    desk.eyes.glance = glance(SAFE, found)
    with pytest.raises(InvalidRequest, match=said):
        await desk.service.describe(MIKA, HERE, b"x")


async def test_many_long_tags_still_fit_into_a_message(desk: Desk) -> None:
    names = (f"a very long tag of {number} words and more" + " x" * 20 for number in range(99))
    desk.eyes.glance = glance(SAFE, tags(*names))
    found = await desk.service.describe(MIKA, HERE, b"x")
    assert 0 < len(found.tags) <= MOST_TAGS and len(found.prompt) <= MOST_TEXT
