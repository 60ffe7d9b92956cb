"""Changes a job's answer in Discord: by its interaction's token while that lives, else by a new message."""

from __future__ import annotations

import collections
import functools
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord

from bot.core.events import Progress
from bot.core.job import Job, Rendered
from bot.services.progress import Forecast
from bot.ui import embeds

log = logging.getLogger(__name__)

MARGIN = 20.0
"""Seconds before its expiry from which a token is no longer trusted: an upload takes time."""

REMEMBERED = 1000
"""How many answers that are gone are known as such."""


class DiscordMessenger:
    """Implements both ``Messenger`` of the services, of progress and of delivery, on a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._gone: collections.deque[str] = collections.deque(maxlen=REMEMBERED)

    async def waiting(self, job: Job, forecast: Forecast) -> None:
        """Edit the answer while its token lives; a place is not worth a message of its own."""
        await self._try(job, embed=embeds.waiting(job, forecast))

    async def progress(self, job: Job, progress: Progress, previews: Sequence[bytes] | None) -> None:
        """Edit the answer while its token lives; a bar is not worth a message of its own."""
        more = {} if previews is None else {"attachments": embeds.previews(job, previews)}
        await self._try(job, embed=embeds.progress(job, progress), **more)

    async def result(self, job: Job, pictures: Sequence[Rendered], model: str, seconds: float) -> None:
        """Put the pictures into the answer, else post them in the channel in reply to it."""
        await self._show(job, embeds.result(job, pictures, model, seconds), embeds.files(job, pictures))

    async def word(self, job: Job, sentence: str) -> None:
        """Put a sentence into the answer, else post it in the channel in reply to it."""
        await self._show(job, embeds.ended(job, sentence), [])

    async def _try(self, job: Job, **changes: Any) -> None:
        """Edit an answer that may be gone; one that is, is not asked for again."""
        edit = self._edit(job)
        if edit is None:
            return
        try:
            await edit(**changes)
        except discord.NotFound as error:
            log.info("the answer of job %s is gone: %s", job.id, error)
            self._gone.append(job.id)

    async def _show(self, job: Job, embed: discord.Embed, files: list[discord.File]) -> None:
        if edit := self._edit(job):
            try:
                # A view of None takes the button away: there is nothing left to cancel.
                await edit(embed=embed, attachments=files, view=None)
                return
            except discord.HTTPException as error:
                log.warning("the answer of job %s could not be edited: %s", job.id, error)
                for file in files:
                    file.reset()
        channel = self._client.get_partial_messageable(job.place.channel_id, guild_id=job.place.guild_id)
        more: dict[str, Any] = {}
        if job.message_id is not None:
            more["reference"] = discord.MessageReference(
                message_id=job.message_id, channel_id=job.place.channel_id, fail_if_not_exists=False
            )
        # The nonce makes Discord drop a second copy when a send whose answer was lost is repeated.
        await channel.send(
            f"<@{job.user_id}>",
            embed=embed,
            files=files,
            nonce=job.id,
            allowed_mentions=discord.AllowedMentions(users=[discord.Object(job.user_id)]),
            **more,
        )

    def _edit(self, job: Job) -> Callable[..., Awaitable[object]] | None:
        application_id = self._client.application_id
        if job.reply is None or job.message_id is None or application_id is None or job.id in self._gone:
            return None
        if time.time() > job.reply.expires_at - MARGIN:
            return None
        webhook = discord.Webhook.partial(application_id, job.reply.token, client=self._client)
        return functools.partial(webhook.edit_message, job.message_id)
