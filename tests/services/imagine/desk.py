"""The imagine service with a dispatcher that only remembers, and how the tests ask it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.events import Cancelled
from bot.core.job import Place, Reply, Task
from bot.core.request import Request
from bot.engine.state import Forecast
from bot.policy.floor.floor import AGE
from bot.policy.floor.lists import ALONE, floor_terms
from bot.policy.verdicts import Thresholds
from bot.services.catalogue import Catalogue
from bot.services.ceilings import CeilingService
from bot.services.conduct import ConductService
from bot.services.imagine import Accepted, Asker, ImagineService
from bot.services.prompts import PromptService
from bot.services.quota import QuotaService
from bot.services.sources import Given, SourceService
from bot.storage.database import Database
from tests.services.house import Eyes, House

PLACE = Place(1, 2)
TERM = next(term.text for term in floor_terms() if term.mark.rule == "F1" and term.mark.part == ALONE)
CHILD = next(term.text for term in floor_terms() if term.mark == AGE and not term.harmless)


class Desk:
    """A dispatcher that holds what it is given, and cancels at once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.submitted: list[tuple[Sequence[Task], int, int | None, float]] = []
        self.cancelled: list[str] = []

    def estimate(self, tasks: Sequence[Task]) -> float:
        return 2.0 * len(tasks)

    def submit(self, tasks: Sequence[Task], owner: int, *, guild: int | None, weight: float) -> None:
        self.submitted.append((tasks, owner, guild, weight))

    def forecast(self, tasks: Sequence[Task], owner: int, *, weight: float) -> Forecast:
        return Forecast(len(self.submitted), None, True)

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)
        if any(tasks[0].job_id == job_id for tasks, *_ in self.submitted):
            self.house.delivery.handle(Cancelled(job_id))


class Restricted:
    """Every channel is age-restricted."""

    async def age_restricted(self, place: Place) -> bool:
        return True


def service(
    house: House,
    desk: Desk,
    prompts: PromptService,
    ceilings: CeilingService,
    conduct: ConductService,
    quota: QuotaService,
    eyes: Eyes,
) -> ImagineService:
    return ImagineService(
        house.jobs,
        desk,  # type: ignore[arg-type]  # the few methods that the service calls
        Catalogue(prompts, 4),
        house.board,
        ceilings,
        conduct,
        house.delivery.handle,
        sources=SourceService(house.sources, eyes, Thresholds()),
        quota=quota,
        weights={"Artist": 2.0, "55": 3.0},
    )


async def accept(imagine: ImagineService, **options: object) -> Accepted:
    asker = Asker(7, {"Artist", "12"})
    return await imagine.accept(asker, PLACE, Request("1girl", **options), Reply("token", 1e12))  # type: ignore[arg-type]


async def ask(imagine: ImagineService, prompt: str, user_id: int = 7, **options: object) -> Accepted:
    request = Request(prompt, **options)  # type: ignore[arg-type]
    return await imagine.accept(Asker(user_id), PLACE, request, Reply("token", 1e12))


async def rows(database: Database) -> list[tuple[int, str]]:
    return [(row["user_id"], row["rule"]) for row in await database.fetch_all("SELECT * FROM strikes")]


async def begin(imagine: ImagineService, given: Given, text: str = "1girl", **options: object) -> Accepted:
    return await imagine.accept(Asker(7), PLACE, Request(text, **options), Reply("token", 1e12), given)  # type: ignore[arg-type]
