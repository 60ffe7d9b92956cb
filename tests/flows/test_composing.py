"""Completion, presets and defaults through the whole bot: what people type, keep and leave open."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.driver import Outcome
from bot.sandbox.messages import Message

pytestmark = pytest.mark.asyncio(loop_scope="session")

EPHEMERAL = 64
KEEPER, GUEST, PLACE = "noor", "mika", "tea-room"
EVERY = "size steps cfg sampler negative quality style model private"
SHORT = {"steps": 8, "seed": 7}


def texts(message: Message) -> str:
    return message.content + str(message.embeds)


def has_pictures(message: Message) -> bool:
    return bool(message.files) and "AI-generated" in texts(message)


async def told(sandbox: Sandbox, name: str, place: str, command: str, /, **options: Any) -> str:
    """What a command answers to the asker alone."""
    asked = await sandbox.user(name).slash(place, command, **options)
    assert asked.message is not None and asked.message.flags & EPHEMERAL
    assert "Traceback" not in texts(asked.message) and "reference" not in texts(asked.message)
    return texts(asked.message)


async def drawn(asked: Outcome) -> str:
    """What a finished picture's file says of how it was made."""
    message = await asked.wait_message(has_pictures, seconds=60)
    return message.files[0].data.decode("latin-1")


async def test_a_preset_from_options_is_used_listed_and_deleted(sandbox: Sandbox) -> None:
    guest = sandbox.user(GUEST)
    saved = await told(
        sandbox, GUEST, PLACE, "preset save", name="**Tea** @everyone", prompt="1girl, tea", steps=6, cfg=5.5
    )
    assert "Preset saved" in saved and "**Tea**" not in saved and "@everyone" not in saved
    assert "already" in await told(sandbox, GUEST, PLACE, "preset save", name="**TEA** @everyone", steps=5)
    listed = await told(sandbox, GUEST, PLACE, "preset list")
    assert "steps 6" in listed and "1 of 25" in listed
    choices = await guest.complete(PLACE, "preset use", "name", "tea")
    assert [choice["value"] for choice in choices] == ["**Tea** @everyone"]
    assert await sandbox.user(KEEPER).complete(PLACE, "preset use", "name", "tea") == []
    used = await guest.slash(PLACE, "preset use", name="**tea** @everyone", seed=7)
    assert used.message is not None and "of 225 tokens" in texts(used.message)
    file = await drawn(used)
    assert "1girl, tea" in file and "Steps: 6" in file and "CFG scale: 5.5" in file
    other = await guest.slash(PLACE, "preset use", name="**tea** @everyone", seed=7, prompt="1boy")
    assert "1boy" in await drawn(other)
    assert "is deleted" in await told(sandbox, GUEST, PLACE, "preset delete", name="**Tea** @everyone")
    assert "no presets yet" in await told(sandbox, GUEST, PLACE, "preset use", name="tea")
    assert "You have none yet" in await told(sandbox, GUEST, PLACE, "preset list")


async def test_a_preset_from_a_job(sandbox: Sandbox) -> None:
    asked = await sandbox.user(KEEPER).slash(PLACE, "imagine", prompt="1girl, smile", steps=7, seed=3)
    message = await asked.wait_message(has_pictures, seconds=60)
    job = message.files[0].filename.split("-")[0]
    assert "steps 7" in await told(sandbox, GUEST, PLACE, "preset save", name="seen", job=job)
    assert "no job" in await told(sandbox, GUEST, "art-requests", "preset save", name="unseen", job=job)
    assert "nothing to save" in await told(sandbox, GUEST, PLACE, "preset save", name="empty")
    assert "needs letters" in await told(sandbox, GUEST, PLACE, "preset save", name="\u200b\u200b", steps=5)
    held = await told(sandbox, GUEST, PLACE, "privacy show")
    assert "1 preset of yours" in held
    await told(sandbox, GUEST, PLACE, "preset delete", name="SEEN")


async def test_a_preset_is_judged_where_it_is_used(sandbox: Sandbox) -> None:
    await told(sandbox, GUEST, PLACE, "preset save", name="beach", prompt="1girl, lingerie")
    refused = await told(sandbox, GUEST, PLACE, "preset use", name="beach")
    assert "above this place's ceiling" in refused
    await told(sandbox, GUEST, PLACE, "preset delete", name="beach")


async def test_defaults_fill_what_was_left_open_and_are_explained(sandbox: Sandbox, data: Path) -> None:
    guest = sandbox.user(GUEST)
    channel = guest.channel(PLACE).id
    try:
        assert "Manage Server" in await told(sandbox, GUEST, PLACE, "settings default", steps=5)
        assert "Manage Server" in await told(
            sandbox, GUEST, PLACE, "settings default", steps=5, channel=channel
        )
        shown = await told(sandbox, GUEST, PLACE, "settings show")
        assert "**steps**: 28 (the model card's)" in shown
        assert "10" in await told(sandbox, KEEPER, PLACE, "settings default", steps=10, cfg=6.5)
        await told(sandbox, KEEPER, PLACE, "settings default", steps=9, sampler="Euler", channel=channel)
        await told(sandbox, GUEST, PLACE, "settings mine", size="1024x1024", steps=6)
        shown = await told(sandbox, GUEST, PLACE, "settings show")
        for line in ("steps**: 6 (yours)", "sampler**: Euler (this channel's)", "cfg**: 6.5 (this server's)"):
            assert line in shown
        file = await drawn(await guest.slash(PLACE, "imagine", prompt="1girl, smile", seed=7))
        for part in ("Steps: 6", "Sampler: Euler,", "CFG scale: 6.5"):
            assert part in file
        typed = await guest.slash(PLACE, "imagine", prompt="1girl, smile", seed=7, steps=8, cfg=7.0)
        file = await drawn(typed)
        assert "Steps: 8" in file and "CFG scale: 7" in file
        assert "6 (yours)" in await told(sandbox, GUEST, guest.dm().id, "settings show")
    finally:
        assert "None are set" in await told(sandbox, GUEST, PLACE, "settings mine", reset=EVERY)
        await told(sandbox, KEEPER, PLACE, "settings default", reset=EVERY)
        await told(sandbox, KEEPER, PLACE, "settings default", reset=EVERY, channel=channel)
    with sqlite3.connect(data / "bot.sqlite3") as database:
        actions = database.execute(
            "SELECT action, after FROM audit WHERE user_id = ? AND action = 'default steps'",
            (int(sandbox.user(KEEPER).id),),
        ).fetchall()
        by_guest = database.execute("SELECT count(*) FROM audit WHERE user_id = ?", (int(guest.id),))
        assert by_guest.fetchone() == (0,)
    assert actions == [
        ("default steps", "10"),
        ("default steps", "9"),
        ("default steps", "unset"),
        ("default steps", "unset"),
    ]


async def test_another_seed_keeps_the_merged_values(sandbox: Sandbox) -> None:
    guest = sandbox.user(GUEST)
    await told(sandbox, GUEST, PLACE, "settings mine", steps=8, cfg=6.5)
    asked = await guest.slash(PLACE, "imagine", prompt="1girl, smile", seed=7)
    message = await asked.wait_message(has_pictures, seconds=60)
    await told(sandbox, GUEST, PLACE, "settings mine", reset=EVERY)
    button = next(
        part["custom_id"]
        for row in message.components
        for part in row["components"]
        if part["custom_id"].startswith("vary:subtle")
    )
    again = await drawn(await guest.click(message, button))
    assert "Steps: 8" in again and "CFG scale: 6.5" in again


async def test_a_private_default_answers_its_asker_alone(sandbox: Sandbox) -> None:
    await told(sandbox, GUEST, PLACE, "settings mine", private=True)
    try:
        asked = await sandbox.user(GUEST).slash(PLACE, "imagine", prompt="1girl", **SHORT)
        assert asked.message is not None and asked.message.flags & EPHEMERAL
        await asked.wait_message(has_pictures, seconds=60)
        shown = await sandbox.user(GUEST).slash(PLACE, "imagine", prompt="1girl", private=False, **SHORT)
        assert shown.message is not None and not shown.message.flags & EPHEMERAL
        await shown.wait_message(has_pictures, seconds=60)
    finally:
        await told(sandbox, GUEST, PLACE, "settings mine", reset="private")


async def test_completion_knows_slips_series_and_japanese_names(sandbox: Sandbox) -> None:
    guest = sandbox.user(GUEST)

    async def offered(option: str, typed: str, **others: str) -> list[str]:
        choices = await guest.complete(PLACE, "imagine", option, typed, **others)
        assert len(choices) <= 25 and all(len(choice["name"]) <= 100 for choice in choices)
        return [choice["value"] for choice in choices]

    assert (await offered("prompt", "smile, lnog hair"))[1] == "smile, long hair"
    assert "smile, (blonde hair" in await offered("prompt", "smile, (blonde ha")
    assert "smile\u3001 night" in await offered("negative", "smile\u3001nigh")
    assert (await offered("character", "初音"))[0] == "hatsune miku"
    assert (await offered("character", "hatsnue")) == ["hatsune miku"]
    named = await guest.complete(PLACE, "imagine", "character", "hatsune miku")
    assert named[0] == {"name": "hatsune miku · vocaloid", "value": "hatsune miku"}
    assert await offered("series", "", character="hatsune miku") == ["vocaloid"]
    assert len(await offered("prompt", "")) == 25
    for typed in ("x" * 6000, "smile, " * 900, "初" * 6000):
        assert await offered("prompt", typed) == []
