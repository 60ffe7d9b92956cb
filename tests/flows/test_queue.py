"""Waiting, cancelling, and a worker that dies: what people see, and that the picture still comes."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageChops

from bot.sandbox import Sandbox
from bot.sandbox.driver import Outcome
from bot.sandbox.messages import Message
from tests.flows.test_imagine import EPHEMERAL, picture, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = {"prompt": "1girl, smile", "count": 2, "steps": 60}
PATIENCE = 240.0
"""Seconds; a busy machine is slow, not wrong."""


def is_running(message: Message) -> bool:
    return "Drawing" in texts(message)


def is_cancelled(message: Message) -> bool:
    return "was cancelled" in texts(message)


def is_drawn(message: Message) -> bool:
    return "AI-generated" in texts(message)


def controls(message: Message) -> dict[str, dict[str, Any]]:
    """Every button and menu of a message, by its id."""
    return {part["custom_id"]: part for row in message.components for part in row["components"]}


def cancel_button(message: Message) -> str:
    (custom_id,) = (each for each in controls(message) if each.startswith("cancel:"))
    return custom_id


async def ask(sandbox: Sandbox, name: str, **options: Any) -> Outcome:
    asked = await sandbox.user(name).slash("general", "imagine", **{"prompt": "1girl", **options})
    assert asked.message is not None and not asked.message.ephemeral
    return asked


async def test_a_waiting_and_a_running_job_are_cancelled_by_their_buttons(sandbox: Sandbox) -> None:
    ren, mika = sandbox.user("ren"), sandbox.user("mika")
    running = await ask(sandbox, "ren", **LONG)
    message = await running.wait_message(is_running, seconds=PATIENCE)
    more = [await ask(sandbox, "ren", **LONG) for _ in range(2)]
    waiting = await ask(sandbox, "mika", steps=60)
    assert waiting.message is not None

    foreign = await ren.click(waiting.message, cancel_button(waiting.message))
    assert foreign.message is not None and foreign.message.flags & EPHEMERAL
    assert "Only the person who asked" in foreign.message.content

    button = cancel_button(waiting.message)
    clicked = await mika.click(waiting.message, button)
    assert clicked.kind == "deferred_update"
    ended = await waiting.wait_message(is_cancelled, seconds=PATIENCE)
    assert not controls(ended) and not ended.files

    for job in (*more, running):
        message = job.message
        assert message is not None
        assert (await ren.click(message, cancel_button(message))).kind == "deferred_update"
        ended = await job.wait_message(is_cancelled, seconds=PATIENCE)
        assert not controls(ended) and not ended.files

    # Whoever's page still shows the button hears that it is too late.
    late = await ask(sandbox, "mika", steps=8, seed=1)
    shown = late.message
    assert shown is not None
    button, components = cancel_button(shown), shown.components
    done = await late.wait_message(is_drawn, seconds=PATIENCE)
    assert button not in controls(done)
    done.components = components
    clicked = await mika.click(done, button)
    assert clicked.message is not None and "has ended" in clicked.message.content
    done.components = []


async def test_queue_shows_ones_own_jobs_and_cancels_what_is_picked(sandbox: Sandbox) -> None:
    ren, mika = sandbox.user("ren"), sandbox.user("mika")
    empty = await mika.slash("general", "queue")
    assert empty.message is not None and empty.message.ephemeral
    assert "no jobs waiting" in texts(empty.message) and "Ready." in texts(empty.message)
    jobs = [await ask(sandbox, "ren", **LONG) for _ in range(2)]
    await jobs[0].wait_message(is_running, seconds=PATIENCE)
    shown = await ren.slash("general", "queue")
    assert shown.message is not None and "of 120" in texts(shown.message)
    menu = controls(shown.message)["queue:cancel"]
    assert len(menu["options"]) == 2
    foreign = await mika.slash("general", "queue")
    assert foreign.message is not None and set(controls(foreign.message)) == {"queue:refresh"}
    for job, option in zip(jobs, menu["options"], strict=True):
        await ren.select(shown.message, "queue:cancel", [option["value"]])
        await job.wait_message(is_cancelled, seconds=PATIENCE)
    refreshed = await ren.click(shown.message, "queue:refresh")
    assert refreshed.kind == "update" and refreshed.message is not None
    assert "no jobs waiting" in texts(refreshed.message)
    assert set(controls(refreshed.message)) == {"queue:refresh"}


async def test_a_worker_killed_in_the_middle_of_a_picture_loses_nothing(sandbox: Sandbox, data: Path) -> None:
    wanted = await (await ask(sandbox, "mika", seed=11, count=2, steps=60)).wait_message(
        is_drawn, seconds=PATIENCE
    )
    again = await ask(sandbox, "mika", seed=11, count=2, steps=60)
    await again.wait_message(is_running, seconds=PATIENCE)
    (worker,) = (each for each in multiprocessing.active_children() if each.name == "worker")
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    drawn = await again.wait_message(is_drawn, seconds=PATIENCE)
    # Not the same bytes: its pictures may have met at other steps; and enlarging makes more of one level.
    difference = ImageChops.difference(picture(sandbox, drawn), picture(sandbox, wanted))
    assert max(highest for _, highest in difference.getextrema()) <= 2
    async with asyncio.timeout(PATIENCE):
        while (health := json.loads((data / "health.json").read_text()))["workers"][0]["restarts"] != 1:
            await asyncio.sleep(0.1)
    assert health["pid"] == os.getpid() and not health["stopped"] and health["last_error"]


async def test_a_running_picture_shows_a_preview_that_goes_when_it_is_done(sandbox: Sandbox) -> None:
    asked = await ask(sandbox, "mika", **LONG)
    early = await asked.wait_message(lambda m: bool(m.files) and is_running(m), seconds=PATIENCE)
    assert all("preview" in file.filename for file in early.files)
    done = await asked.wait_message(is_drawn, seconds=PATIENCE)
    assert [file.filename.rpartition("-")[2] for file in done.files] == ["1.png", "2.png"]
    assert not any("preview" in file.filename for file in done.files)
