"""Pictures find their way when Discord does not play along: each once, and never in vain."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import app
from bot.bench.storm_bot import BotProcess
from bot.sandbox import Sandbox
from bot.sandbox.driver import Outcome, Person
from bot.sandbox.faults import LOST
from bot.sandbox.messages import Message
from bot.services.guilds import LEFT
from tests.flows.conftest import SEEDS, running
from tests.flows.test_imagine import EPHEMERAL, has_pictures, texts

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEND = 1 << 11


class Town:
    """A sandbox with the bot on it, of which every test may break things."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.faults, self._folder = sandbox, sandbox.faults, folder
        self.mika: Person = sandbox.user("mika")
        self._seeds = itertools.cycle(SEEDS)

    async def ask(self, channel: str = "general", **options: Any) -> Outcome:
        given = {"prompt": "1girl", "steps": 8, "seed": next(self._seeds)} | options
        asked = await self.mika.slash(channel, "imagine", **given)
        assert asked.message is not None and job_of(asked)
        return asked

    def shown(self, channel: str = "general", *, job: str) -> list[Message]:
        """Messages that hold pictures of a job."""
        found = self.mika.reads(channel)
        return [each for each in found if any(f.filename.startswith(f"{job}-") for f in each.files)]

    async def until_shown(self, channel: str = "general", *, job: str) -> Message:
        async with asyncio.timeout(180):
            while not (found := [m for m in self.shown(channel, job=job) if has_pictures(m)]):
                await asyncio.sleep(0.02)
        return found[0]

    def rows(self, sql: str, *parameters: object) -> list[Any]:
        connection = sqlite3.connect(self._folder / app.DATABASE)
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()

    def row(self, sql: str, *parameters: object) -> Any:
        return next(iter(self.rows(sql, *parameters)), None)

    def token(self, job: str) -> str:
        (token,) = self.row("SELECT token FROM replies WHERE job_id = ?", job)
        return str(token)

    async def until(self, sql: str, *parameters: object) -> Any:
        async with asyncio.timeout(180):
            while (found := self.row(sql, *parameters)) is None:
                await asyncio.sleep(0.05)
        return found

    async def settled(self, job: str) -> None:
        """Until nothing of the job is owed any more, and a bit: a second copy would follow at once."""
        await self.until(
            "SELECT 1 FROM jobs WHERE id = ? AND finished_at IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE job_id = id AND state = 'owed')",
            job,
        )
        await asyncio.sleep(0.3)

    async def told(self) -> str:
        """What the bot says for one person's eyes alone after their next command."""
        asked = await self.mika.slash("general", "queue")
        async with asyncio.timeout(60):
            while len(asked.messages) < 2:
                await asyncio.sleep(0.02)
        notice = asked.messages[1]
        assert notice.flags & EPHEMERAL
        return notice.content


def job_of(asked: Outcome) -> str:
    assert asked.message is not None
    ids = [part["custom_id"] for row in asked.message.components for part in row["components"]]
    return next(each for each in ids if each.startswith("cancel:")).removeprefix("cancel:")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    async with Sandbox() as sandbox, running(sandbox, folder):
        yield Town(sandbox, folder)


@pytest.mark.parametrize(
    ("status", "carried_out", "times"),
    # The library itself tries five times.
    [(429, False, 1), (500, True, 1), (502, False, 6), (LOST, True, 1), (LOST, False, 1)],
)
async def test_an_upload_that_fails(town: Town, status: int, carried_out: bool, times: int) -> None:
    town.faults.next(
        status, method="PATCH", match="/webhooks/", files=True, carried_out=carried_out, times=times
    )
    asked = await town.ask()
    job = job_of(asked)
    await asked.wait_message(has_pictures, seconds=90)
    await town.settled(job)
    assert len(town.shown(job=job)) == 1
    assert town.faults.clear() == 0


async def test_a_token_that_expires_early(town: Town) -> None:
    asked = await town.ask(steps=20)
    job = job_of(asked)
    town.faults.expire_tokens()
    message = await town.until_shown(job=job)
    assert asked.message is not None and message.id != asked.message.id
    assert message.reference is not None and message.reference["message_id"] == asked.message.id
    await town.settled(job)
    assert len(town.shown(job=job)) == 1
    assert town.row("SELECT 1 FROM replies WHERE job_id = ?", job) is None


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_post_whose_answer_is_lost_after_the_nonce_is_forgotten(
    town: Town, carried_out: bool
) -> None:
    asked = await town.ask(steps=20)
    job = job_of(asked)
    town.faults.next(
        LOST, method="POST", match="/messages", files=True, carried_out=carried_out,
        struck=lambda: asyncio.get_running_loop().call_later(0.1, town.faults.forget_nonces),
    )  # fmt: skip
    town.faults.expire_tokens()
    await town.until_shown(job=job)
    await town.settled(job)
    assert len(town.shown(job=job)) == 1
    assert town.faults.clear() == 0


async def test_a_first_answer_whose_repeat_comes_too_late(town: Town) -> None:
    """It took effect and its answer was spoilt; by the library's repeat the token is over."""
    town.faults.next(
        500, method="POST", match="/callback", carried_out=True,
        struck=lambda: asyncio.get_running_loop().call_later(0.1, town.faults.expire_tokens),
    )  # fmt: skip
    job = job_of(await town.ask(steps=20))
    await town.until_shown(job=job)
    await town.settled(job)
    assert len(town.shown(job=job)) == 1


async def test_a_message_that_is_deleted_meanwhile(town: Town) -> None:
    busy = job_of(await town.ask(steps=60, count=4))  # something that runs
    asked = await town.ask(steps=60, count=4)
    assert asked.message is not None
    job = job_of(asked)
    town.faults.delete_message(asked.message)
    await town.settled(job)
    state, error = town.row("SELECT state, error FROM jobs WHERE id = ?", job)
    said = await town.told()
    assert state == "cancelled" and job in said and error in said
    assert town.row("SELECT state, pictures FROM leases WHERE job_id = ?", job) == ("refunded", 0)
    await town.settled(busy)
    assert town.shown(job=job) == []


async def test_a_permission_that_is_gone(town: Town) -> None:
    asked = await town.ask(steps=20)
    job = job_of(asked)
    place = town.mika.channel("general").id
    town.faults.deny(place, SEND)
    town.faults.expire_tokens()
    await town.settled(job)
    town.faults.give_back(place)
    said = await town.told()
    assert job in said and "1 picture is in your /history" in said
    history = await town.mika.slash("general", "history")
    assert job in texts(await history.wait_message(lambda message: bool(message.embeds), seconds=60))
    await asyncio.sleep(0.3)
    assert len(history.messages) == 1  # it is said once


async def test_a_private_picture_is_for_its_asker_alone(town: Town) -> None:
    asked = await town.ask(private=True)
    assert asked.message is not None and asked.message.flags & EPHEMERAL
    shown = await asked.wait_message(has_pictures, seconds=90)
    await town.settled(job_of_files(shown))
    assert shown.flags & EPHEMERAL and len(town.shown(job=job_of_files(shown))) == 1
    assert all(m.id == shown.id for m in town.shown(job=job_of_files(shown)))


async def test_a_private_picture_comes_as_a_direct_message_after_its_token(town: Town) -> None:
    asked = await town.ask(steps=20, private=True)
    job = job_of(asked)
    town.faults.expire_tokens()
    await town.until_shown(town.mika.dm().id, job=job)
    await town.settled(job)
    assert town.shown(job=job) == [] and len(town.shown(town.mika.dm().id, job=job)) == 1


async def test_a_private_picture_is_kept_while_direct_messages_are_closed(town: Town) -> None:
    asked = await town.ask(steps=20, private=True)
    job = job_of(asked)
    town.faults.close_dms(town.mika.id)
    town.faults.expire_tokens()
    await town.settled(job)
    town.faults.open_dms(town.mika.id)
    said = await town.told()
    assert job in said and "1 picture is in your /history" in said
    assert town.shown(job=job) == town.shown(town.mika.dm().id, job=job) == []


def job_of_files(message: Message) -> str:
    return message.files[0].filename.partition("-")[0]


async def test_a_channel_that_is_gone(town: Town) -> None:
    asked = await town.ask(another_channel(town), steps=20)
    job = job_of(asked)
    assert asked.message is not None
    town.faults.delete_channel(asked.message.channel_id)
    await town.settled(job)
    assert job in await town.told()


async def test_a_server_that_removes_the_bot_meanwhile(town: Town) -> None:
    asked = await town.ask("tea-room", steps=60, count=4)
    job = job_of(asked)
    assert asked.message is not None
    channel = town.sandbox.state.world.channel(asked.message.channel_id)
    town.faults.remove_bot(channel.guild_id or "")
    await town.settled(job)
    assert LEFT in texts(asked.message) or LEFT in await town.told()
    assert town.row("SELECT state FROM jobs WHERE id = ?", job) == ("cancelled",)
    assert town.row("SELECT state, pictures FROM leases WHERE job_id = ?", job) == ("refunded", 0)


async def test_two_clicks_on_cancel_at_the_same_moment(town: Town) -> None:
    asked = await town.ask(steps=60, count=4)
    job, message = job_of(asked), asked.message
    assert message is not None
    clicks = await asyncio.gather(*(town.mika.click(message, f"cancel:{job}") for _ in range(2)))
    await town.settled(job)
    # Whichever comes later may find it cancelled already, in a sentence.
    said = [
        each.message.content for each in clicks if each.message is not None and each.message.id != message.id
    ]
    assert all("cancelled already" in each for each in said)
    assert town.row("SELECT state, pictures FROM leases WHERE job_id = ?", job) == ("refunded", 0)


def another_channel(town: Town) -> str:
    """Another text channel in which mika may ask."""
    for guild in town.sandbox.state.world.guilds.values():
        for channel in guild.channels.values():
            if channel.type == 0 and channel.name != "general" and town.mika.id in guild.members:
                return channel.id
    raise AssertionError("there is only one channel")


async def test_a_bot_that_is_killed_at_every_line(tmp_path: Path) -> None:
    """At each of its requests for a job, before it takes effect and after; it is started again each time."""
    async with Sandbox() as sandbox:
        bot = BotProcess(sandbox, tmp_path)
        town = Town(sandbox, tmp_path / "data")
        await bot.start()
        try:
            first = await killed_at_the_first_answer(town, bot)
            await bot.until_online()
            # One run draws them all, and each start sends what is owed still before there is a worker.
            places = ["general", "general", another_channel(town), "tea-room"]
            jobs = [job_of(await town.ask(place)) for place in places]
            routes = [("PATCH", f"/{town.token(job)}/messages/") for job in jobs[:2]]
            routes += [("POST", f"/channels/{town.mika.channel(place).id}/messages") for place in places[2:]]
            for number, carried_out in enumerate((True, False, True, False)):
                kill_at(town, bot, routes[number:], carried_out=carried_out)
                if number == 2:
                    town.faults.expire_tokens()
                await until_killed(bot, number + 2)
                town.faults.clear()
                town.faults.forget_nonces()
            for place, job in zip(["general", *places], [first, *jobs], strict=True):
                await town.until_shown(place, job=job)
                await town.settled(job)
            for place, job in zip(["general", *places], [first, *jobs], strict=True):
                assert len(town.shown(place, job=job)) == 1
            assert bot.kills == 5
        finally:
            await bot.close()
        assert bot.bad_stops == 0 and bot.left_behind == 0
        pictures = {path.stem for path in (tmp_path / "data" / "pictures").rglob("*") if path.is_file()}
        assert pictures == {sha256 for (sha256,) in town.rows("SELECT sha256 FROM images")}
        assert town.row("SELECT count(*) FROM leases WHERE state = 'spent' AND pictures = 1") == (5,)
        assert town.row("SELECT count(*) FROM deliveries") == town.row("SELECT count(*) FROM replies") == (0,)


def kill_at(town: Town, bot: BotProcess, routes: list[tuple[str, str]], *, carried_out: bool) -> None:
    """Kill the bot at the first of the routes; the others answer that they are out of order."""
    (method, match), *others = routes
    town.faults.next(LOST, method=method, match=match, files=True, carried_out=carried_out, struck=bot.kill)
    for method, match in others:
        town.faults.next(503, method=method, match=match, files=True, times=1000)


async def until_killed(bot: BotProcess, times: int) -> None:
    async with asyncio.timeout(180):
        while bot.kills < times or bot.starts <= times:  # the next one is on its way
            await asyncio.sleep(0.01)


async def killed_at_the_first_answer(town: Town, bot: BotProcess) -> str:
    """The asker reads that it is queued; the bot never learns that they did."""
    town.faults.next(LOST, method="POST", match="/callback", carried_out=True, struck=bot.kill)
    asked = await town.ask()
    await until_killed(bot, 1)
    return job_of(asked)
