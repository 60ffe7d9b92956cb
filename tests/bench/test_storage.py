"""The database's bench: it measures what the stores hold, and says so under the names that are promised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.bench import storage, storage_world
from bot.bench.storage_world import EVERYWHERE, World
from bot.cli import main
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.search import JobSearch, Wanted

KEYS = {
    "rows", "page_p99_ms", "page_growth", "filtered_p99_ms", "search_p99_ms", "jobs_per_s",
    "autocomplete_p99_ms", "db_bytes"
}  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FEW": 200, "PAGES": 40, "SEARCHES": 30, "TYPED": 5, "WRITTEN": 60}.items():
        monkeypatch.setattr(storage, name, value)
    for module in (storage, storage_world):
        monkeypatch.setattr(module, "TAGS", 3_000)


def test_it_prints_the_promised_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "storage", "--rows", "500", "--folder", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) >= KEYS and told["rows"] == 500
    assert all(told[key] > 0 for key in KEYS)
    assert list(tmp_path.iterdir()) == []
    assert main(["bench", "storage", "--rows", "300", "--folder", str(tmp_path)]) == 0
    assert "300 jobs in" in capsys.readouterr().out


def test_too_little_disk_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = 10**15
    assert main(["bench", "storage", "--rows", str(rows), "--folder", str(tmp_path)]) == 1
    assert "take fewer --rows" in capsys.readouterr().err


async def test_the_rows_are_those_that_the_stores_write(tmp_path: Path) -> None:
    world, same = World(), World()
    async with await Database.open(tmp_path / "bot.sqlite3") as database:
        await storage._fill(database, world, 120)
        search = JobSearch(database, JobStore(database))
        people = set(world.people)
        (rows,) = await database.fetch_all("SELECT count(*) AS jobs, count(DISTINCT user_id) FROM jobs")
        assert rows["jobs"] == 120
        made = []
        for _ in range(120):
            made.append(same.job())
            same.image(made[-1])
        pictured = 0
        for job in made[:20]:
            page = await search.find(job.user_id, Wanted(), limit=200)
            record = next(
                each for each in page.records if each.job.request == job.request and job.user_id in people
            )
            assert record.job.prompt == job.prompt and record.job.reply is None
            pictured += len(record.images)
        assert pictured == 20
        found = await search.find(made[0].user_id, Wanted(text=EVERYWHERE), limit=200)
        assert len(found.records) == sum(job.user_id == made[0].user_id for job in made)
