"""Troubles on demand, and what a stock bot makes of them."""

from __future__ import annotations

import aiohttp
import discord
import pytest
from discord.ext import commands

from bot.sandbox import Permission
from tests.sandbox.bots import calling, stage, until


def general(scene: object) -> discord.TextChannel:
    channel = scene.bot.get_channel(int(scene.sandbox.user("mika").channel("general").id))  # type: ignore[attr-defined]
    assert isinstance(channel, discord.TextChannel)
    return channel


async def test_a_lost_answer_may_or_may_not_have_been_carried_out() -> None:
    async with calling() as (sandbox, call):
        path = f"/channels/{sandbox.user('mika').channel('general').id}/messages"
        for carried_out in (False, True):
            sandbox.faults.next(0, match="/messages", carried_out=carried_out)
            with pytest.raises(aiohttp.ClientError):
                await call("POST", path, {"content": f"{carried_out}"})
        assert [message.content for message in sandbox.user("mika").reads("general")] == ["True"]
        sandbox.faults.next(502, match="/messages", carried_out=True)
        assert (await call("POST", path, {"content": "spoilt"}))[0] == 502
        sandbox.faults.next(500, match="/messages", method="PATCH")
        assert (await call("POST", path, {"content": "not a PATCH"}))[0] == 200
        sandbox.faults.clear()
        assert len(sandbox.user("mika").reads("general")) == 3


async def test_an_enforced_nonce_saves_a_repeated_send() -> None:
    async with calling() as (sandbox, call):
        path = f"/channels/{sandbox.user('mika').channel('general').id}/messages"
        body = {"content": "once", "nonce": "job-7", "enforce_nonce": True}
        sandbox.faults.next(0, match="/messages", carried_out=True)
        with pytest.raises(aiohttp.ClientError):
            await call("POST", path, body)
        assert (await call("POST", path, body))[0] == 200
        assert len(sandbox.user("mika").reads("general")) == 1
        sandbox.faults.forget_nonces()
        await call("POST", path, body)
        assert len(sandbox.user("mika").reads("general")) == 2


async def test_places_and_messages_vanish_under_the_bot() -> None:
    gone: list[str] = []

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.event
        async def on_guild_channel_delete(channel: discord.abc.GuildChannel) -> None:
            gone.append(channel.name)

        @bot.event
        async def on_guild_remove(guild: discord.Guild) -> None:
            gone.append(guild.name)

    async with stage(prepare) as scene:
        channel = general(scene)
        faults = scene.sandbox.faults
        message = await channel.send("hello")
        faults.delete_message(scene.sandbox.state.messages.find(str(channel.id), str(message.id)))
        with pytest.raises(discord.NotFound) as error:
            await message.edit(content="?")
        assert error.value.code == 10008
        faults.deny(str(channel.id), Permission.SEND_MESSAGES)
        with pytest.raises(discord.Forbidden) as denied:
            await channel.send("?")
        assert denied.value.code == 50013
        faults.delete_channel(str(channel.id))
        with pytest.raises(discord.NotFound) as lost:
            await channel.send("?")
        assert lost.value.code == 10003
        faults.remove_bot(str(channel.guild.id))
        await until(lambda: len(gone) >= 2)
        assert gone == ["general", "Moonlit Atelier"]


async def test_tokens_can_be_ended_early() -> None:
    kept: list[discord.Interaction] = []

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Think")
        async def think(interaction: discord.Interaction) -> None:
            await interaction.response.defer()
            kept.append(interaction)

    async with stage(prepare) as scene:
        await scene.sandbox.user("mika").slash("general", "think")
        await until(lambda: kept)
        scene.sandbox.faults.expire_tokens()
        with pytest.raises(discord.HTTPException) as late:
            await kept[0].edit_original_response(content="?")
        assert late.value.code == 50027
