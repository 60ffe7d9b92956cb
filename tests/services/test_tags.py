"""Nothing is completed that would be refused where it is typed."""

from __future__ import annotations

import pytest

from bot.core.rating import Rating
from bot.policy.policy import Policy
from bot.prompt.dictionary import Dictionary
from bot.prompt.profile import profile
from bot.prompt.styles import STYLES
from bot.prompt.tag_list import joined, read_list
from bot.prompt.wildcards import Wildcards
from bot.prompt.wording import Wording
from bot.services.tags import LIMIT, TagService

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
        assert set(found) == {f"rating: {rating.word}" for rating in Rating if rating <= ceiling}


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
