"""A small stock bot with one of everything that a page must show."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib

import discord
from discord import app_commands
from discord.ext import commands

TAGS = ["silver hair", "silver eyes", "smile", "starry sky"]
HOSTILE = """<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"""


def png(width: int = 104, height: int = 152) -> bytes:
    """A picture of one colour, written by hand so that the tests need no imaging library."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xe8\xa3\x5c" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


class Form(discord.ui.Modal, title="Edit and draw again"):
    prompt: discord.ui.TextInput[Form] = discord.ui.TextInput(
        label="Prompt", style=discord.TextStyle.paragraph, max_length=60
    )

    def __init__(self, prompt: str) -> None:
        super().__init__()
        self.prompt.default = prompt

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Drawing again: {self.prompt.value}")


class Result(discord.ui.View):
    def __init__(self, prompt: str) -> None:
        super().__init__(timeout=None)
        self.prompt = prompt

    @discord.ui.button(label="Keep", style=discord.ButtonStyle.success, emoji="⭐")
    async def keep(self, interaction: discord.Interaction, button: discord.ui.Button[Result]) -> None:
        button.disabled = True
        button.label = "Kept"
        await interaction.response.edit_message(view=self)

    @discord.ui.button(label="Edit")
    async def edit(self, interaction: discord.Interaction, button: discord.ui.Button[Result]) -> None:
        await interaction.response.send_modal(Form(self.prompt))

    @discord.ui.button(label="Silent", style=discord.ButtonStyle.danger)
    async def silent(self, interaction: discord.Interaction, button: discord.ui.Button[Result]) -> None:
        """Never answers."""

    @discord.ui.select(
        placeholder="Choose a size",
        options=[discord.SelectOption(label="Portrait"), discord.SelectOption(label="Square")],
    )
    async def size(self, interaction: discord.Interaction, select: discord.ui.Select[Result]) -> None:
        await interaction.response.send_message(f"Size: {select.values[0]}", ephemeral=True)


class Settings(app_commands.Group):
    @app_commands.command(description="The defaults of one place")
    @app_commands.describe(where="Which channel")
    async def place(self, interaction: discord.Interaction, where: discord.TextChannel) -> None:
        await interaction.response.send_message(f"Defaults of {where.mention}")


class PageBot:
    """What the bot does; `gate` holds pictures back until a test has seen the progress."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    def prepare(self, bot: commands.AutoShardedBot) -> None:
        bot.tree.command(name="imagine", description="Draw a picture from tags")(self._imagine())
        bot.tree.command(name="whisper", description="Say something to you alone")(whisper)
        bot.tree.command(name="hostile", description="Answer with markup")(hostile)
        bot.tree.add_command(Settings(name="settings", description="Defaults"))

    def _imagine(self):  # type: ignore[no-untyped-def]  # the decorators below decide the type
        gate = self.gate

        async def tags(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
            *before, last = current.split(", ")
            return [
                app_commands.Choice(name=", ".join([*before, tag]), value=", ".join([*before, tag]))
                for tag in TAGS
                if last and tag.startswith(last)
            ]

        @app_commands.describe(
            prompt="What to draw", size="Width and height", count="How many", image="To begin from"
        )
        @app_commands.choices(
            size=[
                app_commands.Choice(name=name, value=name) for name in ("832x1216", "1024x1024", "1216x832")
            ]
        )
        @app_commands.autocomplete(prompt=tags)
        async def imagine(
            interaction: discord.Interaction,
            prompt: str,
            size: str = "832x1216",
            count: app_commands.Range[int, 1, 4] = 1,
            image: discord.Attachment | None = None,
        ) -> None:
            await interaction.response.defer()
            await interaction.edit_original_response(content="Step 7 of 28")
            await gate.wait()
            embed = discord.Embed(title=prompt, colour=0xE8A35C)
            embed.add_field(name="Size", value=size)
            embed.add_field(name="From", value=image.filename if image else "nothing")
            embed.set_image(url="attachment://picture.png")
            file = discord.File(io.BytesIO(png()), "picture.png", description=prompt)
            await interaction.edit_original_response(
                content=None, embed=embed, attachments=[file], view=Result(prompt)
            )

        return imagine


async def whisper(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("Only for you", ephemeral=True)


async def hostile(interaction: discord.Interaction) -> None:
    embed = discord.Embed(title=HOSTILE, description=f"[x](javascript:window.pwned=1) {HOSTILE}")
    embed.set_author(name=HOSTILE, icon_url="https://elsewhere.example/icon.png")
    embed.set_image(url="https://elsewhere.example/picture.png")
    embed.set_footer(text=HOSTILE)
    await interaction.response.send_message(HOSTILE, embed=embed)
