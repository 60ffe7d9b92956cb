"""The forms that ask for a request anew: opened by buttons, and read back by their id after any restart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import discord

from bot.core.job import Job
from bot.core.language import later, say
from bot.core.request import MAX_PROMPT
from bot.services import forms
from bot.services.variations import for_whom
from bot.ui import asking, errors, places
from bot.ui.access import services_of
from bot.ui.lasting import JOB, JobButton
from bot.ui.text import shorten

_ID = re.compile(r"form:(edit|words):([0-9a-z]{1,16})")
_PLACEHOLDER = 100


class EditButton(
    JobButton, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=f"edit:{JOB}"
):
    """Opens a form with the job's own values."""

    word, label = "edit", later("Edit")

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Open it."""
        job = await _job(interaction, self.job_id)
        await _open(interaction, edit_form(job))


class WordsButton(
    JobButton, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=f"words:{JOB}"
):
    """Opens a form for other words with the job's settings."""

    word, label = "words", later("Use these settings")

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Open it."""
        job = await _job(interaction, self.job_id)
        await _open(interaction, words_form(job))


def edit_form(job: Job) -> discord.ui.Modal:
    """Everything that a person may change; raises InvalidRequest for more than a form holds."""
    form = discord.ui.Modal(title=say("Edit and draw"), custom_id=f"form:edit:{job.id}")
    filled = forms.filled(job)
    form.add_item(
        _text("prompt", say("What to draw"), filled.prompt, long=True, most=MAX_PROMPT, required=True)
    )
    form.add_item(_text("negative", say("What to keep out"), filled.negative, long=True, most=MAX_PROMPT))
    form.add_item(_seed(filled.seed))
    settings = _text(
        "settings",
        say("Settings, one a line"),
        filled.settings,
        long=True,
        most=forms.MOST_SETTINGS,
        hint=say("A line that is missing stands for the usual"),
    )
    form.add_item(settings)
    return form


def words_form(job: Job) -> discord.ui.Modal:
    """Asks for the words and the seed alone."""
    form = discord.ui.Modal(title=say("Draw with these settings"), custom_id=f"form:words:{job.id}")
    hint = job.request.prompt
    form.add_item(
        _text("prompt", say("What to draw"), "", long=True, most=MAX_PROMPT, hint=hint, required=True)
    )
    form.add_item(_seed(str(job.seed)))
    return form


async def submitted(interaction: discord.Interaction) -> None:
    """Draw what one of these forms asks for; any other form is left alone.

    discord.py forgets its own forms at a restart, and takes two people's forms of one id for the same.
    """
    data: Any = interaction.data or {}
    match = _ID.fullmatch(data.get("custom_id", ""))
    if match is None:
        return
    async with errors.told(interaction):
        values = dict(_values(data.get("components", [])))
        job = await _job(interaction, match[2])
        if match[1] == "edit":
            names = ("prompt", "negative", "seed", "settings")
            request = forms.edited(job, forms.Form(*(values.get(name, "") for name in names)))
        else:
            request = forms.reworded(job, values.get("prompt", ""), values.get("seed", ""))
        request = for_whom(request, private=places.alone(interaction))
        await asking.ask(interaction, services_of(interaction).imagine, request)


async def _job(interaction: discord.Interaction, job_id: str) -> Job:
    asker, place = places.asker_of(interaction), places.place_of(interaction)
    return await services_of(interaction).variations.job(job_id, asker, place)


async def _open(interaction: discord.Interaction, form: discord.ui.Modal) -> None:
    form.stop()  # so that discord.py keeps nothing of it: `submitted` reads it back
    await interaction.response.send_modal(form)


def _text(
    name: str, label: str, value: str, *, long: bool, most: int, hint: str = "", required: bool = False
) -> discord.ui.TextInput[discord.ui.Modal]:
    return discord.ui.TextInput(
        label=label,
        custom_id=name,
        default=value or None,
        placeholder=shorten(" ".join(hint.split()), _PLACEHOLDER) or None,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        max_length=most,
        required=required,
    )


def _seed(value: str) -> discord.ui.TextInput[discord.ui.Modal]:
    return _text("seed", say("Seed, empty for a random one"), value, long=False, most=10)


def _values(components: Any) -> Iterator[tuple[str, str]]:
    """Name and text of every field; they stand in rows or labels."""
    for component in components:
        if "value" in component:
            yield str(component.get("custom_id")), str(component["value"] or "")
        yield from _values(component.get("components", []))
        if "component" in component:
            yield from _values([component["component"]])
