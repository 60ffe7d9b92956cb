"""The embeds that answer ``/imagine``, from the first word to the pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import discord

from bot.core.events import Progress
from bot.core.job import Job, Rendered
from bot.core.language import count, say
from bot.core.lora import written
from bot.core.request import Request
from bot.services.answers import Answer
from bot.services.progress import Forecast
from bot.ui.text import EMBED_DESCRIPTION, EMBED_FIELD, duration, plain, shorten

ACCENT = discord.Colour(0x7C6FE0)
QUIET = discord.Colour(0x8A8F98)
TROUBLE = discord.Colour(0xD9822B)
BAR = 14


def waiting(job: Job, forecast: Forecast, *, restarted: bool = False) -> discord.Embed:
    """What was understood, the place in the queue and an honest time."""
    embed = _asked(job, QUIET)
    value = place(forecast)
    if restarted:
        value = say("The bot was restarted; your place is kept. {place}", place=value)
    embed.add_field(name=say("Queued"), value=value, inline=False)
    embed.set_footer(text=token_meter(job))
    return _noted(embed, job, (*_told(job), *job.request.advice(), *job.prompt.notes))


def token_meter(job: Job) -> str:
    """How much of the model's limit the prompt takes; of the longest where pictures have their own."""
    longest = max(job.prompt.each, key=lambda prompt: prompt.tokens)
    return say("{tokens} of {window} tokens", tokens=longest.tokens, window=longest.window)


def stopping(job: Job) -> discord.Embed:
    """That the bot goes and comes back."""
    embed = _asked(job, QUIET)
    embed.add_field(name=say("Queued"), value=say("The bot restarts; your place is kept."), inline=False)
    return embed


def progress(job: Job, now: Progress) -> discord.Embed:
    """A bar with the steps done so far and the time that is left."""
    embed = _asked(job, ACCENT)
    value = f"{steps_bar(now.step, now.steps)}{time_left(now.seconds_left)}"
    embed.add_field(name=say("Drawing"), value=value, inline=False)
    return embed


def place(forecast: Forecast) -> str:
    """Where a waiting job is and when it is done, in a sentence or two."""
    if not forecast.ready:
        return say("The model is still loading; your place is kept.")
    if forecast.ahead == 0:
        where = say("You are next.")
    else:
        where = count("{n} job goes first.", "{n} jobs go first.", forecast.ahead)
    if forecast.seconds is None:
        return where
    return say("{place} Ready in {time}.", place=where, time=duration(forecast.seconds))


def steps_bar(step: int, steps: int) -> str:
    """How far a running job is, as a picture and in words."""
    done = round(BAR * step / max(steps, 1))
    bar = "▰" * done + "▱" * (BAR - done)
    return say("`{bar}` step {step} of {steps}", bar=bar, step=step, steps=steps)


def time_left(seconds: float | None) -> str:
    """The end of a sentence about a running job, or nothing when the time is not known."""
    return "" if seconds is None else say(", {time} left", time=duration(seconds))


def end(job: Job, answer: Answer) -> discord.Embed:
    """The pictures' embed, or the sentence's."""
    if not answer.pictures:
        return ended(job, answer.sentence)
    return result(job, answer.pictures, answer.model, answer.seconds, answer.note)


def result(
    job: Job, pictures: Sequence[Rendered], model: str, seconds: float, note: str = ""
) -> discord.Embed:
    """What was asked, the few numbers that matter, a note if there is one, and that a machine drew it.

    The rest is behind the button Info. ``seconds`` of 0 are not known.
    """
    embed = _asked(job, ACCENT)
    request = job.request
    embed.add_field(name=say("Size"), value=f"{request.size}{_shown_at(job, pictures)}")
    first, *others = request.seeds(job.seed)
    embed.add_field(name=say("Seed"), value=_range(first, others[-1]) if others else str(first))
    if pictures:
        worst = max(each.image.verdict.likeliest for each in pictures)
        embed.add_field(name=say("Rated"), value=worst.word)
    special = " · ".join((*_unusual(request), *beyond_words(request)))
    if special:
        embed.add_field(name=say("With"), value=shorten(special, EMBED_FIELD), inline=False)
    _noted(embed, job, (*_told(job), *([note] if note else ())))
    took = f"{seconds:.1f} s · " if seconds else ""
    mark = say("AI-generated")
    embed.set_footer(text=f"{mark} · {model} · {took}{job.id}")
    return embed


def _range(first: int, last: int) -> str:
    return say("{first} to {last}", first=first, last=last)


def _unusual(request: Request) -> Iterator[str]:
    """Settings that are not the card's."""
    usual = Request("")
    if request.steps != usual.steps:
        yield say("{steps} steps", steps=request.steps)
    if request.cfg != usual.cfg:
        yield say("CFG {cfg:g}", cfg=request.cfg)
    if request.sampler != usual.sampler:
        yield request.sampler


def beyond_words(request: Request) -> Iterator[str]:
    """What a picture began from beside its seed, what was done to it after, and what it was drawn with."""
    if request.source is not None:
        strength = request.source.strength
        if request.source.mask is None:
            yield say("from a picture, strength {strength:g}", strength=strength)
        else:
            yield say("from a picture under a mask, strength {strength:g}", strength=strength)
    if request.vary is not None:
        yield say("varied by {share:g}", share=request.vary.share)
    if request.hires:
        yield "hires"
    if request.upscale > 1:
        yield say("upscaled {upscale}x", upscale=request.upscale)
    yield from (plain(name, 60) for name in (request.style, request.profile) if name)
    if request.loras:
        yield say("LoRA {names}", names=plain(written(request.loras), 200))


def _shown_at(job: Job, pictures: Sequence[Rendered]) -> str:
    """The files' own size where a small model draws at another than was asked for, else nothing."""
    sizes = {f"{each.image.width}x{each.image.height}" for each in pictures} - {str(job.request.size)}
    return "".join(say(", shown at {size}", size=size) for size in sorted(sizes))


def ended(job: Job, sentence: str) -> discord.Embed:
    """Why there is no picture."""
    embed = _asked(job, TROUBLE)
    embed.add_field(name=say("No picture"), value=say(sentence), inline=False)
    embed.set_footer(text=job.id)
    return embed


def files(job: Job, pictures: Sequence[Rendered]) -> list[discord.File]:
    """The pictures as attachments; their names never come from the prompt."""
    return [
        discord.File(
            io.BytesIO(each.png),
            filename=f"{job.id}-{each.image.index + 1}.png",
            description=_alt_text(job, each.image.index),
        )
        for each in pictures
    ]


def previews(job: Job, pictures: Sequence[bytes]) -> list[discord.File]:
    """What the pictures look like so far, as attachments."""
    return [
        discord.File(
            io.BytesIO(png),
            filename=f"{job.id}-preview-{number}.png",
            description=say("Preview of the picture"),
        )
        for number, png in enumerate(pictures, 1)
    ]


def _asked(job: Job, colour: discord.Colour) -> discord.Embed:
    parts = (job.request.subject, job.request.character, job.request.series, job.request.prompt)
    asked = ", ".join(part for part in parts if part)
    embed = discord.Embed(description=plain(asked, EMBED_DESCRIPTION // 4), colour=colour)
    if job.request.negative:
        embed.add_field(name=say("Without"), value=plain(job.request.negative, 300), inline=False)
    return embed


def _noted(embed: discord.Embed, job: Job, advice: Sequence[str]) -> discord.Embed:
    lines = list(advice)
    if job.prompt.dropped:
        lines.append(
            say(
                "Past the model's limit of {window} tokens, so not drawn: {tags}",
                window=job.prompt.window,
                tags=", ".join(plain(tag, 60) for tag in job.prompt.dropped),
            )
        )
    if job.prompt.negative_dropped:
        lines.append(
            say(
                "Past the limit of {window} tokens in the negative, so left out: {tags}",
                window=job.prompt.window,
                tags=", ".join(plain(tag, 60) for tag in job.prompt.negative_dropped),
            )
        )
    if lines:
        embed.add_field(name=say("Please note"), value=shorten("\n".join(lines), EMBED_FIELD), inline=False)
    return embed


def _told(job: Job) -> list[str]:
    """How sentences and wildcards were read."""
    return [plain(line, EMBED_FIELD // 4) for line in job.prompt.told()]


def _alt_text(job: Job, index: int) -> str:
    return shorten(say("AI-generated picture: {positive}", positive=job.prompt.of(index).positive), 1024)
