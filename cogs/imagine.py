"""``/imagine``: receives the options, hands a request to the imagine service, renders the first answer."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from bot.client import Client
from bot.core.request import CFG, MAX_COUNT, MAX_PROMPT, MAX_SEED, MAX_STYLE_NAME, SAMPLERS, STEPS
from bot.ui import asking, begin, completing, options, pictures

Text = Range[str, 1, MAX_PROMPT]


class Imagine(commands.Cog):
    """Takes requests for pictures."""

    @app_commands.command(description="Draw a picture from tags or a plain sentence")
    @app_commands.describe(
        prompt="What to draw: tags with commas, such as 1girl, silver hair, night, or a plain sentence",
        subject="How many people: 1girl, 1boy, no humans …",
        character="A character's name; their series is filled in",
        series="The series that the character is from",
        negative="What to keep out of the picture",
        quality="Quality words in place of the recommended ones",
        rating="The rating to ask for, up to this place's ceiling",
        year="The style of which years",
        style="Words that give the picture a look",
        size="One of the model's nine sizes",
        count="How many pictures",
        seed="The same seed gives the same picture; random when left out",
        steps="Denoising steps; the model card recommends 28",
        cfg="How closely to follow the prompt; the model card recommends 5 to 7",
        sampler="How the noise is taken away",
        private="Show it to you alone; when it takes long, it comes as a direct message",
        image="A picture to begin from, in place of noise alone",
        link="A link to a picture that this bot posted in this server, to begin from",
        strength="How much of the picture is drawn anew, 0 to 1; 0.6 when left out",
        mask="A picture of the same shape, white where it is drawn anew and black where it is kept",
        hires="Draw over the picture once more at one and a half times its size",
        upscale="Enlarge the finished picture to twice its size",
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
    async def imagine(
        self,
        interaction: discord.Interaction,
        prompt: Text,
        subject: Text | None = None,
        character: Text | None = None,
        series: Text | None = None,
        negative: Text | None = None,
        quality: str | None = None,
        rating: str | None = None,
        year: str | None = None,
        style: Range[str, 1, MAX_STYLE_NAME] | None = None,
        size: str | None = None,
        count: Range[int, 1, MAX_COUNT] | None = None,
        seed: Range[int, 0, MAX_SEED] | None = None,
        steps: Range[int, STEPS.start, STEPS.stop - 1] | None = None,
        cfg: Range[float, CFG[0], CFG[1]] | None = None,
        sampler: str | None = None,
        private: bool | None = None,
        image: discord.Attachment | None = None,
        link: Range[str, 1, 200] | None = None,
        strength: Range[float, 0.0, 1.0] | None = None,
        mask: discord.Attachment | None = None,
        hires: bool | None = None,
        upscale: bool | None = None,
        lora: Text | None = None,
        model: str | None = None,
        profile: str | None = None,
    ) -> None:
        """Fill in the defaults, accept the request, tell the asker, and only then let it run."""
        typed = options.draft(
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
            seed=seed,
            steps=steps,
            cfg=cfg,
            sampler=sampler,
            private=private,
            style=style,
            hires=hires,
            upscale=upscale,
            lora=lora,
            model=model,
            profile=profile,
        )
        given = pictures.given(interaction, image, link, strength, mask, fit=size is None)
        await asking.ask_draft(interaction, typed, given)


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(Imagine())
    # discord.py takes no message command from inside a cog.
    client.tree.add_command(app_commands.ContextMenu(name=begin.NAME, callback=begin.begin))
