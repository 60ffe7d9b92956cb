"""``/imagine``: receives the options, hands a request to the imagine service, renders the first answer."""

from __future__ import annotations

import functools

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import Client
from bot.core.errors import InvalidRequest
from bot.core.lora import parse
from bot.core.request import CFG, MAX_COUNT, MAX_PROMPT, MAX_SEED, MAX_STYLE_NAME, SAMPLERS, STEPS, Request
from bot.core.size import DEFAULT_SIZE, Size
from bot.services.catalogue import Catalogue
from bot.services.ceilings import CeilingService
from bot.services.imagine import ImagineService
from bot.services.tags import TagService
from bot.services.variations import LARGER
from bot.ui import asking, begin, options, pictures, places

Text = Range[str, 1, MAX_PROMPT]


class Imagine(commands.Cog):
    """Takes requests for pictures."""

    def __init__(
        self, imagine: ImagineService, tags: TagService, ceilings: CeilingService, catalogue: Catalogue
    ) -> None:
        self._imagine = imagine
        self._catalogue = catalogue
        self._tags = tags
        self._ceilings = ceilings

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
        count: Range[int, 1, MAX_COUNT] = 1,
        seed: Range[int, 0, MAX_SEED] | None = None,
        steps: Range[int, STEPS.start, STEPS.stop - 1] = 28,
        cfg: Range[float, CFG[0], CFG[1]] = 7.0,
        sampler: str = SAMPLERS[0],
        private: bool = False,
        image: discord.Attachment | None = None,
        link: Range[str, 1, 200] | None = None,
        strength: Range[float, 0.0, 1.0] | None = None,
        mask: discord.Attachment | None = None,
        hires: bool = False,
        upscale: bool = False,
        lora: Text | None = None,
        model: str | None = None,
        profile: str | None = None,
    ) -> None:
        """Accept the request, tell the asker, and only then let it run."""
        request = Request(
            prompt=prompt,
            negative=negative or "",
            subject=subject,
            character=character,
            series=series,
            quality=quality,
            rating=None if rating is None else options.rating_of(rating),
            year=year,
            size=DEFAULT_SIZE if size is None else _size(size),
            count=count,
            seed=seed,
            steps=steps,
            cfg=cfg,
            sampler=sampler,
            private=private,
            style=style,
            hires=hires,
            upscale=LARGER if upscale else 1,
            loras=parse(lora or ""),
            model=model,
            profile=profile,
        )
        given = pictures.given(interaction, image, link, strength, mask, fit=size is None)
        await asking.ask(interaction, self._imagine, request, given)

    @imagine.autocomplete("prompt")
    async def _complete_prompt(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.last_tag(typed, await self._completing(interaction))

    @imagine.autocomplete("negative")
    async def _complete_negative(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.last_tag(typed, await self._completing(interaction))

    @imagine.autocomplete("quality")
    async def _complete_quality(self, _: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.among(typed, self._tags.qualities)

    @imagine.autocomplete("year")
    async def _complete_year(self, _: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.among(typed, self._tags.years)

    @imagine.autocomplete("style")
    async def _complete_style(self, _: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.among(typed, self._tags.styles)

    @imagine.autocomplete("subject")
    async def _complete_subject(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.one_tag(typed, await self._completing(interaction, "subject"))

    @imagine.autocomplete("character")
    async def _complete_character(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.one_tag(typed, await self._completing(interaction, "character"))

    @imagine.autocomplete("series")
    async def _complete_series(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.one_tag(typed, await self._completing(interaction, "series"))

    @imagine.autocomplete("lora")
    async def _complete_lora(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        names = self._catalogue.names("loras", interaction.guild_id)
        return options.last_tag(typed, functools.partial(options.not_yet, typed, names))

    @imagine.autocomplete("model")
    async def _complete_model(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.among(typed, self._catalogue.names("models", interaction.guild_id))

    @imagine.autocomplete("profile")
    async def _complete_profile(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.among(typed, self._catalogue.names("profiles", interaction.guild_id))

    async def _completing(
        self, interaction: discord.Interaction, category: str | None = None
    ) -> options.Complete:
        """Completes tags up to the ceiling of the place in which somebody types."""
        ceiling = await self._ceilings.of(places.place_of(interaction))
        return functools.partial(self._tags.complete, ceiling=ceiling.rating, category=category)


def _size(text: str) -> Size:
    try:
        return Size.parse(text)
    except ValueError as error:
        raise InvalidRequest(f"{error}.") from None


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    services = client.services
    await client.add_cog(Imagine(services.imagine, services.tags, services.ceilings, services.catalogue))
    # discord.py takes no message command from inside a cog.
    client.tree.add_command(app_commands.ContextMenu(name=begin.NAME, callback=begin.begin))
