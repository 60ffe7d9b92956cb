"""Pages of the history: within Discord's limits, with buttons whose ids say where they lead."""

from __future__ import annotations

import dataclasses
import datetime

import pytest

from bot.core.errors import InvalidRequest
from bot.core.job import Image, Verdict
from bot.core.rating import Rating
from bot.services.history import Entry, Page, Record, Turn, Wanted
from bot.services.sight import Glance
from bot.ui import dates, history
from tests.ui.test_embeds import HOSTILE, job

TODAY = datetime.date(2026, 3, 31)
IMAGE = Image(0, 7, 4, 4, "0" * 64, Verdict(1, 0, 0, 0, "test"))
DAY = history.DAY


def entry(
    prompt: str, *, theirs: bool = True, words: bool = True, thumbnail: bytes | None = b"jpeg"
) -> Entry:
    record = Record(dataclasses.replace(job(prompt), created_at=1e9), (IMAGE,), "chibi")
    return Entry(Glance(record, theirs, words, (IMAGE,) if words else ()), thumbnail if words else None)


def page(*entries: Entry, older: int | None = None, newer: int | None = None) -> Page:
    return Page(entries, Rating.GENERAL, older, newer)


def test_a_page_fits_whatever_people_typed() -> None:
    full = page(*[entry(HOSTILE)] * 5)
    embeds = [history.entry_embed(each, full.ceiling) for each in full.entries]
    assert sum(map(len, embeds)) <= 6000
    assert "@everyone" not in str([embed.to_dict() for embed in embeds])
    heading = history.heading(full, Wanted(HOSTILE[:40], 1e9, 2e9, Rating.GENERAL, 10**19, True))
    assert len(heading) <= 2000 and "@everyone" not in heading


def test_what_is_above_the_ceiling_is_a_word() -> None:
    embed = history.entry_embed(entry("1girl, marker", words=False), Rating.SENSITIVE)
    said = str(embed.to_dict())
    assert "marker" not in said and "thumbnail" not in said and "above sensitive" in said
    others = history.entry_embed(entry("marker", theirs=False, words=False), Rating.SENSITIVE)
    assert "somebody else's" in str(others.to_dict()) and "marker" not in str(others.to_dict())
    gone = history.entry_embed(entry("1girl", thumbnail=None), Rating.SENSITIVE)
    assert "is gone" in str(gone.to_dict())


LONGEST = Wanted(
    "\U0001f319" * history.MOST_TEXT, 99_999.0 * DAY, 99_999.0 * DAY, Rating(3), 10**20 - 1, True
)


@pytest.mark.parametrize("wanted", [Wanted(), Wanted("a:b <c> 1::"), Wanted(until=20_000.0 * DAY), LONGEST])
@pytest.mark.parametrize("turn", [Turn(), Turn(before=99_999_999), Turn(after=1)])
def test_a_buttons_id_is_read_back(wanted: Wanted, turn: Turn) -> None:
    custom_id = history.TurnButton.to(turn, wanted).custom_id
    assert len(custom_id) <= 100
    match = history.TurnButton.__discord_ui_compiled_template__.fullmatch(custom_id)
    assert match is not None
    again = history.TurnButton(**match.groupdict())
    assert (again._turn, again._wanted) == (turn, wanted)


async def test_a_page_has_buttons_only_to_other_pages() -> None:
    one = entry("1girl")
    found = [
        [getattr(item.item, "label", "menu") for item in history.page_view(each, Wanted()).children]  # type: ignore[attr-defined]
        for each in (page(), page(one), page(one, older=1), page(one, newer=2), page(one, older=1, newer=2))
    ]
    assert found == [
        [],
        ["menu"],
        ["menu", "Older"],
        ["menu", "Newest", "Newer"],
        ["menu", "Newest", "Newer", "Older"],
    ]


def wanted(text: str | None = None, since: str | None = None, until: str | None = None) -> Wanted:
    return history.wanted_of(text, since, until, None, False, None, TODAY)


def test_options_become_what_is_wanted() -> None:
    assert wanted("  Silver\thair\x00 ") == Wanted("Silver hair")
    first, past = wanted(since="2026-02").since, wanted(until="2026-02").until
    assert first is not None and past is not None
    assert datetime.datetime.fromtimestamp(first, datetime.UTC) == datetime.datetime(
        2026, 2, 1, tzinfo=datetime.UTC
    )
    assert past - first == 28 * DAY
    for text, since, until in ((",*", None, None), ("x" * 41, None, None), (None, "today", "yesterday")):
        with pytest.raises(InvalidRequest):
            wanted(text, since, until)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", "2026-03-31", "2026-03-31"),
        (" Last  Week ", "2026-03-24", "2026-03-24"),
        ("10 days ago", "2026-03-21", "2026-03-21"),
        ("2w", "2026-03-17", "2026-03-17"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-12", "2025-12-01", "2025-12-31"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("2026-1-5", "2026-01-05", "2026-01-05"),
    ],
)
def test_days_are_read(text: str, first: str, last: str) -> None:
    assert [day.isoformat() for day in dates.span(text, TODAY)] == [first, last]


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13", "2026-02-30", "0001", "9999 years ago", "1" * 20, "٢٠٢٦"]
)
def test_other_days_are_told(text: str) -> None:
    with pytest.raises(InvalidRequest, match="no day that can be searched for"):
        dates.span(text, TODAY)
