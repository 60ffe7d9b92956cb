"""The pages of ``/history``: thumbnails, and buttons that carry what was looked for, so they always work."""

from __future__ import annotations

import datetime
import io
from typing import Self

import discord

from bot.core.errors import InvalidRequest
from bot.core.language import later, say
from bot.core.rating import Rating
from bot.services.history import Entry, Page, Turn, Wanted
from bot.ui import dates, places, show
from bot.ui.access import services_of
from bot.ui.embeds import ACCENT, QUIET
from bot.ui.lasting import Lasting
from bot.ui.text import plain, shorten

MOST_TEXT = 40
"""Characters of a search: a button's id has 100, and the rest of it takes up to 56."""
DAY = 24 * 3600
_LABELS = {"": later("Newest"), "<": later("Older"), ">": later("Newer")}


def wanted_of(
    text: str | None,
    since: str | None,
    until: str | None,
    rating: Rating | None,
    favourite: bool,
    channel_id: int | None,
    today: datetime.date,
) -> Wanted:
    """What the options ask for; raises InvalidRequest for words without a letter, days that are none, and
    an end before its beginning."""
    words = "".join(char for char in " ".join((text or "").split()) if char.isprintable())
    if len(words) > MOST_TEXT:
        raise InvalidRequest(
            "The search has {number} characters; at most {most} fit.", number=len(words), most=MOST_TEXT
        )
    if text is not None and not any(map(str.isalnum, words)):
        raise InvalidRequest("The search holds no word; write some of the tags that you look for.")
    first = None if since is None else _moment(dates.span(since, today)[0])
    past = None if until is None else _moment(dates.span(until, today)[1]) + DAY
    if first is not None and past is not None and past <= first:
        raise InvalidRequest("That ends before it begins; swap from and to.")
    return Wanted(words, first, past, rating, channel_id, favourite)


def _moment(day: datetime.date) -> float:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp()


async def answer(interaction: discord.Interaction, wanted: Wanted, turn: Turn) -> None:
    """Put a page into the answer of an interaction, which is deferred: thumbnails may take a moment."""
    page = await services_of(interaction).history.page(places.viewer_of(interaction), wanted, turn)
    view = page_view(page, wanted)
    await interaction.edit_original_response(
        content=heading(page, wanted),
        embeds=[entry_embed(each, page.ceiling) for each in page.entries],
        attachments=[file for each in page.entries if (file := _file(each)) is not None],
        view=view if view.children else None,
    )


def heading(page: Page, wanted: Wanted) -> str:
    """What the page is of, or that it is empty."""
    if not page.entries:
        if wanted == Wanted():
            return say("You have no pictures yet. Ask for one with /imagine.")
        return say("Nothing was found for that; look for fewer or other words, or leave a filter out.")
    parts = [say("**Your favourites**") if wanted.favourite else say("**Your pictures**")]
    if wanted.text:
        parts.append(say("with {text}", text=plain(wanted.text, 2 * MOST_TEXT)))
    if wanted.since is not None:
        parts.append(say("from <t:{since:.0f}:d>", since=wanted.since + DAY / 2))
    if wanted.until is not None:
        parts.append(say("to <t:{until:.0f}:d>", until=wanted.until - DAY / 2))
    if wanted.rating is not None:
        parts.append(say("rated {rating}", rating=wanted.rating.word))
    if wanted.channel_id is not None:
        parts.append(say("in <#{channel}>", channel=wanted.channel_id))
    return say("{parts}, newest first", parts=", ".join(parts))


def entry_embed(entry: Entry, ceiling: Rating) -> discord.Embed:
    """What was asked, when, the numbers and the id; a word in place of what is not shown here."""
    job = entry.glance.record.job
    seed = say("seed {seed}", seed=job.seed)
    line = f"-# <t:{job.created_at:.0f}:R> · {job.request.size} · {seed} · `{job.id}`"
    if not entry.glance.words:
        hidden = say(
            "Not shown here: it is above {rating}, the most that this place shows.", rating=ceiling.word
        )
        if not entry.glance.theirs:
            hidden = say("Not shown here: it is somebody else's, from a place that you do not see from here.")
        return discord.Embed(
            description=f"{hidden}\n-# <t:{job.created_at:.0f}:R> · `{job.id}`", colour=QUIET
        )
    embed = discord.Embed(description=f"{_title(entry, 200)}\n{line}", colour=ACCENT)
    if entry.thumbnail is not None:
        embed.set_thumbnail(url=f"attachment://{job.id}.jpg")
    elif entry.glance.images:
        embed.set_footer(text=say("The file of this picture is gone."))
    return embed


def _title(entry: Entry, most: int) -> str:
    request = entry.glance.record.job.request
    return plain(request.prompt or request.character or request.subject or "…", most)


def _file(entry: Entry) -> discord.File | None:
    if entry.thumbnail is None:
        return None
    job = entry.glance.record.job
    return discord.File(
        io.BytesIO(entry.thumbnail),
        filename=f"{job.id}.jpg",
        description=shorten(say("AI-generated picture: {positive}", positive=job.prompt.positive), 300),
    )


def page_view(page: Page, wanted: Wanted) -> discord.ui.View:
    """A menu that opens what the page shows, and buttons to the pages around it, as far as there are any."""
    view = discord.ui.View(timeout=None)
    if any(each.glance.words for each in page.entries):
        view.add_item(OpenMenu(page.entries))
    if page.newer is not None:
        view.add_item(TurnButton.to(Turn(), wanted))
        view.add_item(TurnButton.to(Turn(after=page.newer), wanted))
    if page.older is not None:
        view.add_item(TurnButton.to(Turn(before=page.older), wanted))
    return view


class TurnButton(
    Lasting,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"history:(?P<way>[<>]?)(?P<number>[0-9]{0,18}):(?P<since>[0-9]{0,5}):(?P<until>[0-9]{0,5}):"
    r"(?P<rating>[0-3]?):(?P<favourite>f?):(?P<channel>[0-9]{0,20}):(?P<text>.{0,40})",
):
    """Turns to another page; its id carries where that lies and what was looked for."""

    def __init__(
        self,
        way: str,
        number: str,
        since: str,
        until: str,
        rating: str,
        favourite: str,
        channel: str,
        text: str,
    ) -> None:
        at = int(number) if number else None
        self._turn = Turn(at if way == "<" else None, at if way == ">" else None)
        self._wanted = Wanted(
            text,
            float(since) * DAY if since else None,
            float(until) * DAY if until else None,
            Rating(int(rating)) if rating else None,
            int(channel) if channel else None,
            bool(favourite),
        )
        super().__init__(
            discord.ui.Button(
                label=say(_LABELS[way]),
                style=discord.ButtonStyle.secondary,
                custom_id=f"history:{way}{number}:{since}:{until}:{rating}:{favourite}:{channel}:{text}",
            )
        )

    @classmethod
    def to(cls, turn: Turn, wanted: Wanted) -> Self:
        """To a page of what is wanted; its days begin at midnight."""
        way = "<" if turn.before is not None else ">" if turn.after is not None else ""
        number = turn.before if turn.before is not None else turn.after
        return cls(
            way,
            "" if number is None else str(number),
            "" if wanted.since is None else f"{wanted.since / DAY:.0f}",
            "" if wanted.until is None else f"{wanted.until / DAY:.0f}",
            "" if wanted.rating is None else f"{wanted.rating:d}",
            "f" if wanted.favourite else "",
            "" if wanted.channel_id is None else str(wanted.channel_id),
            wanted.text,
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Show the presser's own page; the message is theirs alone anyway."""
        await interaction.response.defer()
        await answer(interaction, self._wanted, self._turn)


class OpenMenu(Lasting, discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"history:open"):
    """Brings the job that is picked back, with all its buttons, for the picker alone."""

    def __init__(self, entries: tuple[Entry, ...] = ()) -> None:
        options = [
            discord.SelectOption(
                label=shorten(" ".join(each.glance.record.job.request.prompt.split()) or "…", 100),
                description=say("seed {seed}", seed=each.glance.record.job.seed),
                value=each.glance.record.job.id,
            )
            for each in entries
            if each.glance.words
        ]
        super().__init__(
            discord.ui.Select(custom_id="history:open", placeholder=say("Open one …"), options=options)
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Show it beside the page."""
        (job_id,) = self.item.values
        await show.bring(interaction, job_id, private=True)
