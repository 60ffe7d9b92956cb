"""What waits and runs, as one person may see it, and how the engine is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import Place
from bot.core.language import later
from bot.engine.dispatcher import Dispatcher
from bot.engine.state import Condition, Forecast, QueuedJob, WorkerState
from bot.services.sight import SightService, Viewer
from bot.storage.audit import AuditStore
from bot.storage.jobs import JobStore, Record

__all__ = ["Moderator", "OthersJob", "OwnJob", "QueueService", "QueueView", "QueuedJob"]

LISTED = 10
"""Other people's jobs that a moderator is shown."""
LOOKED_THROUGH = 50
"""... and those, in the order in which they come, among which they are looked for."""
STOPPED = later("A moderator of this server cancelled this job.")

_ORDER: tuple[Condition, ...] = ("ready", "degraded", "loading", "dead")
"""How good a worker's condition is for people, best first."""


@dataclasses.dataclass(frozen=True, slots=True)
class OwnJob:
    """One of the asker's own jobs: its prompt as typed, how far it is, and what it can expect."""

    queued: QueuedJob
    prompt: str
    forecast: Forecast | None


@dataclasses.dataclass(frozen=True, slots=True)
class OthersJob:
    """Another person's job, for a moderator: ``prompt`` is None where it is not for their eyes here."""

    queued: QueuedJob
    prompt: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class QueueView:
    """The asker's jobs in the order in which they come, and how many there are in all.

    ``here`` and ``everywhere`` count jobs as (running, waiting): those of the place asked from, and all.
    ``engine`` is the condition of the best worker, ``note`` the last fault's sentence where it matters.
    ``others`` are other people's jobs in channels that the asker moderates, ``LISTED`` at most.
    """

    mine: tuple[OwnJob, ...]
    here: tuple[int, int]
    everywhere: tuple[int, int]
    engine: Condition
    note: str
    others: tuple[OthersJob, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Moderator:
    """Somebody who looks; ``moderates`` tells whether they may delete others' messages in a place here."""

    viewer: Viewer
    moderates: Callable[[Place], bool]


class QueueService:
    """Reads the queue; of other people's jobs nothing but their number leaves it, save for moderators."""

    def __init__(
        self,
        jobs: JobStore,
        dispatcher: Dispatcher,
        sight: SightService,
        audit: AuditStore,
        stop: Callable[[str, str], None],
    ) -> None:
        self._jobs = jobs
        self._dispatcher = dispatcher
        self._sight = sight
        self._audit = audit
        self._stop = stop

    async def view(self, asker: Moderator) -> QueueView:
        """The queue as it is now; without a guild, "here" is what the asker has in direct messages."""
        user_id, guild_id = asker.viewer.asker.id, asker.viewer.place.guild_id
        snapshot = self._dispatcher.snapshot()
        jobs = snapshot.jobs
        own = [each for each in jobs if each.owner == user_id]
        here = [each for each in (jobs if guild_id else own) if each.guild == guild_id]
        engine, note = condition(snapshot.workers)
        mine = []
        for each in own:
            record = await self._jobs.get(each.job_id)
            if record is not None:
                forecast = self._dispatcher.place(each.job_id)
                mine.append(OwnJob(each, record.job.request.prompt, forecast))
        others = await self._others(asker, [each for each in here if each.owner != user_id])
        return QueueView(tuple(mine), _counts(here), _counts(jobs), engine, note, others)

    async def stop(self, job_id: str, asker: Moderator) -> None:
        """Stop another person's job, which is written down; its answer says that a moderator did.

        Raises NotFound for a job that is not in a channel of this server that the asker moderates,
        InvalidRequest for one that has ended.
        """
        place = asker.viewer.place
        record = await self._jobs.get(job_id)
        if record is None or not _moderated(record, asker) or place.guild_id is None:
            raise NotFound(
                "There is no such job in a channel where you have the Manage Messages permission; "
                "/queue shows those that you may stop."
            )
        if record.job.state.final:
            raise InvalidRequest("This job has ended, so there is nothing left to cancel.")
        await self._audit.stopped(place.guild_id, record.job.place.channel_id, asker.viewer.asker.id, job_id)
        self._stop(job_id, STOPPED)

    async def _others(self, asker: Moderator, queued: list[QueuedJob]) -> tuple[OthersJob, ...]:
        found: list[tuple[QueuedJob, Record]] = []
        for each in queued[:LOOKED_THROUGH]:
            record = await self._jobs.get(each.job_id)
            if record is not None and _moderated(record, asker):
                found.append((each, record))
            if len(found) == LISTED:
                break
        if not found:
            return ()
        ceiling = await self._sight.ceiling(asker.viewer.place)
        records = tuple(record for _, record in found)
        glances = await self._sight.look(asker.viewer, records, ceiling)
        return tuple(
            OthersJob(each, glance.record.job.request.prompt if glance.words else None)
            for (each, _), glance in zip(found, glances, strict=True)
        )


def _moderated(record: Record, asker: Moderator) -> bool:
    place = record.job.place
    return (
        place.guild_id is not None
        and place.guild_id == asker.viewer.place.guild_id
        and asker.moderates(place)
    )


def condition(workers: tuple[WorkerState, ...]) -> tuple[Condition, str]:
    """How the engine as a whole is: as its best worker; the note is that of the worst, if it has one."""
    if not workers:
        return "loading", ""
    ordered = sorted(workers, key=lambda worker: _ORDER.index(worker.state))
    notes = [each.note for each in reversed(ordered) if each.note and each.state != "ready"]
    return ordered[0].state, notes[0] if notes else ""


def _counts(jobs: list[QueuedJob] | tuple[QueuedJob, ...]) -> tuple[int, int]:
    running = sum(each.running for each in jobs)
    return running, len(jobs) - running
