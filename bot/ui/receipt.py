"""The receipt of a job: exactly what the model was given, with what, and whether it can be drawn so again."""

from __future__ import annotations

import io
from collections.abc import Iterator

import discord

from bot.core.job import Image
from bot.core.language import say
from bot.core.lora import written
from bot.services.receipts import Receipt
from bot.ui.embeds import ACCENT, beyond_words
from bot.ui.text import EMBED_DESCRIPTION, EMBED_FIELD, plain, shorten

_MOST_POSITIVE, _MOST_NEGATIVE = 2400, 1500
"""Characters of a description, which holds 4,096."""


def embed(receipt: Receipt) -> discord.Embed:
    """The final strings as they are, the numbers, and the answer to whether it is reproducible."""
    job, prompt = receipt.job, receipt.job.prompt
    shown = discord.Embed(title=say("What drew {job}", job=job.id), colour=ACCENT)
    shown.description = shorten(
        say(
            "**Positive**, {tokens} of {window} tokens\n{positive}\n**Negative**\n{negative}",
            tokens=prompt.tokens,
            window=prompt.window,
            positive=_code(prompt.positive, _MOST_POSITIVE),
            negative=_code(prompt.negative or say("(none)"), _MOST_NEGATIVE),
        ),
        EMBED_DESCRIPTION,
    )
    dropped = (*prompt.dropped, *prompt.negative_dropped)
    if dropped:
        names = ", ".join(plain(tag, 60) for tag in dropped)
        shown.add_field(
            name=say("Not drawn, past the limit"), value=shorten(names, EMBED_FIELD), inline=False
        )
    shown.add_field(name=say("Settings"), value=" · ".join(_settings(receipt)), inline=False)
    shown.add_field(name=say("Model"), value=_model(receipt), inline=False)
    if job.request.loras:
        shown.add_field(name=say("LoRAs"), value=plain(_loras(receipt), EMBED_FIELD), inline=False)
    pictures = "\n".join(map(_picture, receipt.images)) or say("none left")
    shown.add_field(name=say("Pictures"), value=pictures, inline=False)
    again = shorten(answer(receipt), EMBED_FIELD)
    shown.add_field(name=say("Reproducible here"), value=again, inline=False)
    return shown


def files(receipt: Receipt) -> list[discord.File]:
    """The strings as a file, where they are longer than the embed shows or differ from picture to picture."""
    prompt = receipt.job.prompt
    fits = len(prompt.positive) <= _MOST_POSITIVE and len(prompt.negative) <= _MOST_NEGATIVE
    if fits and not prompt.others:
        return []
    texts = [
        f"Picture {number}\n\n{each.positive}\n\nNegative prompt: {each.negative}\n"
        for number, each in enumerate(prompt.each, 1)
    ]
    return [discord.File(io.BytesIO("\n".join(texts).encode()), filename=f"{receipt.job.id}-prompts.txt")]


def answer(receipt: Receipt) -> str:
    """Yes or no, and why."""
    if receipt.obstacle is not None:
        return say("No, because {why}.", why=receipt.obstacle)
    if receipt.exact:
        return say(
            "Yes, to the byte: everything is here as it was, and all steps had the same number of rows."
        )
    return say("Yes, within one level of 255: everything is here as it was, but the number of rows changed.")


def _settings(receipt: Receipt) -> Iterator[str]:
    request = receipt.job.request
    yield str(request.size)
    yield say("{steps} steps", steps=request.steps)
    yield say("CFG {cfg:g}", cfg=request.cfg)
    yield request.sampler
    yield from beyond_words(request)


def _model(receipt: Receipt) -> str:
    recipe = receipt.recipe
    if recipe is None:
        return plain(receipt.model, 100) or say("not known any more")
    parts = [f"{recipe.model} `{recipe.model_hash}`", recipe.version, recipe.libraries, recipe.device]
    if max(recipe.enlarged, recipe.upscaled) > 1:
        parts.append(say("enlarged by {upscaler}", upscaler=recipe.upscaler))
    return shorten("\n".join(part for part in parts if part), EMBED_FIELD)


def _loras(receipt: Receipt) -> str:
    if receipt.recipe is None:
        return written(receipt.job.request.loras)
    return ", ".join(f"{lora} ({digest})" for lora, digest in receipt.recipe.loras)


def _picture(image: Image) -> str:
    return say(
        "{number}. seed {seed}, {width}x{height}, rated {rating}, rows {rows}",
        number=image.index + 1,
        seed=image.seed,
        width=image.width,
        height=image.height,
        rating=image.verdict.likeliest.word,
        rows=" ".join(map(str, image.rows)) or say("not known"),
    )


def _code(text: str, limit: int) -> str:
    """Text as it is, to be copied; a code block ends at three backticks, which no prompt needs."""
    shown = shorten(text.replace("```", "'" * 3), limit)
    return f"```\n{shown}\n```"
