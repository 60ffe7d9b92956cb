"""What waits and runs, as one person may see it, and how the engine is."""

from __future__ import annotations

import dataclasses

from bot.engine.dispatcher import Dispatcher
from bot.engine.state import Condition, Forecast, QueuedJob, WorkerState
from bot.storage.jobs import JobStore

_ORDER: tuple[Condition, ...] = ("ready", "degraded", "loading", "dead")
"""How good a worker's condition is for people, best first."""


@dataclasses.dataclass(frozen=True, slots=True)
class OwnJob:
    """One of the asker's own jobs: its prompt as typed, how far it is, and what it can expect."""

    queued: QueuedJob
    prompt: str
    forecast: Forecast | None


@dataclasses.dataclass(frozen=True, slots=True)
class QueueView:
    """The asker's jobs in the order in which they come, and how many there are in all.

    ``here`` and ``everywhere`` count jobs as (running, waiting): those of the place asked from, and all.
    ``engine`` is the condition of the best worker, ``note`` the last fault's sentence where it matters.
    """

    mine: tuple[OwnJob, ...]
    here: tuple[int, int]
    everywhere: tuple[int, int]
    engine: Condition
    note: str


class QueueService:
    """Reads the queue; nothing of other people's jobs but their number leaves it."""

    def __init__(self, jobs: JobStore, dispatcher: Dispatcher) -> None:
        self._jobs = jobs
        self._dispatcher = dispatcher

    async def view(self, user_id: int, guild_id: int | None) -> QueueView:
        """The queue as it is now; without a guild, "here" is what the asker has in direct messages."""
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
        return QueueView(tuple(mine), _counts(here), _counts(jobs), engine, note)


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
