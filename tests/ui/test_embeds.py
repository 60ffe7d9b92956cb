"""Embeds stay within Discord's limits and show a person's text as text, whatever it is."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.events import Progress
from bot.core.job import Image, Job, JobState, Place, Rendered, Verdict
from bot.core.prompt import Prompt
from bot.core.request import Request
from bot.engine.state import Forecast
from bot.services.about import About, model_facts
from bot.services.history import Page, Record
from bot.ui import embeds, history, info
from bot.ui.text import duration, plain, shorten

HOSTILE = "@everyone <@123> **bold** `code` ||spoiler|| [x](http://x) \u202e 🎨 " * 25


def job(prompt: str = "1girl, smile") -> Job:
    request = Request(prompt[:2000], negative=prompt[:2000])
    dropped = tuple(f"tag {number}" * 5 for number in range(100))
    return Job(
        id="abcdefgh",
        user_id=1,
        place=Place(1, 2),
        request=request,
        prompt=Prompt(prompt, "nsfw", 75, 40, 75, dropped),
        seed=7,
        state=JobState.QUEUED,
        created_at=1.0,
    )


@pytest.mark.parametrize("prompt", ["1girl, smile", HOSTILE])
def test_every_embed_fits(prompt: str) -> None:
    asked = job(prompt)
    for embed in (
        embeds.waiting(asked, Forecast(2, 40.0, True)),
        embeds.progress(asked, Progress(asked.id, 3, 28, 12.0)),
        embeds.result(asked, (), "chibi", 1.5),
        embeds.ended(asked, "No."),
    ):
        assert len(embed) <= 6000
        assert len(embed.fields) <= 25
        assert all(len(field.value or "") <= 1024 and len(field.name or "") <= 256 for field in embed.fields)
        assert "@everyone" not in (embed.description or "")
        assert "**bold**" not in (embed.description or "")
    assert embeds.result(asked, (), "chibi", 1.5).footer.text == "AI-generated · chibi · 1.5 s · abcdefgh"


def test_a_waiting_job_reads_its_place_and_an_honest_time() -> None:
    assert embeds.place(Forecast(0, None, True)) == "You are next."
    assert embeds.place(Forecast(1, 8.0, True)) == "1 job goes first. Ready in about 8 s."
    assert embeds.place(Forecast(2, 38.0, True)) == "2 jobs go first. Ready in about 40 s."
    assert "still loading" in embeds.place(Forecast(2, 38.0, False))


def test_a_bar_is_told_in_words_too() -> None:
    assert embeds.steps_bar(14, 28) == "`▰▰▰▰▰▰▰▱▱▱▱▱▱▱` step 14 of 28"
    assert embeds.steps_bar(0, 0).endswith("step 0 of 0")
    assert (embeds.time_left(None), embeds.time_left(3.2)) == ("", ", about 4 s left")


def test_files_are_named_by_the_job_and_described() -> None:
    image = Image(0, 7, 4, 4, "0" * 64, Verdict(1, 0, 0, 0, "test"))
    (file,) = embeds.files(job(HOSTILE), [Rendered(image, b"png")])
    assert file.filename == "abcdefgh-1.png"
    assert file.description is not None and len(file.description) <= 1024


def test_a_history_page_fits_and_its_button_can_be_found_again() -> None:
    records = tuple(
        Record(dataclasses.replace(job(HOSTILE), created_at=1e9 + n / 7), (), "chibi") for n in range(5)
    )
    page = Page(records, (records[-1].job.created_at, records[-1].job.id))
    embed = history.page_embed(page, 12)
    assert len(embed) <= 6000 and len(embed.fields) == 5
    pattern = history.TurnButton.__discord_ui_compiled_template__
    assert page.older is not None
    match = pattern.fullmatch(history.TurnButton(page.older).custom_id)
    assert match is not None and (float(match["time"]), match["job"]) == page.older
    assert pattern.fullmatch(history.TurnButton(None).custom_id)


def test_about_shows_model_licence_and_source() -> None:
    facts = About("1.0", "https://example.org/bot", model_facts("animagine-xl-3.0", ""))
    shown = str(info.about(facts).to_dict())
    for word in (
        "Animagine XL 3.0",
        "Cagliostro",
        "Fair AI Public License 1.0-SD",
        "cagliostrolab",
        "example.org",
    ):
        assert word in shown
    assert model_facts("mine", "https://example.org/mine").source == "https://example.org/mine"
    assert len(info.guide()) <= 6000


def test_short_texts() -> None:
    assert shorten("abc", 3) == "abc" and shorten("abcd", 3) == "ab…"
    assert len(plain("*" * 5000, 100)) <= 100
    assert plain("a [x](http://y) **b**", 99) == "a \\[x\\](http\\://y) \\*\\*b\\*\\*"
    assert plain("# a\n- b <@1>", 99) == "\\# a - b \\<@\u200b1\\>"
    assert [duration(s) for s in (0.2, 8.1, 11, 61)] == [
        "about 1 s",
        "about 9 s",
        "about 15 s",
        "about 2 min",
    ]
