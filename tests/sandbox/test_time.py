"""Deadlines: three seconds to answer, fifteen minutes for a token, signed addresses, nonces."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest
from discord.ext import commands

from bot.sandbox import Limits, ManualClock
from tests.sandbox.bots import stage, until


async def test_after_three_seconds_the_person_is_told_and_the_bot_is_too_late() -> None:
    called, go, codes = asyncio.Event(), asyncio.Event(), []

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Slow")
        async def slow(interaction: discord.Interaction) -> None:
            called.set()
            await go.wait()
            try:
                await interaction.response.send_message("late")
            except discord.NotFound as error:
                codes.append(error.code)

    clock = ManualClock()
    async with stage(prepare, clock=clock, limits=Limits()) as scene:
        asked = asyncio.create_task(scene.sandbox.user("mika").slash("general", "slow"))
        await until(called.is_set)
        clock.advance(2.9)
        assert not asked.done()
        clock.advance(0.2)
        outcome = await asked
        assert (outcome.kind, outcome.first.error) == ("failed", "The application did not respond")
        go.set()
        await until(lambda: codes)
        assert codes == [10062]


async def test_a_token_ends_after_fifteen_minutes_and_answers_once_only() -> None:
    kept: list[discord.Interaction] = []

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Think")
        async def think(interaction: discord.Interaction) -> None:
            await interaction.response.defer()
            kept.append(interaction)

    clock = ManualClock()
    async with stage(prepare, clock=clock, limits=Limits()) as scene:
        await scene.sandbox.user("mika").slash("general", "think")
        await until(lambda: kept)
        again = discord.InteractionResponse(kept[0])
        with pytest.raises(discord.HTTPException) as twice:
            await again.send_message("twice")
        assert twice.value.code == 40060
        clock.advance(899)
        await kept[0].edit_original_response(content="just in time")
        clock.advance(2)
        with pytest.raises(discord.HTTPException) as late:
            await kept[0].edit_original_response(content="late")
        assert (late.value.status, late.value.code) == (401, 50027)
        channel = kept[0].channel
        assert isinstance(channel, discord.TextChannel)
        assert (await channel.send("by my own token")).content == "by my own token"


async def test_a_follow_up_before_the_acknowledgement_is_refused() -> None:
    codes = []

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Hasty")
        async def hasty(interaction: discord.Interaction) -> None:
            try:
                await interaction.followup.send("too early")
            except discord.NotFound as error:
                codes.append(error.code)
            await interaction.response.send_message("now")

    async with stage(prepare) as scene:
        outcome = await scene.sandbox.user("mika").slash("general", "hasty")
        assert (outcome.kind, codes) == ("message", [10015])


async def test_nobody_answers_while_the_bot_is_away() -> None:
    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Anyone?")
        async def anyone(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("here")

    async with stage(prepare) as scene:
        await scene.bot.close()
        await until(lambda: not scene.sandbox.state.gateway.online)
        outcome = await scene.sandbox.user("mika").slash("general", "anyone")
        assert (outcome.kind, outcome.first.error) == ("failed", "Atelier is not online")


async def test_file_addresses_are_signed_and_expire() -> None:
    clock = ManualClock()
    async with stage(lambda bot: None, clock=clock) as scene, aiohttp.ClientSession() as session:
        sandbox = scene.sandbox
        message = sandbox.user("mika").write("general", "", files=[("note.txt", b"hello")])
        url = sandbox.state.attachments.url(message.files[0])

        async def status(address: str) -> int:
            async with session.get(address) as response:
                return response.status

        assert await status(url) == 200
        assert await status(url.replace("hm=", "hm=0")) == 404
        assert await status(url.replace("note.txt", "other.txt")) == 404
        clock.advance(86_401)
        assert await status(url) == 404
        assert await status(sandbox.state.attachments.url(message.files[0])) == 200
        sandbox.user("mika").remove(message)
        assert await status(sandbox.state.attachments.url(message.files[0])) == 404


async def test_an_enforced_nonce_is_remembered_for_minutes_only() -> None:
    clock = ManualClock()
    async with stage(lambda bot: None, clock=clock) as scene:
        channel = scene.bot.get_channel(int(scene.sandbox.user("mika").channel("general").id))
        assert isinstance(channel, discord.TextChannel)
        send = scene.bot.http.send_message
        body = {"content": "once", "nonce": "job-1", "enforce_nonce": True}

        async def post() -> str:
            with discord.http.handle_message_parameters() as params:
                return str((await send(channel.id, params=params._replace(payload=body)))["id"])

        first = await post()
        assert await post() == first
        clock.advance(181)
        assert await post() != first
