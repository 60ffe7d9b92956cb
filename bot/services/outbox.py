"""Brings the ends of jobs to their askers, each once: by the answer, else in a message, else by and by.

What is owed is on the disk before anything is sent, and goes from there only after it was shown. A send
that may have taken effect, by a lost answer or the bot's own end, is looked for before it is repeated.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import random
import time
from collections.abc import Awaitable, Callable

from bot.core.errors import StorageError
from bot.core.job import Job, JobState, Place, Rendered
from bot.core.language import later
from bot.services.answers import (
    DELETED,
    Answer,
    AnswerGone,
    Messenger,
    NotNow,
    PlaceShut,
    TokenOver,
    note_of,
)
from bot.services.gate import Gate
from bot.storage.deliveries import Delivery, DeliveryStore, Kept
from bot.storage.jobs import JobStore, Record
from bot.storage.pictures import PictureFiles

__all__ = ["Kept", "Outbox"]

log = logging.getLogger(__name__)

FIRST_DELAY = 1.0
LONGEST_DELAY = 300.0
PATIENCE = 24 * 3600.0
"""Seconds for which something is tried again and again, counted from the job's end."""
SKEW = 120.0
"""Seconds by which the clocks of Discord and of this machine may differ."""


class Outbox:
    """Every answer has a task of its own, so that none waits for another."""

    def __init__(
        self,
        jobs: JobStore,
        deliveries: DeliveryStore,
        files: PictureFiles,
        messenger: Messenger,
        gate: Gate,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._jobs = jobs
        self._deliveries = deliveries
        self._files = files
        self._messenger = messenger
        self._gate = gate
        self._clock = clock
        self._sleep = sleep
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def send(self, job_id: str, answer: Answer | None = None) -> None:
        """Show an answer that is owed; without ``answer`` it is one of before, read back from the disk."""
        if job_id in self._tasks:
            return
        task = asyncio.create_task(self._bring(job_id, answer))
        self._tasks[job_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job_id, None))

    async def resume(self) -> int:
        """Take up what an earlier run owed; returns how many that are."""
        owed = await self._deliveries.owed()
        for job_id in owed:
            self.send(job_id)
        return len(owed)

    async def close(self, seconds: float) -> None:
        """Wait so long for what is under way; the rest is owed still, and the next start takes it up."""
        if not (tasks := list(self._tasks.values())):
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def kept(self, user_id: int) -> list[Kept]:
        """What could be shown a person nowhere, of which they have not read."""
        return await self._deliveries.kept(user_id)

    async def told(self, kept: list[Kept]) -> None:
        """The person has read of these."""
        for each in kept:
            await self._deliveries.told(each.job_id)

    async def _bring(self, job_id: str, answer: Answer | None) -> None:
        delay = FIRST_DELAY
        while True:
            try:
                await self._attempt(job_id, answer)
                return
            except (NotNow, StorageError) as error:
                log.warning("job %s is not delivered yet: %s", job_id, error)
            except Exception:
                log.exception("job %s is not delivered yet", job_id)
            # Read back next time: pictures of a crowd need not wait in memory.
            answer = None
            # Not all at the same moment once Discord is back.
            await self._sleep(delay * random.uniform(0.5, 1.0))
            delay = min(2 * delay, LONGEST_DELAY)

    async def _attempt(self, job_id: str, answer: Answer | None) -> None:
        delivery, record = await self._deliveries.of(job_id), await self._jobs.get(job_id)
        if delivery is None or record is None:
            return  # its asker had everything about them deleted
        # Of a first try the row says since its writing that it is being sent.
        sent = None if answer is not None else delivery.sent_at
        if answer is None:
            answer = await self._read_back(record, delivery)
        try:
            await self._show(await self._located(record.job), answer, delivery, sent)
        except AnswerGone as error:
            await self._gone(record.job, error, sent)
        except PlaceShut as error:
            await self._keep(job_id, str(error))
        except NotNow as error:
            if self._clock() - delivery.owed_at > PATIENCE:
                await self._keep(job_id, f"after {PATIENCE / 3600:g} hours, {error}")
                return
            if sent is None and not error.uncertain:
                await self._deliveries.not_sent(job_id)
            raise
        else:
            await self._deliveries.delivered(job_id)

    async def _show(self, job: Job, answer: Answer, delivery: Delivery, sent: float | None) -> None:
        """Show it; ``sent`` is since when it may stand there already, None when it cannot."""
        if job.message_id is not None and self._lives(job):
            if delivery.sent_at is None:
                await self._deliveries.sending(job.id, self._clock())
            try:
                await self._messenger.edit(job, answer)
                return
            except TokenOver as error:
                log.info("the token of job %s is over: %s", job.id, error)
                await self._deliveries.forget_token(job.id)
            except PlaceShut as error:
                log.info("the answer of job %s cannot be edited: %s", job.id, error)
            if not job.request.private:
                # The library repeats by itself what failed, so an earlier try may have worked.
                sent = delivery.owed_at if sent is None else sent
        if sent is not None:
            if job.request.private:
                raise PlaceShut("it may have been shown, which nobody can tell of a private answer")
            # What was sent later than now was sent before the clock was put back: nobody knows when.
            since = sent - SKEW if sent <= self._clock() else None
            if await self._messenger.find(job, since):
                log.info("job %s was delivered already", job.id)
                return
        if answer.pictures:
            # The edit may have taken minutes.
            answer = await self._permitted(job, answer)
        if job.request.private and not await self._fits_directly(job, answer):
            raise PlaceShut("direct messages show less than the place in which it was asked for")
        await self._deliveries.sending(job.id, self._clock())
        await self._messenger.post(job, answer)

    async def _located(self, job: Job) -> Job:
        """With its message's id, if that is not known though the token lives."""
        if job.message_id is not None or not self._lives(job):
            return job
        try:
            message_id = await self._messenger.locate(job)
        except (TokenOver, PlaceShut):
            return job
        if message_id is None:
            return job
        await self._jobs.answered(job.id, message_id)
        return dataclasses.replace(job, message_id=message_id)

    def _lives(self, job: Job) -> bool:
        return job.reply_lives(self._clock())

    async def _gone(self, job: Job, error: AnswerGone, sent: float | None) -> None:
        """Somebody deleted the answer: whoever did wants no second one."""
        # Where they may have seen the pictures, those stay theirs, in the history.
        if sent is None:
            await self._jobs.revoke(job.id, JobState.CANCELLED, DELETED)
        await self._keep(job.id, str(error))

    async def _keep(self, job_id: str, why: str) -> None:
        log.warning("job %s can be shown nowhere and is kept for its asker: %s", job_id, why)
        await self._deliveries.keep(job_id)

    async def _read_back(self, record: Record, delivery: Delivery) -> Answer:
        """The answer as it was, under the ceiling as it is now."""
        owed = delivery.owed
        if record.job.error is not None or not record.images:
            return Answer(sentence=record.job.error or LOST_FILES, again=owed.again)
        files = [(image, await self._files.read(image.sha256)) for image in record.images]
        pictures = tuple(Rendered(image, png) for image, png in files if png is not None)
        if not pictures:
            return Answer(sentence=LOST_FILES)
        answer = Answer(pictures, record.model or "", owed.seconds, owed.note, again=owed.again)
        return await self._permitted(record.job, answer)

    async def _fits_directly(self, job: Job, answer: Answer) -> bool:
        """Whether a direct message may show all of an answer; the asker can look at it where they asked."""
        place = Place(None, job.place.channel_id)
        may_show = await self._gate.of(dataclasses.replace(job, place=place))
        return all(may_show(each.image.verdict) for each in answer.pictures)

    async def _permitted(self, job: Job, answer: Answer) -> Answer:
        """What of it may be shown under the ceiling as it is now; the rest is withheld and refunded."""
        may_show = await self._gate.of(job)
        shown = tuple(each for each in answer.pictures if may_show(each.image.verdict))
        if not shown:
            await self._jobs.revoke(job.id, JobState.WITHHELD, LOWERED)
            return Answer(sentence=LOWERED, again=True)
        if len(shown) == len(answer.pictures):
            return answer
        withheld = [each.image for each in answer.pictures if each not in shown]
        note = note_of(job.request.count - len(shown), job.request.count)
        await self._jobs.withdraw(job.id, withheld, len(shown) / len(answer.pictures), note)
        return dataclasses.replace(answer, pictures=shown, note=note, again=True)


LOWERED = later(
    "What this place may show has changed since this was drawn, so it was not posted and "
    "costs nothing. Another seed or plainer tags may give one that can be shown."
)
LOST_FILES = later("This was drawn, but its file is gone, so it cannot be shown; please ask again.")
