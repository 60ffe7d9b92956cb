"""What `bench complete` counts with; the whole of it needs 140,000 tags and is run by people."""

from __future__ import annotations

import itertools
import json

import pytest

from bot.bench import complete, storage_world
from bot.cli import main


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (complete, storage_world):
        monkeypatch.setattr(module, "TAGS", 300)


def test_texts_grow_letter_by_letter() -> None:
    texts = complete._typed(storage_world.World(), 4)
    assert len(texts[0]) == 1 and sum(len(text) == 1 for text in texts) == 4
    assert all(len(text) == len(before) + 1 for before, text in itertools.pairwise(texts) if len(text) > 1)


def test_it_types_into_the_bot_and_prints_what_it_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "complete", "--typed", "2", "--people", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tags"] == 300 and told["letters"] > 2
    assert 0 < told["p50_ms"] <= told["p99_ms"] <= told["max_ms"] and told["sandbox_p50_ms"] > 0
    assert told["without_choices"] < told["letters"]
    assert "letters typed by 2 at a time" in complete.table(told)
