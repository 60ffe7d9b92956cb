"""Troubles on demand, and what a stock bot makes of them."""

from __future__ import annotations

import asyncio
import hashlib
import io

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


async def test_a_failure_may_be_for_uploads_alone_and_tells_when_it_struck() -> None:
    struck: list[int] = []
    async with calling() as (sandbox, call):
        path = f"/channels/{sandbox.user('mika').channel('general').id}/messages"

        def note() -> None:
            struck.append(len(sandbox.user("mika").reads("general")))

        sandbox.faults.next(500, match="/messages", files=True, carried_out=True, struck=note)
        sandbox.faults.next(500, match="/messages", files=True, struck=note)
        assert (await call("POST", path, {"content": "no file"}))[0] == 200 and not struck
        for number in range(2):
            form = aiohttp.FormData()
            form.add_field("payload_json", '{"content": "a file"}', content_type="application/json")
            form.add_field("files[0]", b"x", filename=f"{number}.txt", content_type="text/plain")
            assert (await call("POST", path, data=form))[0] == 500
        assert struck == [2, 2]  # after the first took effect, and instead of the second
        assert sandbox.faults.clear() == 0


async def test_what_was_taken_is_given_back() -> None:
    async with calling() as (sandbox, call):
        mika = sandbox.user("mika")
        general, dm = mika.channel("general").id, mika.dm().id
        for taken, code in ((Permission.VIEW_CHANNEL, 50001), (Permission.SEND_MESSAGES, 50013)):
            sandbox.faults.deny(general, taken)
            status, answer = await call("POST", f"/channels/{general}/messages", {"content": "?"})
            assert (status, answer["code"]) == (403, code)
            sandbox.faults.give_back(general)
            assert (await call("POST", f"/channels/{general}/messages", {"content": "!"}))[0] == 200
        sandbox.faults.close_dms(mika.id)
        assert (await call("POST", f"/channels/{dm}/messages", {"content": "?"}))[1]["code"] == 50007
        sandbox.faults.open_dms(mika.id)
        assert (await call("POST", f"/channels/{dm}/messages", {"content": "!"}))[0] == 200


async def test_an_answer_in_a_channel_that_went_is_refused_and_written_nowhere() -> None:
    codes: list[int] = []
    called, go = asyncio.Event(), asyncio.Event()

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Slow")
        async def slow(interaction: discord.Interaction) -> None:
            await interaction.response.defer()
            called.set()
            await go.wait()
            for answer in (interaction.edit_original_response, interaction.followup.send):
                try:
                    await answer(content="late")
                except discord.NotFound as error:
                    codes.append(error.code)

    async with stage(prepare) as scene:
        channel = general(scene)
        await scene.sandbox.user("mika").slash("general", "slow")
        await called.wait()
        scene.sandbox.faults.delete_channel(str(channel.id))
        go.set()
        await until(lambda: len(codes) == 2)
        assert codes == [10008, 10003]
        assert [entry.deed for entry in scene.sandbox.state.ledger] == ["created", "deleted"]


async def test_the_ledger_keeps_what_was_ever_shown() -> None:
    async with calling() as (sandbox, call):
        path = f"/channels/{sandbox.user('mika').channel('general').id}/messages"
        embed = {"title": "First", "fields": [{"name": "Seed", "value": "7"}], "footer": {"text": "job-1"}}
        row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": "cancel:1"}]}
        message = (await call("POST", path, {"embeds": [embed], "components": [row]}))[1]
        form = aiohttp.FormData()
        form.add_field(
            "payload_json", '{"content": "done", "components": []}', content_type="application/json"
        )
        form.add_field("files[0]", b"drawn", filename="job-1.png", content_type="image/png")
        await call("PATCH", f"{path}/{message['id']}", data=form)
        await call("DELETE", f"{path}/{message['id']}")
        created, changed, deleted = sandbox.state.ledger
        assert (created.deed, changed.deed, deleted.deed) == ("created", "changed", "deleted")
        assert {"First", "Seed", "7", "job-1"} <= set(created.text.split("\n"))
        assert (created.custom_ids, created.files, changed.custom_ids) == (("cancel:1",), (), ())
        assert changed.files == deleted.files == (("job-1.png", hashlib.sha256(b"drawn").hexdigest()),)
        assert {created.message_id, changed.message_id, deleted.message_id} == {message["id"]}


async def test_a_send_that_is_uncertain_is_found_again_among_the_channels_messages() -> None:
    async with stage(lambda bot: None) as scene:
        channel = general(scene)
        scene.sandbox.user("mika").write("general", "somebody else's words")
        scene.sandbox.faults.next(0, method="POST", match="/messages", files=True, carried_out=True)
        embed = discord.Embed(description="drawn").set_footer(text="AI-generated · abcd1234")
        with pytest.raises(aiohttp.ClientError):
            await channel.send(
                embed=embed, file=discord.File(io.BytesIO(b"x"), "abcd1234-1.png"), nonce="abcd1234"
            )
        found, other = [message async for message in channel.history(limit=50)]
        assert found.embeds[0].footer.text == "AI-generated · abcd1234" and found.nonce == "abcd1234"
        assert [file.filename for file in found.attachments] == ["abcd1234-1.png"]
        assert other.content == ""  # no message content intent
        scene.sandbox.faults.deny(str(channel.id), Permission.READ_MESSAGE_HISTORY)
        assert [message async for message in channel.history(limit=50)] == []
        scene.sandbox.faults.deny(str(channel.id), Permission.VIEW_CHANNEL)
        with pytest.raises(discord.Forbidden) as hidden:
            [message async for message in channel.history(limit=50)]
        assert hidden.value.code == 50001
