"""Nothing is completed that would be refused where it is typed."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.job import JobState
from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.policy.policy import Policy
from bot.prompt.dictionary import Dictionary
from bot.prompt.profile import profile
from bot.prompt.styles import STYLES
from bot.prompt.tag_list import joined, read_list
from bot.prompt.wildcards import Wildcards
from bot.prompt.wording import Wording
from bot.services.tags import LIMIT, TagService
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.tags import UsedTags
from tests.services.house import asked

LINES = [
    "frilly_umbrella,0,900,\n",
    "frilly_lingerie_set,0,800,\n",
    "nude_frilly_statue,0,700,\n",
    "frilly_swimmer,0,600,,questionable\n",
    ":>=,0,600,,explicit\n",
    *(f"frilly_nude_{number},0,500,\n" for number in range(20)),
    *(f"frilly_hat_{number},0,400,\n" for number in range(40)),
]


@pytest.fixture(scope="module")
def tags() -> TagService:
    dictionary = joined(Dictionary.load_core(), read_list(LINES, "list.csv").tags)
    return TagService(dictionary, profile("animagine-xl-3.0"), Policy(dictionary))


def test_words_inside_an_imported_tag_count(tags: TagService) -> None:
    general = tags.complete("frilly", ceiling=Rating.GENERAL)
    assert general[0] == "frilly umbrella" and len(general) == LIMIT
    assert not any(word in name for name in general for word in ("lingerie", "nude", "swimmer"))
    assert "frilly lingerie set" in tags.complete("frilly", ceiling=Rating.SENSITIVE)
    assert "frilly nude 0" in tags.complete("frilly", ceiling=Rating.EXPLICIT)


def test_a_rated_face_is_hidden_too(tags: TagService) -> None:
    assert ":>=" not in tags.complete(":>", ceiling=Rating.QUESTIONABLE)
    assert ":>=" in tags.complete(":>", ceiling=Rating.EXPLICIT)


def test_the_models_own_rating_words_follow_the_ceiling(tags: TagService) -> None:
    for ceiling in Rating:
        found = tags.complete("rating: ", ceiling=ceiling)
        ratings = {name for name in found if name.startswith("rating")}
        assert ratings == {f"rating: {rating.word}" for rating in Rating if rating <= ceiling}


def test_an_empty_text_offers_the_commonest(tags: TagService) -> None:
    assert "1girl" in tags.complete("", ceiling=Rating.GENERAL)
    assert tags.complete("", ceiling=Rating.GENERAL, category="character")
    assert tags.complete("qqqqqq", ceiling=Rating.EXPLICIT) == []


def test_styles_and_wildcards_are_offered(tags: TagService) -> None:
    assert tags.styles == (*STYLES, "none") and "heavy" in tags.qualities
    assert tags.complete("__", ceiling=Rating.GENERAL) == []
    dictionary = Dictionary.load_core()
    wording = Wording(Wildcards({"hair/colour": ["red"], "place": ["lake"]}), {})
    own = TagService(dictionary, profile("plain"), Policy(dictionary), wording)
    assert own.styles == ("none",) and own.qualities == ("none",)
    assert own.complete("__", ceiling=Rating.GENERAL) == ["__hair/colour__", "__place__"]
    assert own.complete("__Col", ceiling=Rating.GENERAL) == ["__hair/colour__"]
    assert own.complete("__hair/colour__", ceiling=Rating.GENERAL) == ["__hair/colour__"]


RATED = [
    "frilly_bathrobe,0,500,\n",
    'fancy_set,0,90,"lingerie_set"\n',
    'somebody_shy,4,80,"lingerie_somebody,somebodie"\n',
]


@pytest.mark.parametrize(
    "typed", ["lingerie", "lingerei", "lignerie set", "fancy", "facny set", "nuude", "naekd"]
)
def test_neither_aliases_nor_slips_lead_above_the_ceiling(typed: str) -> None:
    dictionary = joined(Dictionary.load_core(), read_list(RATED, "list.csv").tags)
    service = TagService(dictionary, profile("animagine-xl-3.0"), Policy(dictionary))
    for ceiling in Rating:
        for name in service.complete(typed, ceiling=ceiling):
            entry = dictionary.lookup(name)
            assert entry is not None and entry.rating <= ceiling and service.passes(name, ceiling)
    general = service.complete(typed, ceiling=Rating.GENERAL)
    assert not {"lingerie", "fancy set", "nude"} & set(general)
    assert {"lingerie", "fancy set", "nude"} & set(service.complete(typed, ceiling=Rating.EXPLICIT))


def test_slips_are_forgiven_where_little_fits(tags: TagService) -> None:
    assert tags.complete("lnog hair", ceiling=Rating.GENERAL)[0] == "long hair"
    assert tags.complete("hatsnue", ceiling=Rating.GENERAL, category="character")[0] == "hatsune miku"
    assert tags.complete("初音", ceiling=Rating.GENERAL)[0] == "hatsune miku"
    assert tags.complete("初音ミク", ceiling=Rating.GENERAL, category="character") == ["hatsune miku"]


def test_ones_own_tags_come_first_among_those_that_fit_as_well(tags: TagService) -> None:
    used = {"frilly hat 7": 1, "frilly hat 9": 3, "long hair": 9, "frilly lingerie set": 99, "gone": 5}
    found = tags.complete("frilly", ceiling=Rating.GENERAL, used=used)
    assert found[:3] == ["frilly hat 9", "frilly hat 7", "frilly umbrella"] and len(set(found)) == LIMIT
    assert "frilly lingerie set" not in found
    assert tags.complete("umbrella", ceiling=Rating.GENERAL, used=used)[0] == "umbrella"
    assert tags.complete("", ceiling=Rating.GENERAL, used=used)[:2] == ["long hair", "frilly hat 9"]
    assert "long hair" not in tags.complete("", ceiling=Rating.GENERAL, used=used, category="character")


def test_a_very_long_text_finds_nothing(tags: TagService) -> None:
    for typed in ("q" * 6000, "long " * 1200, "(" * 6000, "初" * 6000):
        assert tags.complete(typed, ceiling=Rating.EXPLICIT) == []


async def test_what_was_drawn_is_counted_for_its_owner_alone(database: Database) -> None:
    dictionary = Dictionary.load_core()
    own = TagService(dictionary, profile("chibi"), Policy(dictionary), used=UsedTags(database))
    assert await own.used_by(7) == {}
    jobs = JobStore(database)
    positives = [
        "masterpiece, best quality, 1girl, (smile:1.2), rating: general",
        "1girl, saber \\(fate\\), zzz",
    ]
    for number, positive in enumerate(positives):
        prompt = Prompt(positive, "nsfw", 9, 1, 75)
        await jobs.add(dataclasses.replace(asked(f"job{number}"), prompt=prompt))
        await jobs.finish(f"job{number}", JobState.DONE)
    await jobs.add(dataclasses.replace(asked("waiting"), prompt=Prompt("night", "", 1, 0, 75)))
    used = await own.used_by(7)
    assert dict(used) == {"1girl": 2, "smile": 1} | (
        {"saber (fate)": 1} if own.series_of("saber (fate)") else {}
    )
    assert await own.used_by(8) == {}
    assert own.series_of("hatsune miku") == "vocaloid" and own.series_of("nobody known") is None
