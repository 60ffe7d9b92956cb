"""The imagine service over a house of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.quota import Limits
from bot.core.rating import Rating
from bot.models import builtin
from bot.services.ceilings import CeilingService
from bot.services.conduct import ConductService
from bot.services.imagine import ImagineService
from bot.services.prompts import PromptService
from bot.services.quota import QuotaService
from bot.storage.database import Database
from bot.storage.quota import QuotaStore
from bot.storage.secret import SecretKey
from bot.storage.settings import SettingsStore
from bot.storage.strikes import StrikeStore
from tests.services.house import Eyes, House
from tests.services.imagine.desk import (
    Desk,
    Restricted,
    service,
)


@pytest.fixture(scope="module")
def prompts() -> PromptService:
    return PromptService.for_model("chibi", builtin()["chibi"])


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


@pytest.fixture
def conduct(database: Database, tmp_path: Path) -> ConductService:
    return ConductService(
        StrikeStore(database),
        SecretKey(tmp_path / "conduct.key"),
        blocked_people=(66,),
        blocked_servers=(67,),
    )


@pytest.fixture
def ceilings(database: Database) -> CeilingService:
    return CeilingService(SettingsStore(database), Rating.EXPLICIT, Restricted())


@pytest.fixture
def quota(database: Database) -> QuotaService:
    return QuotaService(QuotaStore(database), Limits(jobs=8), Limits(), {})


@pytest.fixture
def eyes() -> Eyes:
    return Eyes()


@pytest.fixture
def imagine(
    house: House,
    desk: Desk,
    prompts: PromptService,
    ceilings: CeilingService,
    conduct: ConductService,
    quota: QuotaService,
    eyes: Eyes,
) -> ImagineService:
    return service(house, desk, prompts, ceilings, conduct, quota, eyes)
