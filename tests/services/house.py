"""Services on a real database, with a messenger that writes down and a clock that is turned by hand."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path

from bot.core.events import Progress
from bot.core.job import Image, Job, JobState, Place, Rendered, Reply, Verdict
from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.core.request import Request
from bot.engine.examine import Examined
from bot.engine.state import Forecast
from bot.policy.verdicts import Thresholds
from bot.services.answers import Answer, NotNow
from bot.services.ceilings import Ceiling
from bot.services.delivery import DeliveryService
from bot.services.gate import Gate
from bot.services.outbox import Outbox
from bot.services.progress import ProgressBoard
from bot.storage.database import Database
from bot.storage.deliveries import DeliveryStore
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles

SAFE = Verdict(0.97, 0.01, 0.01, 0.01, "test")
ABOVE = Verdict(0.1, 0.1, 0.7, 0.1, "test")
AGED = Verdict(0.97, 0.01, 0.01, 0.01, "test", age=0.5)
ID = "jobjob01"


class Lost(NotNow):
    """The answer to a send is lost, but the send took effect."""

    def __init__(self) -> None:
        super().__init__("the connection broke", uncertain=True)


@dataclasses.dataclass(frozen=True)
class Sent:
    """A picture that somebody sent."""

    data: bytes = b"tall"

    async def read(self) -> bytes:
        return self.data


class Eyes:
    """Looks at pictures and finds what the test says in them; ``wide`` ones are wide."""

    def __init__(self) -> None:
        self.verdict = SAFE
        self.seen: list[bytes] = []

    async def examine(self, picture: bytes, mask: bytes | None = None) -> Examined:
        self.seen.append(picture)
        width = 600 if b"wide" in picture else 180
        plain = b"PNG " + picture.removeprefix(b"PNG ")
        return Examined(plain, width, 250, self.verdict, mask and b"PNG " + mask.removeprefix(b"PNG "))


class Recorder:
    """A messenger that writes down what it was asked to show."""

    def __init__(self) -> None:
        self.shown: list[tuple[object, ...]] = []
        self.told: list[tuple[str, bool]] = []
        """Of every end its note or sentence, and whether it offers to ask again."""
        self.gate = asyncio.Event()
        self.gate.set()
        self.tried: list[str] = []
        self.faults: list[Exception] = []
        """What is in the way of the next edits and posts, one for each."""
        self.since: list[float | None] = []
        self.standing: list[str] = []
        """Jobs whose end can be read, once for each time it was shown."""
        self.located: int | None = None
        self.blind: Exception | None = None
        self.restarted: list[bool] = []

    async def waiting(self, job: Job, forecast: Forecast, *, restarted: bool) -> None:
        self.shown.append(("waiting", job.id, forecast.ahead))
        self.restarted.append(restarted)
        await self._go()

    async def stopping(self, job: Job) -> None:
        self.shown.append(("stopping", job.id))

    async def progress(self, job: Job, progress: Progress, previews: Sequence[bytes] | None) -> None:
        self.shown.append(("progress", progress.step, previews))
        await self._go()

    async def _go(self) -> None:
        await self.gate.wait()
        if self.faults:
            raise self.faults.pop(0)

    async def locate(self, job: Job) -> int | None:
        self.tried.append("locate")
        return self.located

    async def find(self, job: Job, since: float | None) -> bool:
        self.tried.append("find")
        self.since.append(since)
        if self.blind is not None:
            raise self.blind
        return job.id in self.standing

    async def edit(self, job: Job, answer: Answer) -> None:
        await self._show("edit", job, answer)

    async def post(self, job: Job, answer: Answer) -> None:
        await self._show("post", job, answer)

    async def _show(self, how: str, job: Job, answer: Answer) -> None:
        """Show it unless there is a fault for it; one with an effect shows it all the same."""
        self.tried.append(how)
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or isinstance(fault, Lost):
            self.standing.append(job.id)
            self.end(job, answer)
        if fault is not None:
            raise fault

    def end(self, job: Job, answer: Answer) -> None:
        if answer.pictures:
            self.shown.append(("result", len(answer.pictures), answer.model))
            self.told.append((answer.note, answer.again))
        else:
            self.shown.append(("word", answer.sentence))
            self.told.append((answer.sentence, answer.again))


class Ceilings:
    """Every place has this ceiling, unless it cannot be read."""

    def __init__(self) -> None:
        self.rating, self.strict = Rating.GENERAL, False
        self.error: Exception | None = None

    async def now(self, place: Place) -> Ceiling:
        if self.error is not None:
            raise self.error
        return Ceiling(self.rating, self.strict, "so it is", ())


class Clock:
    """Seconds that pass when the test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class House:
    """The services that bring an answer up to date."""

    def __init__(self, database: Database, folder: Path, withheld: PictureFiles | None = None) -> None:
        self.database, self.jobs, self.files = database, JobStore(database), PictureFiles(folder / "pictures")
        self.sources = PictureFiles(folder / "sources")
        self.deliveries = DeliveryStore(database)
        self.messenger, self.clock, self.ceilings = Recorder(), Clock(), Ceilings()
        self.now = 100.0
        self.slept: list[float] = []
        self.deleted: list[str] = []
        """Jobs whose answer was found deleted before their end."""
        self._gate, self._withheld = Gate(self.ceilings, Thresholds()), withheld
        self.start()

    def start(self) -> None:
        """As after a start of the bot: nothing is remembered but what is on the disk."""
        self.board = ProgressBoard(
            self.jobs, self.messenger, self._gate, self.deliveries, self.deleted.append, clock=self.clock
        )
        self.outbox = Outbox(
            self.jobs,
            self.deliveries,
            self.files,
            self.messenger,
            self._gate,
            clock=lambda: self.now,
            sleep=self._sleep,
        )
        self.delivery = DeliveryService(
            self.jobs, self.files, self.outbox, self.board, self._gate, self._withheld
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

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


def picture(verdict: Verdict = SAFE, png: bytes = b"png", index: int = 0) -> Rendered:
    return Rendered(Image(index, 5, 416, 608, hashlib.sha256(png).hexdigest(), verdict), png)
