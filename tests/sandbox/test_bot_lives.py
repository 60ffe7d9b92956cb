"""A stock AutoShardedBot does on the sandbox what bots do on Discord."""

from __future__ import annotations

import io

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.sandbox.messages import EPHEMERAL, LOADING
from tests.sandbox.bots import stage, until

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
    "050001a5f645400000000049454e44ae426082"
)


def picture(name: str = "moon.png") -> discord.File:
    return discord.File(io.BytesIO(PNG), name, description="a small moon")


async def test_answers_at_once_and_reads_its_own_answer_back() -> None:
    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Say it")
        async def say(
            interaction: discord.Interaction, text: str, times: app_commands.Range[int, 1, 5] = 1
        ) -> None:
            assert interaction.user.display_name == "Mika"
            assert interaction.channel is not None and interaction.channel.name == "general"
            answer = await interaction.response.send_message(text * times)
            assert answer.message_id == (await interaction.original_response()).id

    async with stage(prepare) as scene:
        assert {guild.name for guild in scene.bot.guilds} == {"Moonlit Atelier", "Paper Lantern Café"}
        outcome = await scene.sandbox.user("mika").slash("general", "say", text="ho ", times=3)
        assert outcome.kind == "message"
        assert (await outcome.wait_message()).content == "ho ho ho"
        refused = scene.sandbox.user("mika").slash("general", "say", text="ho", times=9)
        with pytest.raises(Exception, match="between 1 and 5"):
            await refused
        assert scene.oracle.judged > 3 or not scene.oracle.available


async def test_defers_edits_with_a_picture_and_follows_up_for_one_reader() -> None:
    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Draw")
        async def draw(interaction: discord.Interaction, source: discord.Attachment) -> None:
            answer = await interaction.response.defer()
            assert answer is not None and answer.message_id is not None
            assert await source.read() == PNG
            embed = discord.Embed(title="Moon").set_image(url="attachment://moon.png")
            message = await interaction.edit_original_response(embed=embed, attachments=[picture()])
            assert message.id == answer.message_id
            assert message.attachments == []  # the embed shows the file
            assert message.embeds[0].image.width == 1
            more = await interaction.followup.send("for you alone", ephemeral=True, wait=True)
            assert more.flags.ephemeral
            await interaction.followup.send(file=picture("second.png"))

    async with stage(prepare) as scene:
        mika, ren = scene.sandbox.user("mika"), scene.sandbox.user("ren")
        outcome = await mika.slash("general", "draw", source=("moon.png", PNG))
        assert outcome.kind == "deferred"
        assert outcome.first.message is not None
        await outcome.wait_message(
            lambda message: bool(message.files) and message.files[0].filename == "second.png"
        )
        first, private, second = outcome.messages
        assert first.files[0].data == PNG
        assert first.edited is None and not first.flags & LOADING
        assert private.flags & EPHEMERAL
        assert second.files[0].description == "a small moon"
        assert private in mika.reads("general") and private not in ren.reads("general")
        assert first in ren.reads("general")


async def test_buttons_selects_and_modals() -> None:
    class Form(discord.ui.Modal, title="Tell me"):
        name: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Name", default="Hana")

        async def on_submit(self, interaction: discord.Interaction) -> None:
            await interaction.response.edit_message(content=f"called {self.name.value}", view=None)

    class Panel(discord.ui.View):
        @discord.ui.button(label="Name it", custom_id="name")
        async def ask(self, interaction: discord.Interaction, _: discord.ui.Button[Panel]) -> None:
            await interaction.response.send_modal(Form())

        @discord.ui.select(
            custom_id="colour", options=[discord.SelectOption(label=c) for c in ("red", "blue")]
        )
        async def colour(self, interaction: discord.Interaction, select: discord.ui.Select[Panel]) -> None:
            await interaction.response.defer()
            await interaction.edit_original_response(content=select.values[0])

        @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who")
        async def who(self, interaction: discord.Interaction, select: discord.ui.UserSelect[Panel]) -> None:
            await interaction.response.send_message(select.values[0].display_name, ephemeral=True)

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Open the panel")
        async def panel(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("panel", view=Panel(), ephemeral=True)

    async with stage(prepare) as scene:
        mika = scene.sandbox.user("mika")
        message = await (await mika.slash("general", "panel")).wait_message()
        silent = await mika.select(message, "colour", ["blue"])
        assert silent.kind == "deferred_update"
        await until(lambda: message.content == "blue")
        picked = await mika.select(message, "who", [scene.sandbox.user("ren").id])
        answer = await picked.wait_message()
        assert answer.content == "Ren"
        assert answer.reference is not None and answer.reference["message_id"] == message.id
        opened = await mika.click(message, "name")
        assert opened.kind == "modal"
        submitted = await mika.submit(
            opened, **{opened.first.modal.components[0]["components"][0]["custom_id"]: "Yue"}
        )
        assert submitted.kind == "update"
        assert message.content == "called Yue" and message.components == []


async def test_completion_sub_commands_and_context_menus() -> None:
    def prepare(bot: commands.AutoShardedBot) -> None:
        group = app_commands.Group(name="style", description="Styles")

        @group.command(description="Show one")
        async def show(interaction: discord.Interaction, name: str) -> None:
            await interaction.response.send_message(name)

        @show.autocomplete("name")
        async def names(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
            every = ["watercolour", "ink", "wash"]
            return [app_commands.Choice(name=n.title(), value=n) for n in every if n.startswith(current)]

        bot.tree.add_command(group)

        @bot.tree.context_menu(name="Read length")
        async def length(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(str(len(message.content)), ephemeral=True)

    async with stage(prepare) as scene:
        ren = scene.sandbox.user("ren")
        choices = await ren.complete("general", "style show", "name", "w")
        assert choices == [{"name": "Watercolour", "value": "watercolour"}, {"name": "Wash", "value": "wash"}]
        outcome = await ren.slash("general", "style show", name="ink")
        message = await outcome.wait_message()
        assert (message.content, message.command_name) == ("ink", "style show")
        written = ren.write("general", "twelve chars")
        assert (await (await ren.use_on(written, "Read length")).wait_message()).content == "12"


async def test_channel_messages_reactions_threads_and_forum_posts() -> None:
    seen: list[tuple[int, str]] = []

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.event
        async def on_raw_reaction_add(event: discord.RawReactionActionEvent) -> None:
            seen.append((event.user_id, str(event.emoji)))

    async with stage(prepare) as scene:
        mika = scene.sandbox.user("mika")
        general = scene.bot.get_channel(int(mika.channel("general").id))
        assert isinstance(general, discord.TextChannel)
        message = await general.send("hello", file=picture(), nonce="7")
        assert message.attachments[0].description == "a small moon"
        assert await message.attachments[0].read() == PNG
        await message.add_reaction("🌙")
        mika.react(scene.sandbox.state.messages.find(str(general.id), str(message.id)), "🌙")
        await until(lambda: len(seen) >= 2)
        assert seen == [(scene.bot.user.id, "🌙"), (int(mika.id), "🌙")]
        again = await general.fetch_message(message.id)
        assert again.reactions[0].count == 2 and again.reactions[0].me
        assert {user.name async for user in again.reactions[0].users()} == {"atelier", "mika"}
        await message.edit(content="hello again", attachments=[])
        reply = await message.reply("and you")
        assert reply.reference is not None and reply.reference.message_id == message.id
        thread = await message.create_thread(name="About the moon")
        await thread.send("inside")
        assert [m.content async for m in thread.history()] == ["inside"]
        forum = scene.bot.get_channel(int(mika.channel("gallery").id))
        assert isinstance(forum, discord.ForumChannel)
        post = await forum.create_thread(name="Moon", content="look", applied_tags=forum.available_tags[:1])
        assert post.message.id == post.thread.id
        await post.thread.edit(name="Full moon", archived=True)
        assert [m.content async for m in general.history(oldest_first=True)] == ["hello again", "and you"]
        await message.delete()
        with pytest.raises(discord.NotFound) as gone:
            await message.edit(content="too late")
        assert gone.value.code == 10008


async def test_other_peoples_words_are_blank_without_the_intent() -> None:
    async with stage(lambda bot: None) as scene:
        mika = scene.sandbox.user("mika")
        written = mika.write("general", "a secret", files=[("moon.png", PNG)])
        channel = scene.bot.get_channel(int(written.channel_id))
        assert isinstance(channel, discord.TextChannel)
        seen = await channel.fetch_message(int(written.id))
        assert (seen.content, seen.attachments) == ("", [])
        to_bot = mika.write("general", f"<@{scene.bot.user.id}> a word")
        assert (await channel.fetch_message(int(to_bot.id))).content == to_bot.content


async def test_direct_messages_and_commands_there() -> None:
    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Anywhere")
        @app_commands.allowed_contexts(guilds=True, dms=True)
        async def here(interaction: discord.Interaction) -> None:
            assert interaction.guild is None
            await interaction.response.send_message("just us")

        @bot.tree.command(description="Servers only")
        @app_commands.guild_only()
        async def there(interaction: discord.Interaction) -> None:
            raise AssertionError("never offered in a conversation")

    async with stage(prepare) as scene:
        yuki = scene.sandbox.user("yuki")
        place = yuki.dm().id
        assert (await (await yuki.slash(place, "here")).wait_message()).content == "just us"
        with pytest.raises(Exception, match="Unknown application command"):
            await yuki.slash(place, "there")
        user = await scene.bot.fetch_user(int(yuki.id))
        sent = await user.send("good evening")
        assert str(sent.channel.id) == place
        scene.sandbox.faults.close_dms(yuki.id)
        with pytest.raises(discord.Forbidden) as closed:
            await user.send("again")
        assert closed.value.code == 50007


async def test_layout_views_come_back_with_their_files() -> None:
    class Panel(discord.ui.LayoutView):
        box: discord.ui.Container[Panel] = discord.ui.Container(
            discord.ui.TextDisplay("# Moon"),
            discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://moon.png")),
            discord.ui.Separator(),
            discord.ui.ActionRow(discord.ui.Button(label="Again", custom_id="again")),
        )

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="A panel")
        async def panel(interaction: discord.Interaction) -> None:
            await interaction.response.send_message(view=Panel(), file=picture())
            message = await interaction.original_response()
            assert message.attachments == []
            with pytest.raises(discord.HTTPException) as refused:
                await interaction.edit_original_response(content="words")
            assert "IS_COMPONENTS_V2" in str(refused.value)

    async with stage(prepare) as scene:
        outcome = await scene.sandbox.user("mika").slash("general", "panel")
        message = await outcome.wait_message()
        gallery = message.components[0]["components"][1]
        assert gallery["items"][0]["media"]["url"] == "attachment://moon.png"
        shown = scene.sandbox.state.for_page(message, scene.sandbox.user("mika").id)
        assert shown["components"][0]["components"][1]["items"][0]["media"]["url"].startswith("/attachments/")


async def test_threads_know_their_parent_and_people_their_language() -> None:
    seen: list[tuple[str, str, bool, str]] = []

    def prepare(bot: commands.AutoShardedBot) -> None:
        @bot.tree.command(description="Where am I?")
        async def where(interaction: discord.Interaction) -> None:
            thread = interaction.channel
            assert isinstance(thread, discord.Thread) and thread.parent is not None
            assert (
                interaction.permissions.send_messages_in_threads and interaction.app_permissions.attach_files
            )
            assert interaction.filesize_limit == 10 * 1024 * 1024
            seen.append((thread.name, thread.parent.name, thread.is_nsfw(), interaction.locale.value))
            await interaction.response.send_message("here", ephemeral=True)

    async with stage(prepare) as scene:
        yuki, lounge = scene.sandbox.user("yuki"), scene.sandbox.user("yuki").channel("after-dark-lounge")
        await yuki.slash("Sketch night", "where")
        late = scene.sandbox.acts.thread(yuki.id, lounge.id, "Late talk")
        await until(lambda: scene.bot.get_channel(int(late.id)))
        await yuki.slash(late.id, "where")
        assert seen == [
            ("Sketch night", "art-requests", False, "ja"),
            ("Late talk", "after-dark-lounge", True, "ja"),
        ]
