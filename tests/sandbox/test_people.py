"""The page's routes: each person sees and does what Discord's client would let them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from tests.sandbox.bots import Stage, stage, until


class Browser:
    """What the page does, in plain HTTP."""

    def __init__(self, scene: Stage, session: aiohttp.ClientSession) -> None:
        self._scene = scene
        self._session = session

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        url = f"{self._scene.sandbox.page}page/{path}"
        async with self._session.request(method, url, **options) as response:
            return (
                response.status,
                await response.json() if response.content_type == "application/json" else None,
            )

    async def get(self, path: str) -> Any:
        status, body = await self.call("GET", path)
        assert status == 200, body
        return body

    async def post(self, path: str, **body: Any) -> Any:
        status, answer = await self.call("POST", path, json=body)
        assert status in (200, 204), answer
        return answer

    @asynccontextmanager
    async def events(self, user: str) -> AsyncIterator[list[dict[str, Any]]]:
        """All that the person's page is sent."""
        url = f"{self._scene.sandbox.page}page/events?user={user}"
        found: list[dict[str, Any]] = []
        async with self._session.ws_connect(url) as socket:
            assert (await socket.receive_json())["event"] == "HELLO"

            async def read() -> None:
                async for message in socket:
                    found.append(message.json())

            reader = asyncio.create_task(read())
            yield found
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)


@asynccontextmanager
async def browser(prepare: Any = lambda bot: None) -> AsyncIterator[tuple[Stage, Browser]]:
    async with stage(prepare) as scene, aiohttp.ClientSession() as session:
        yield scene, Browser(scene, session)


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


async def test_everyone_sees_their_own_part_of_the_world() -> None:
    async with browser() as (scene, page):

        def channels(state: Any) -> set[str]:
            return {channel["name"] for guild in state["guilds"] for channel in guild["channels"]}

        mika = await page.get(f"state?user={scene.sandbox.user('mika').id}")
        aoi = await page.get(f"state?user={scene.sandbox.user('aoi').id}")
        assert [guild["name"] for guild in mika["guilds"]] == ["Moonlit Atelier", "Paper Lantern Café"]
        assert [guild["name"] for guild in aoi["guilds"]] == ["Moonlit Atelier"]
        assert "staff-room" in channels(aoi) and "staff-room" not in channels(mika)
        by_name = {c["name"]: c for c in mika["guilds"][0]["channels"]}
        assert by_name["after-dark-lounge"]["nsfw"] and not by_name["notices"]["can_send"]
        assert mika["bot"]["online"] and mika["me"]["locale"] == "en-US"
        assert (await page.get("state"))["me"]["username"] == "mika"
        status, answer = await page.call("GET", "state?user=1")
        assert (status, answer["code"]) == (404, 10013)


async def test_a_command_with_a_file_thinks_and_then_shows_a_relative_address() -> None:
    release = asyncio.Event()

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Copy")
        async def copy(interaction: discord.Interaction, source: discord.Attachment) -> None:
            await interaction.response.defer()
            await release.wait()
            await interaction.edit_original_response(attachments=[await source.to_file()])

    async with browser(prepare) as (scene, page):
        mika = scene.sandbox.user("mika")
        place = mika.channel("general").id
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", b"hello", filename="a b?.txt", content_type="text/plain")
        _, upload = await page.call("POST", f"upload?user={mika.id}", data=form)
        assert (upload["filename"], upload["size"]) == ("a_b.txt", 5)
        (found,) = (await page.get(f"commands?user={mika.id}&channel={place}"))["commands"]
        async with page.events(mika.id) as seen, page.events(scene.sandbox.user("noor").id) as elsewhere:
            use = {"user": mika.id, "channel": place, "type": 2, "command": found["id"]}
            options = [{"name": "source", "type": 11, "value": upload["id"]}]
            answer = await page.post("interactions", **use, options=options)
            assert answer["kind"] == "deferred" and answer["message"]["flags"] & 128
            assert answer["message"]["interaction_metadata"]["name"] == "copy"
            release.set()
            await until(lambda: "MESSAGE_UPDATE" in names(seen))
            assert names(seen) == ["MESSAGE_CREATE", "MESSAGE_UPDATE"] and elsewhere == []
            url = seen[-1]["data"]["attachments"][0]["url"]
            assert url.startswith("/attachments/")
        status, answer = await page.call("POST", "interactions", json={**use, "options": []})
        assert (status, answer["message"]) == (400, "The option source is required.")
        status, answer = await page.call("POST", "interactions", json={**use, "options": options})
        assert status == 400 and "pick the file again" in answer["message"]


async def test_a_modal_and_an_ephemeral_answer_stay_with_their_person() -> None:
    class Form(discord.ui.Modal, title="Edit"):
        words: discord.ui.Label[Form] = discord.ui.Label(
            text="Words", component=discord.ui.TextInput(custom_id="words", min_length=2)
        )

        async def on_submit(self, interaction: discord.Interaction) -> None:
            assert isinstance(self.words.component, discord.ui.TextInput)
            await interaction.response.send_message(self.words.component.value, ephemeral=True)

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Ask")
        async def ask(interaction: discord.Interaction) -> None:
            await interaction.response.send_modal(Form())

    async with browser(prepare) as (scene, page):
        mika, ren = scene.sandbox.user("mika"), scene.sandbox.user("ren")
        place = mika.channel("general").id
        (found,) = (await page.get(f"commands?user={mika.id}&channel={place}"))["commands"]
        opened = await page.post("interactions", user=mika.id, channel=place, type=2, command=found["id"])
        assert (opened["kind"], opened["modal"]["title"]) == ("modal", "Edit")
        assert opened["modal"]["components"][0]["component"]["custom_id"] == "words"
        submit = {"user": mika.id, "channel": place, "type": 5, "modal": opened["modal"]["id"]}
        status, _ = await page.call("POST", "interactions", json={**submit, "values": {"words": "x"}})
        assert status == 400
        async with page.events(ren.id) as others:
            told = await page.post("interactions", **submit, values={"words": "secret"})
            assert told["message"]["content"] == "secret" and told["message"]["flags"] & 64
            assert others == []
        mine = await page.get(f"messages?user={mika.id}&channel={place}")
        theirs = await page.get(f"messages?user={ren.id}&channel={place}")
        assert [m["content"] for m in mine["messages"]] == ["secret"] and theirs["messages"] == []
        one = f"messages/{place}/{told['message']['id']}"
        assert (await page.call("DELETE", f"{one}?user={ren.id}"))[1]["code"] == 10008
        assert (await page.call("DELETE", f"{one}?user={mika.id}"))[0] == 204


async def test_people_write_edit_react_and_open_places() -> None:
    async with browser() as (scene, page):
        mika, ren = scene.sandbox.user("mika"), scene.sandbox.user("ren")
        place, forum = mika.channel("general").id, mika.channel("gallery").id
        async with page.events(ren.id) as seen:
            sent = await page.post("messages", user=mika.id, channel=place, content="hello")
            answer = await page.post(
                "messages", user=ren.id, channel=place, content="hi", reply_to=sent["id"]
            )
            assert answer["referenced_message"]["content"] == "hello"
            one = f"messages/{place}/{sent['id']}"
            await page.call("PATCH", one, json={"user": mika.id, "content": "hello all"})
            status, refused = await page.call("PATCH", one, json={"user": ren.id, "content": "mine"})
            assert (status, refused["code"]) == (403, 50005)
            await page.post("reactions", user=ren.id, channel=place, message=sent["id"], emoji="🌸", on=True)
            await page.post("typing", user=mika.id, channel=place)
            await until(lambda: "TYPING_START" in names(seen))
            assert names(seen) == [
                "MESSAGE_CREATE",
                "MESSAGE_CREATE",
                "MESSAGE_UPDATE",
                "MESSAGE_UPDATE",
                "TYPING_START",
            ]
            assert seen[3]["data"]["reactions"][0]["me"] is True
        post = await page.post("threads", user=mika.id, channel=forum, name="Moon", content="look")
        assert (post["parent_id"], post["message_count"]) == (forum, 1)
        dm = await page.post("dms", user=mika.id)
        assert {user["username"] for user in dm["recipients"]} == {"mika", "atelier"}
        status, refused = await page.call(
            "POST", "messages", json={"user": mika.id, "channel": mika.channel("notices").id, "content": "x"}
        )
        assert (status, refused["code"]) == (403, 50013)
        status, refused = await page.call("DELETE", f"{one}?user={ren.id}")
        assert (status, refused["code"]) == (403, 50013)
        assert (await page.call("DELETE", f"{one}?user={scene.sandbox.user('aoi').id}"))[0] == 204


async def test_the_page_hears_when_the_bot_goes() -> None:
    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Complete")
        @app_commands.describe(word="A word")
        async def finish(interaction: discord.Interaction, word: str) -> None:
            await interaction.response.send_message(word)

    async with browser(prepare) as (scene, page):
        mika = scene.sandbox.user("mika")
        async with page.events(mika.id) as seen:
            await scene.bot.tree.sync()
            await scene.bot.close()
            await until(lambda: "BOT_STATUS" in names(seen))
            assert names(seen) == ["COMMANDS_UPDATE", "BOT_STATUS"] and seen[-1]["data"] == {"online": False}
        place = mika.channel("general").id
        (found,) = (await page.get(f"commands?user={mika.id}&channel={place}"))["commands"]
        answer = await page.post(
            "interactions", user=mika.id, channel=place, type=2, command=found["id"],
            options=[{"name": "word", "type": 3, "value": "x"}],
        )  # fmt: skip
        assert (answer["kind"], answer["error"]) == ("failed", "Atelier is not online")
