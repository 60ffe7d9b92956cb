"""Starting, stopping, starting again: what is kept, what goes on, and what stops a start."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import sys
import time
from pathlib import Path

import pytest

from bot import app
from bot.client import Client
from bot.config import Token
from bot.core.errors import BotError, ConfigError
from bot.core.job import Job, JobState, Place
from bot.core.prompt import Prompt
from bot.core.request import Request
from bot.sandbox import Exchange, Sandbox
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.memory import Memory
from tests.flows.conftest import config_for, running
from tests.flows.test_finding import history, labelled
from tests.flows.test_imagine import has_pictures, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_history_and_its_buttons_outlive_a_restart(tmp_path: Path) -> None:
    seen: list[Exchange] = []
    async with Sandbox(observer=seen.append) as sandbox:
        mika = sandbox.user("mika")
        async with running(sandbox, tmp_path):
            assert "no pictures yet" in texts(await history(sandbox, "mika"))
            for number in range(6):
                asked = await mika.slash("general", "imagine", prompt=f"1girl, tag {number}", steps=8, seed=1)
                await asked.wait_message(has_pictures, seconds=60)
            shown = await history(sandbox, "mika", search="1girl")
            assert "tag 5" in texts(shown) and "tag 0" not in texts(shown)
        async with running(sandbox, tmp_path):
            await mika.click(shown, labelled(shown, "Older"))
            async with asyncio.timeout(60):
                while "tag 5" in texts(shown):
                    await asyncio.sleep(0.01)
            assert "tag 0" in texts(shown)
            assert "no pictures yet" in texts(await history(sandbox, "ren"))
    # The commands were the same at the second start, so they were sent once.
    assert len([each for each in seen if each.method == "PUT" and each.route.endswith("/commands")]) == 1


async def test_a_job_of_an_earlier_run_is_drawn_and_posted_in_its_channel(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        mika = sandbox.user("mika")
        job = Job(
            id="leftover",
            user_id=int(mika.id),
            place=Place(int(mika.channel("general").guild_id or 0), int(mika.channel("general").id)),
            request=Request("1girl", steps=8),
            prompt=Prompt("1girl", "nsfw", 1, 1, 75),
            seed=1,
            state=JobState.QUEUED,
            created_at=time.time() - 3600,
        )
        async with await Database.open(tmp_path / app.DATABASE) as database:
            await JobStore(database).add(job)
            await JobStore(database).add(dataclasses.replace(job, id="running1"))
            await JobStore(database).move("running1", JobState.RUNNING)
        async with running(sandbox, tmp_path):
            async with asyncio.timeout(60):
                while len(posts := [m for m in mika.reads("general") if m.files]) < 2:
                    await asyncio.sleep(0.05)
        assert {"leftover", "running1"} == {m.files[0].filename.removesuffix("-1.png") for m in posts}
        assert all(f"<@{mika.id}>" in message.content for message in posts)


async def test_a_token_that_discord_refuses(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        with pytest.raises(ConfigError, match="Discord refused the token"):
            await app.run(config_for(sandbox, tmp_path), Token("nonsense"), asyncio.Event())


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        config = config_for(sandbox, tmp_path)
    with pytest.raises(BotError, match="cannot be reached"):
        await app.run(config, Token("any"), asyncio.Event())


async def test_a_cog_that_fails_stops_the_start_with_its_reason(tmp_path: Path) -> None:
    async with (
        await Database.open(tmp_path / "bot.sqlite3") as database,
        Client(Memory(database), cogs=["cogs.nowhere"]) as client,
    ):
        with pytest.raises(BotError, match=r"The commands of cogs\.nowhere could not be loaded"):
            await client.setup_hook()


async def test_the_commands_can_be_sent_again(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        names = await app.sync(config_for(sandbox, tmp_path), Token(sandbox.token))
        slash = [
            "about",
            "describe",
            "help",
            "history",
            "identify",
            "imagine",
            "preset",
            "privacy",
            "queue",
            "settings",
            "show",
        ]
        on_messages = ["Describe this picture", "Draw from this picture", "Identify this picture"]
        assert names == [*on_messages, *slash]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_demo_says_when_it_is_ready_and_stops_when_asked(number: signal.Signals) -> None:
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--no-browser",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert demo.stdout is not None
    async with asyncio.timeout(240):
        while line := (await demo.stdout.readline()).decode():
            if line.startswith("demo ready: http://127.0.0.1:"):
                break
        demo.send_signal(number)
        _, errors = await demo.communicate()
    assert demo.returncode == 0, errors.decode()
    assert b"Traceback" not in errors
