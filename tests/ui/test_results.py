"""The buttons of every kind of result fit, and are found again by their ids alone."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import discord
import pytest

from bot.core.job import Place
from bot.core.prompt import Prompt
from bot.core.recipe import Recipe
from bot.core.request import Request, Source
from bot.services.answers import Answer
from bot.services.receipts import Receipt
from bot.ui import belongings, forms, receipt, results
from bot.ui.again import AgainButton
from tests.ui.test_embeds import HOSTILE, job, picture

LASTING = (
    AgainButton,
    belongings.DeleteButton,
    belongings.FavouriteButton,
    belongings.InfoButton,
    belongings.PostButton,
    forms.EditButton,
    forms.WordsButton,
    results.RerollButton,
    results.SendButton,
    results.VaryButton,
    results.VaryMenu,
)


def rows_of(asked: Any, pictures: int, **more: Any) -> list[list[str]]:
    view = results.result_view(asked, Answer(tuple(map(picture, range(pictures))), "chibi", 1.5, **more))
    assert view is not None
    return [[part["custom_id"] for part in row["components"]] for row in view.to_components()]


@pytest.mark.parametrize("pictures", [1, 2, 4])
@pytest.mark.parametrize(
    "options", [{}, {"private": True}, {"hires": True}, {"source": Source("ab", 0.5, "cd")}, {"upscale": 2}]
)
async def test_every_button_fits_and_is_one_that_lasts(pictures: int, options: dict[str, Any]) -> None:
    asked = dataclasses.replace(job(), request=Request("1girl", count=pictures, **options))
    rows = rows_of(asked, pictures, again=True)
    assert len(rows) <= 4 and all(len(row) <= 5 for row in rows)
    for custom_id in itertools.chain(*rows):
        matching = [kind for kind in LASTING if kind.__discord_ui_compiled_template__.fullmatch(custom_id)]
        assert len(matching) == 1, custom_id
    words = {
        custom_id.rsplit(":", 1)[0] if "vary" in custom_id else custom_id for row in rows for custom_id in row
    }
    assert ("post:abcdefgh" in words) == ("private" in options)
    hires = "vary:hires:abcdefgh" in words
    assert hires == (pictures == 1 and not options.keys() & {"hires", "source", "upscale"})


async def test_the_menu_offers_every_picture_that_is_shown_and_what_can_be_made_of_it() -> None:
    pictures = tuple(map(picture, (0, 2, 3)))
    view = results.result_view(job(), Answer(pictures, "chibi", 1.5))
    assert view is not None
    menu = view.to_components()[0]["components"][0]
    values = [option["value"] for option in menu["options"]]
    assert len(values) == 12 and values[:5] == ["subtle:0", "strong:0", "hires:0", "upscale:0", "subtle:2"]
    assert menu["options"][4]["label"] == "Picture 3: Vary (subtle)"


async def test_in_direct_messages_there_is_no_channel_to_post_in() -> None:
    asked = dataclasses.replace(job(), request=Request("1girl", private=True), place=Place(None, 2))
    assert "post:abcdefgh" not in itertools.chain(*rows_of(asked, 1))


def test_without_pictures_there_is_nothing_to_press_but_again() -> None:
    assert results.result_view(job(), Answer(sentence="No.")) is None


@pytest.mark.parametrize("prompt", ["1girl, smile", HOSTILE])
async def test_forms_fit(prompt: str) -> None:
    for form in (forms.edit_form(job(prompt)), forms.words_form(job(prompt))):
        sent = form.to_dict()
        assert len(sent["title"]) <= 45 and len(sent["components"]) <= 5
        for row in sent["components"]:
            (field,) = row["components"]
            assert len(field["label"]) <= 45 and len(field.get("placeholder") or "") <= 100
            assert len(field.get("value") or "") <= field["max_length"] <= 4000


RECIPE = Recipe(
    "", "", 8, "Euler a", 7.0, 5, 104, 152, "chibi", "ab" * 5, "animagine-bot 1", libraries="torch 2"
)


@pytest.mark.parametrize("recipe", [RECIPE, None])
@pytest.mark.parametrize("prompt", ["1girl, smile", HOSTILE * 3 + "```"])
def test_a_receipt_fits_and_what_is_cut_comes_as_a_file(prompt: str, recipe: Recipe | None) -> None:
    drawn = dataclasses.replace(job(), prompt=Prompt(prompt, prompt, 9, 9, 75, (prompt,) * 5))
    images = tuple(picture(index).image for index in range(4))
    found = Receipt(drawn, images, "chibi", recipe, None, True)
    embed, files = receipt.embed(found), receipt.files(found)
    assert len(embed) <= 6000 and all(len(field.value or "") <= 1024 for field in embed.fields)
    assert (embed.description or "").count("```") == 4
    if prompt.startswith("1girl"):
        assert files == [] and "```\n1girl, smile\n```" in (embed.description or "")
    else:
        assert prompt in files[0].fp.read().decode()


def test_the_answer_says_yes_or_no_and_why() -> None:
    yes = Receipt(job(), (), "chibi", RECIPE, None, True)
    assert receipt.answer(yes).startswith("Yes, to the byte")
    assert receipt.answer(dataclasses.replace(yes, exact=False)).startswith("Yes, within one level")
    no = dataclasses.replace(yes, obstacle="the model is gone")
    assert receipt.answer(no) == "No, because the model is gone."


def test_for_whom_a_message_was_made() -> None:
    class Message:
        interaction_metadata: Any = None
        content = "<@17>"

    made: Any = Message()
    assert belongings.asked_by(made) == 17
    made.content = "<@17> hello"
    assert belongings.asked_by(made) is None and belongings.asked_by(None) is None
    made.interaction_metadata = type("Metadata", (), {"user": discord.Object(9)})()
    assert belongings.asked_by(made) == 9
