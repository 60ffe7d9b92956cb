"""The tags that a tagger is asked for are the floor's own words, in the spelling of a tagger's table."""

from __future__ import annotations

from bot.policy.floor.age_tags import age_tags


def test_plain_words_for_the_young_are_among_them_and_harmless_ones_are_not() -> None:
    tags = age_tags()
    assert {"child", "female child", "male child", "toddler", "baby", "aged down"} <= tags
    assert not tags & {"childhood friend", "1girl", "solo", "school uniform", "high school uniform"}
    assert all(tag == " ".join(tag.lower().split()) and "_" not in tag for tag in tags)
