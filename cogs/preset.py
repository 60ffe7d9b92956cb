"""``/preset``: receives, asks the preset service, renders; all of it to the asker alone, but for pictures."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.client import Client
from bot.core.request import CFG, MAX_COUNT, MAX_PROMPT, MAX_SEED, MAX_STYLE_NAME, SAMPLERS, STEPS
from bot.services.presets import MOST_NAME, PresetService
from bot.ui import asking, completing, options, places
from bot.ui import presets as pages

Name = Range[str, 1, MOST_NAME]
Text = Range[str, 1, MAX_PROMPT]


class Presets(
    commands.GroupCog, group_name="preset", group_description="Settings that you keep under a name"
):
    """Keeps people's own presets and draws with them."""

    def __init__(self, presets: PresetService) -> None:
        super().__init__()
        self._presets = presets

    @app_commands.command(description="Keep options, or the settings of a job, under a name")
    @app_commands.describe(
        name="What to call it; upper and lower case are the same",
        job="The id of a job whose settings to keep; options that you give here take their place",
        replace="Whether to replace a preset of that name",
        prompt="What to draw, unless you say something else when you use it",
        negative="What to keep out of the picture; none for nothing",
        subject="How many people: 1girl, 1boy, no humans …",
        character="A character's name; their series is filled in",
        series="The series that the character is from",
        quality="Quality words in place of the recommended ones",
        rating="The rating to ask for, up to the place's ceiling",
        year="The style of which years",
        style="Words that give the picture a look",
        size="One of the model's nine sizes",
        count="How many pictures",
        steps="Denoising steps; the model card recommends 28",
        cfg="How closely to follow the prompt; the model card recommends 5 to 7",
        sampler="How the noise is taken away",
        hires="Draw over the picture once more at one and a half times its size",
        lora="Up to three of this bot's LoRAs with weights, such as ink:0.8, glow",
        model="Another of this bot's models",
        profile="Settings that draw faster",
    )
    @app_commands.choices(
        rating=options.rating_choices(),
        size=options.size_choices(),
        sampler=options.word_choices(SAMPLERS),
    )
    @app_commands.autocomplete(
        name=completing.preset,
        prompt=completing.tags,
        negative=completing.tags,
        subject=completing.subject,
        character=completing.character,
        series=completing.series,
        quality=completing.quality,
        year=completing.year,
        style=completing.style,
        lora=completing.lora,
        model=completing.model,
        profile=completing.profile,
    )
    async def save(
        self,
        interaction: discord.Interaction,
        name: Name,
        job: Range[str, 1, 32] | None = None,
        replace: bool = False,
        prompt: Text | None = None,
        negative: Text | None = None,
        subject: Text | None = None,
        character: Text | None = None,
        series: Text | None = None,
        quality: str | None = None,
        rating: str | None = None,
        year: str | None = None,
        style: Range[str, 1, MAX_STYLE_NAME] | None = None,
        size: str | None = None,
        count: Range[int, 1, MAX_COUNT] | None = None,
        steps: Range[int, STEPS.start, STEPS.stop - 1] | None = None,
        cfg: Range[float, CFG[0], CFG[1]] | None = None,
        sampler: str | None = None,
        hires: bool | None = None,
        lora: Text | None = None,
        model: str | None = None,
        profile: str | None = None,
    ) -> None:
        """Keep it, and show what was kept."""
        draft = options.draft(
            prompt=prompt,
            negative=negative,
            subject=subject,
            character=character,
            series=series,
            quality=quality,
            rating=rating,
            year=year,
            size=size,
            count=count,
            steps=steps,
            cfg=cfg,
            sampler=sampler,
            style=style,
            hires=hires,
            lora=lora,
            model=model,
            profile=profile,
        )
        preset = await self._presets.save(
            interaction.user.id, places.place_of(interaction), name, draft, job_id=job, replace=replace
        )
        await interaction.response.send_message(embed=pages.saved(preset), ephemeral=True)

    @app_commands.command(description="Draw with a preset of yours")
    @app_commands.describe(
        name="The preset",
        prompt="What to draw, in place of the preset's own prompt",
        seed="The same seed gives the same picture; random when left out",
        private="Show it to you alone; when it takes long, it comes as a direct message",
    )
    @app_commands.autocomplete(name=completing.preset, prompt=completing.tags)
    async def use(
        self,
        interaction: discord.Interaction,
        name: Name,
        prompt: Text | None = None,
        seed: Range[int, 0, MAX_SEED] | None = None,
        private: bool | None = None,
    ) -> None:
        """Ask, as /imagine would."""
        preset = await self._presets.get(interaction.user.id, name)
        typed = options.draft(prompt=prompt, seed=seed, private=private)
        await asking.ask_draft(interaction, typed, preset=preset.draft)

    @app_commands.command(name="list", description="Your presets, to you alone")
    async def list_(self, interaction: discord.Interaction) -> None:
        """Answer with a line for each."""
        presets = await self._presets.all(interaction.user.id)
        await interaction.response.send_message(embed=pages.listed(presets), ephemeral=True)

    @app_commands.command(description="Delete a preset of yours")
    @app_commands.describe(name="The preset")
    @app_commands.autocomplete(name=completing.preset)
    async def delete(self, interaction: discord.Interaction, name: Name) -> None:
        """Delete it, and say so."""
        gone = await self._presets.delete(interaction.user.id, name)
        await interaction.response.send_message(pages.deleted(gone), ephemeral=True)


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(Presets(client.services.presets))
