"""Services on a real database, with a messenger that writes down and a clock that is turned by hand."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from bot.core.events import Progress
from bot.core.job import Image, Job, JobState, Place, Rendered, Reply, Verdict
from bot.core.prompt import Prompt
from bot.core.request import Request
from bot.engine.state import Forecast
from bot.services.delivery import DeliveryService
from bot.services.progress import ProgressBoard
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles

SAFE = Verdict(0.97, 0.01, 0.01, 0.01, "test")
ABOVE = Verdict(0.1, 0.1, 0.7, 0.1, "test")
ID = "jobjob01"


class Recorder:
    """A messenger that writes down what it was asked to show."""

    def __init__(self) -> None:
        self.shown: list[tuple[object, ...]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    async def waiting(self, job: Job, forecast: Forecast) -> None:
        self.shown.append(("waiting", job.id, forecast.ahead))
        await self.gate.wait()

    async def progress(self, job: Job, progress: Progress, previews: Sequence[bytes] | None) -> None:
        self.shown.append(("progress", progress.step, previews))
        await self.gate.wait()

    async def result(self, job: Job, pictures: Sequence[Rendered], model: str, seconds: float) -> None:
        self.shown.append(("result", len(pictures), model))
        if self.broken:
            raise ConnectionError("no Discord today")

    async def word(self, job: Job, sentence: str) -> None:
        self.shown.append(("word", sentence))


class Clock:
    """Seconds that pass when the test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class House:
    """The services that bring an answer up to date."""

    def __init__(self, jobs: JobStore, files: PictureFiles) -> None:
        self.jobs, self.files = jobs, files
        self.messenger, self.clock = Recorder(), Clock()
        self.board = ProgressBoard(jobs, self.messenger, clock=self.clock)
        self.delivery = DeliveryService(jobs, files, self.messenger, self.board)

    async def settle(self) -> None:
        """Wait until every task of the services has ended."""
        while others := [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]:
            await asyncio.wait(others)

    async def state(self, job_id: str = ID) -> JobState:
        record = await self.jobs.get(job_id)
        assert record is not None
        return record.job.state


def asked(job_id: str = ID, *, user_id: int = 7, guild_id: int | None = 1) -> Job:
    return Job(
        id=job_id,
        user_id=user_id,
        place=Place(guild_id, 2),
        request=Request("1girl"),
        prompt=Prompt("1girl", "nsfw", 1, 1, 75),
        seed=5,
        state=JobState.QUEUED,
        created_at=1.0,
        reply=Reply("token", 1000.0),
    )


def picture(verdict: Verdict = SAFE, png: bytes = b"png") -> Rendered:
    return Rendered(Image(0, 5, 416, 608, hashlib.sha256(png).hexdigest(), verdict), png)
