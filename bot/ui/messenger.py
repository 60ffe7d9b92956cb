"""Changes a job's answer in Discord: by its interaction's token while that lives, else by a new message."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Iterator, Sequence
from typing import Any

import aiohttp
import discord

from bot.core.events import Progress
from bot.core.job import Job
from bot.languages import speaking
from bot.services.answers import Answer, AnswerGone, NotNow, PlaceShut, TokenOver
from bot.services.progress import Forecast
from bot.ui import embeds
from bot.ui.results import result_view

UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015
INVALID_TOKEN = 50027
LOOKED_THROUGH = 2000
"""Messages of a channel that are looked through for one that may have been sent."""


class DiscordMessenger:
    """Implements both ``Messenger`` of the services, of progress and of answers, on a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def waiting(self, job: Job, forecast: Forecast, *, restarted: bool) -> None:
        """Edit the answer; a place is not worth a message of its own."""
        with speaking(job.locale):
            await self._try(job, embed=embeds.waiting(job, forecast, restarted=restarted))

    async def progress(self, job: Job, progress: Progress, previews: Sequence[bytes] | None) -> None:
        """Edit the answer; a bar is not worth a message of its own."""
        with speaking(job.locale):
            more = {} if previews is None else {"attachments": embeds.previews(job, previews)}
            await self._try(job, embed=embeds.progress(job, progress), **more)

    async def stopping(self, job: Job) -> None:
        """Edit the answer: the bot goes, and comes back."""
        with speaking(job.locale):
            await self._try(job, embed=embeds.stopping(job))

    async def locate(self, job: Job) -> int | None:
        """The id of the message that answers the interaction, as its token tells."""
        try:
            with _faults():
                # discord.py's own name for it is bound to an interaction, which a restart has ended.
                original: Any = "@original"
                return (await self._webhook(job).fetch_message(original)).id
        except AnswerGone:
            return None

    async def edit(self, job: Job, answer: Answer) -> None:
        """Put the end into the answer."""
        # The view, or None for no view, replaces the button: there is nothing left to cancel.
        with speaking(job.locale):
            view = result_view(job, answer)
            files = embeds.files(job, answer.pictures)
            await self._edit(job, embed=embeds.end(job, answer), attachments=files, view=view)

    async def find(self, job: Job, since: float | None) -> bool:
        """Look at the answer, and through what the bot said in the channel since then."""
        with _faults(uncertain=True):
            self._require_sight(job)
            channel = await self._channel(job)
            if job.message_id is not None:
                with contextlib.suppress(discord.NotFound):
                    if self._ends(await channel.fetch_message(job.message_id), job):
                        return True
            after: discord.abc.SnowflakeTime | None = None
            if since is not None:
                after = datetime.datetime.fromtimestamp(since, datetime.UTC)
            elif job.message_id is not None:
                after = discord.Object(job.message_id)
            async for message in channel.history(after=after, limit=LOOKED_THROUGH):
                if self._ends(message, job):
                    return True
        return False

    async def post(self, job: Job, answer: Answer) -> None:
        """Post the end in reply to the answer, for a private job in direct messages; pings nobody."""
        with speaking(job.locale):
            await self._send(job, answer)

    async def _send(self, job: Job, answer: Answer) -> None:
        more: dict[str, Any] = {} if (view := result_view(job, answer)) is None else {"view": view}
        if job.message_id is not None and not job.request.private:
            more["reference"] = discord.MessageReference(
                message_id=job.message_id, channel_id=job.place.channel_id, fail_if_not_exists=False
            )
        try:
            with _faults():
                channel = await self._channel(job)
                # The nonce makes Discord drop a second copy when the library repeats a send; the same picture
                # may be posted after it came as a direct message.
                await channel.send(
                    f"<@{job.user_id}>",
                    embed=embeds.end(job, answer),
                    files=embeds.files(job, answer.pictures),
                    nonce=f"{job.id}-direct" if job.request.private else job.id,
                    allowed_mentions=discord.AllowedMentions.none(),
                    **more,
                )
        except TokenOver as error:
            # The bot's own token: its owner may put that right.
            raise NotNow(str(error), uncertain=False) from error

    async def _channel(self, job: Job) -> discord.abc.Messageable:
        """Where the bot itself writes."""
        if job.request.private:
            return await self._client.create_dm(discord.Object(job.user_id))
        place = job.place
        return self._client.get_partial_messageable(place.channel_id, guild_id=place.guild_id)

    def _require_sight(self, job: Job) -> None:
        """Raise PlaceShut where Discord would show no message of before, though there may be some."""
        channel = self._client.get_channel(job.place.channel_id)
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread) or channel.guild.me is None:
            return
        if not channel.permissions_for(channel.guild.me).read_message_history:
            raise PlaceShut("it may have been posted, but the bot may not read the channel's history")

    def _ends(self, message: discord.Message, job: Job) -> bool:
        """Whether a message is the bot's own and shows the job's end: only that has a footer with its id."""
        mine = self._client.user is not None and message.author.id == self._client.user.id
        return mine and any((embed.footer.text or "").endswith(job.id) for embed in message.embeds)

    async def _try(self, job: Job, **changes: Any) -> None:
        """Edit the answer while its token lives."""
        if job.message_id is not None and job.reply_lives(time.time()):
            await self._edit(job, **changes)

    async def _edit(self, job: Job, **changes: Any) -> None:
        if job.message_id is None:
            raise AnswerGone("no message is known")
        with _faults():
            await self._webhook(job).edit_message(job.message_id, **changes)

    def _webhook(self, job: Job) -> discord.Webhook:
        if job.reply is None or self._client.application_id is None:
            raise TokenOver("there is no token")
        return discord.Webhook.partial(self._client.application_id, job.reply.token, client=self._client)


@contextlib.contextmanager
def _faults(*, uncertain: bool | None = None) -> Iterator[None]:
    """Say of every fault what it means; ``uncertain`` where a fault says nothing of what was sent before."""
    try:
        yield
    except discord.HTTPException as error:
        why = f"Discord answers {error.status}, code {error.code}, {error.text}"
        if error.code == UNKNOWN_MESSAGE:
            raise AnswerGone(why) from error
        if error.code in (UNKNOWN_WEBHOOK, INVALID_TOKEN) or error.status == 401:
            raise TokenOver(why) from error
        if error.status == 429 or error.status >= 500:
            sent = error.status != 429 if uncertain is None else uncertain
            raise NotNow(why, uncertain=sent) from error
        raise PlaceShut(why) from error
    except discord.RateLimited as error:
        raise NotNow(str(error), uncertain=bool(uncertain)) from error
    except aiohttp.ClientConnectorError as error:
        raise NotNow(f"Discord cannot be reached: {error}", uncertain=bool(uncertain)) from error
    except (aiohttp.ClientError, OSError) as error:
        # TimeoutError is an OSError, too.
        why = f"the connection to Discord broke, {type(error).__name__}: {error}"
        raise NotNow(why, uncertain=uncertain is not False) from error
