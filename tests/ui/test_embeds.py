"""Embeds stay within Discord's limits and show a person's text as text, whatever it is."""

from __future__ import annotations

import dataclasses

import pytest

from bot.core.events import Progress
from bot.core.job import Image, Job, JobState, Place, Rendered, Verdict
from bot.core.prompt import Prompt, Reading
from bot.core.request import Request, Source, Vary
from bot.engine.state import Forecast
from bot.services.about import About, model_facts
from bot.services.outbox import Kept
from bot.ui import embeds, info
from bot.ui.notices import notice
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


def test_what_was_understood_stands_beside_the_pictures_too() -> None:
    reading = Reading(understood=("1girl", "red hair"), unknown=("**cozy**",))
    asked = dataclasses.replace(job("a girl"), prompt=Prompt("1girl", "nsfw", 1, 1, 75, reading=reading))
    for embed in (embeds.waiting(asked, Forecast(0, None, True)), embeds.result(asked, (), "chibi", 1.5)):
        noted = str(embed.fields[-1].value if embed.fields[-1].name == "Please note" else "")
        assert "Understood as: 1girl; red hair." in noted
        assert "not drawn: \\*\\*cozy" in noted


def test_a_style_is_named_and_each_pictures_alternative_text_is_its_own() -> None:
    second = Prompt("1girl, blue hair", "nsfw", 1, 1, 75, reading=Reading(drawn=("blue hair",)))
    first = Prompt(
        "1girl, red hair", "nsfw", 1, 1, 75, reading=Reading(drawn=("red hair",)), others=(second,)
    )
    asked = dataclasses.replace(
        job(), prompt=first, request=Request("1girl, __look__", count=2, style="Manga")
    )
    pictures = [picture(index) for index in range(2)]
    assert "Manga" in str(embeds.result(asked, pictures, "chibi", 1.5).to_dict())
    files = embeds.files(asked, pictures)
    assert [("red" in str(file.description), "blue" in str(file.description)) for file in files] == [
        (True, False),
        (False, True),
    ]


def picture(index: int) -> Rendered:
    return Rendered(Image(index, 7, 416, 608, "", Verdict(1.0, 0.0, 0.0, 0.0, "test")), b"png")


def test_a_waiting_job_reads_its_place_and_an_honest_time() -> None:
    assert embeds.place(Forecast(0, None, True)) == "You are next."
    assert embeds.place(Forecast(1, 8.0, True)) == "1 job goes first. Ready in about 8 s."
    assert embeds.place(Forecast(2, 38.0, True)) == "2 jobs go first. Ready in about 40 s."
    assert "still loading" in embeds.place(Forecast(2, 38.0, False))


def test_a_restart_is_told_before_it_and_after_it() -> None:
    assert embeds.stopping(job()).fields[-1].value == "The bot restarts; your place is kept."
    values = [field.value for field in embeds.waiting(job(), Forecast(0, None, True), restarted=True).fields]
    assert "The bot was restarted; your place is kept. You are next." in values


def test_what_was_kept_is_told_in_a_line_each() -> None:
    kept = [Kept("abcdefgh", 1, None), Kept("hgfedcba", 2, None), Kept("aaaabbbb", 0, "It did not work.")]
    assert notice(kept).split("\n")[1:] == [
        "- `abcdefgh`: 1 picture is in your /history.",
        "- `hgfedcba`: 2 pictures are in your /history.",
        "- `aaaabbbb`: It did not work.",
    ]
    many = [Kept("abcdefgh", 0, "x" * 300)] * 10
    assert len(notice(many)) <= 2000


def test_a_bar_is_told_in_words_too() -> None:
    assert embeds.steps_bar(14, 28) == "`▰▰▰▰▰▰▰▱▱▱▱▱▱▱` step 14 of 28"
    assert embeds.steps_bar(0, 0).endswith("step 0 of 0")
    assert (embeds.time_left(None), embeds.time_left(3.2)) == ("", ", about 4 s left")


def test_files_are_named_by_the_job_and_described() -> None:
    image = Image(0, 7, 4, 4, "0" * 64, Verdict(1, 0, 0, 0, "test"))
    (file,) = embeds.files(job(HOSTILE), [Rendered(image, b"png")])
    assert file.filename == "abcdefgh-1.png"
    assert file.description is not None and len(file.description) <= 1024


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


def test_a_result_says_what_it_began_from() -> None:
    request = Request("1girl", source=Source("ab", 0.5), vary=Vary(1, 0.25), hires=True)
    embed = embeds.result(dataclasses.replace(job(), request=request), [], "chibi", 2.0)
    (special,) = [field.value for field in embed.fields if field.name == "With"]
    assert special == "from a picture, strength 0.5 · varied by 0.25 · hires"


def test_a_plain_result_is_read_at_a_glance() -> None:
    plain_job = dataclasses.replace(
        job(), request=Request("1girl, smile", count=2), prompt=Prompt("", "", 1, 1, 75)
    )
    embed = embeds.result(plain_job, [picture(0), picture(1)], "chibi", 1.5)
    assert [(field.name, field.value) for field in embed.fields] == [
        ("Size", "832x1216, shown at 416x608"),
        ("Seed", "7 to 8"),
        ("Rated", "general"),
    ]
    unusual = Request("1girl", steps=12, cfg=5.5, sampler="DDIM", upscale=2)
    embed = embeds.result(dataclasses.replace(plain_job, request=unusual), [], "chibi", 0.0)
    assert embed.fields[-1].value == "12 steps · CFG 5.5 · DDIM · upscaled 2x"
    assert embed.footer.text == "AI-generated · chibi · abcdefgh"
