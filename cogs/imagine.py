"""``/imagine``: receives the options, hands a request to the imagine service, renders the first answer."""

from __future__ import annotations

import logging

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import Client
from bot.core.errors import InvalidRequest
from bot.core.request import CFG, MAX_COUNT, MAX_PROMPT, MAX_SEED, SAMPLERS, STEPS, Request
from bot.core.size import DEFAULT_SIZE, Size
from bot.services.imagine import ImagineService
from bot.services.tags import TagService
from bot.ui import embeds, options, places
from bot.ui.cancel import cancel_view

log = logging.getLogger(__name__)

Text = Range[str, 1, MAX_PROMPT]


class Imagine(commands.Cog):
    """Takes requests for pictures."""

    def __init__(self, imagine: ImagineService, tags: TagService) -> None:
        self._imagine = imagine
        self._tags = tags

    @app_commands.command(description="Draw a picture from tags")
    @app_commands.describe(
        prompt="What to draw: tags with commas, such as 1girl, silver hair, smile, night",
        subject="How many people: 1girl, 1boy, no humans …",
        character="A character's name; their series is filled in",
        series="The series that the character is from",
        negative="What to keep out of the picture",
        quality="Quality words in place of the recommended ones",
        year="The style of which years",
        size="One of the model's nine sizes",
        count="How many pictures",
        seed="The same seed gives the same picture; random when left out",
        steps="Denoising steps; the model card recommends 28",
        cfg="How closely to follow the prompt; the model card recommends 5 to 7",
        sampler="How the noise is taken away",
    )
    @app_commands.choices(
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
        year: str | None = None,
        size: str = str(DEFAULT_SIZE),
        count: Range[int, 1, MAX_COUNT] = 1,
        seed: Range[int, 0, MAX_SEED] | None = None,
        steps: Range[int, STEPS.start, STEPS.stop - 1] = 28,
        cfg: Range[float, CFG[0], CFG[1]] = 7.0,
        sampler: str = SAMPLERS[0],
    ) -> None:
        """Accept the request, tell the asker, and only then let it run."""
        request = Request(
            prompt=prompt,
            negative=negative or "",
            subject=subject,
            character=character,
            series=series,
            quality=quality,
            year=year,
            size=_size(size),
            count=count,
            seed=seed,
            steps=steps,
            cfg=cfg,
            sampler=sampler,
        )
        accepted = await self._imagine.accept(
            places.asker_of(interaction),
            places.place_of(interaction),
            request,
            places.reply_to(interaction),
        )
        message_id = None
        try:
            answer = await interaction.response.send_message(
                embed=embeds.waiting(accepted.job, accepted.forecast), view=cancel_view(accepted.job.id)
            )
            message_id = answer.message_id
        except discord.NotFound as error:
            # Too late: the asker reads that the bot did not respond, so nothing is owed.
            await self._imagine.abandon(accepted.job, f"The first answer came too late: {error}")
            raise
        except Exception:
            # The answer may have arrived all the same; the picture then comes as a message of its own.
            log.warning("the first answer of job %s is uncertain", accepted.job.id, exc_info=True)
        await self._imagine.start(accepted, message_id)

    @imagine.autocomplete("prompt")
    async def _complete_prompt(self, _: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.last_tag(typed, self._tags.complete)

    @imagine.autocomplete("negative")
    async def _complete_negative(self, _: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.last_tag(typed, self._tags.complete)

    @imagine.autocomplete("quality")
    async def _complete_quality(self, _: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.among(typed, self._tags.qualities)

    @imagine.autocomplete("year")
    async def _complete_year(self, _: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.among(typed, self._tags.years)

    @imagine.autocomplete("subject")
    async def _complete_subject(self, _: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.one_tag(typed, lambda text: self._tags.complete(text, "subject"))

    @imagine.autocomplete("character")
    async def _complete_character(self, _: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.one_tag(typed, lambda text: self._tags.complete(text, "character"))

    @imagine.autocomplete("series")
    async def _complete_series(self, _: discord.Interaction, typed: str) -> list[Choice[str]]:
        return options.one_tag(typed, lambda text: self._tags.complete(text, "series"))


def _size(text: str) -> Size:
    try:
        return Size.parse(text)
    except ValueError as error:
        raise InvalidRequest(f"{error}.") from None


async def setup(client: Client) -> None:
    """Called by discord.py when the module is loaded."""
    await client.add_cog(Imagine(client.services.imagine, client.services.tags))
