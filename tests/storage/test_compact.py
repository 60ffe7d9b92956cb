"""The short JSON: what is left out comes back, whatever the nouns' own defaults are."""

from __future__ import annotations

import json
import math
import sqlite3
from pathlib import Path

import pytest

from bot.core.job import Verdict
from bot.core.prompt import Prompt, Reading
from bot.core.rating import Rating
from bot.core.request import Request
from bot.core.size import Size
from bot.storage import migrate
from bot.storage.compact import PROMPT, REQUEST, dump_verdict, key_of, load_verdict

FULL = Request(
    "1girl, 夜", "hat", "1girl", "hatsune miku", "vocaloid", "none", Rating.GENERAL, "newest",
    Size(1536, 640), 4, 0, 1, 5.5, "DDIM", True, "Manga",
)  # fmt: skip


@pytest.mark.parametrize("request_", [Request("1girl"), Request(""), FULL], ids=["plain", "empty", "full"])
def test_a_request_comes_back(request_: Request) -> None:
    assert REQUEST.load(REQUEST.dump(request_)) == request_


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt("a", "", 1, 2, 75),
        Prompt("a", "b", 1, 2, 225, ("c",), ("d.",), ("e",)),
        Prompt("", "", 0, 0, 0),
        Prompt("a", "b", 1, 2, 75, reading=Reading(("x",), ("y",), ("z",), ("v", "w"))),
        Prompt("a", "b", 1, 2, 75, others=(Prompt("c", "d", 3, 4, 75), Prompt("e", "f", 5, 6, 75))),
    ],
)
def test_a_prompt_comes_back(prompt: Prompt) -> None:
    assert PROMPT.load(PROMPT.dump(prompt), negative=prompt.negative) == prompt


def test_what_is_left_out_is_fixed_for_ever() -> None:
    assert json.loads(REQUEST.dump(Request("1girl"))) == {"prompt": "1girl"}
    read = REQUEST.load('{"prompt":"1girl"}')
    assert (read.size, read.count, read.steps, read.cfg) == (Size(832, 1216), 1, 28, 7.0)
    assert (read.sampler, read.seed, read.private) == ("Euler a", None, False)


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(0.25, 0.25, 0.3, 0.2, "test"),
        Verdict(0.25, 0.25, 0.3, 0.2, "test", None, 0.125),
        Verdict.unknown("why", "test"),
    ],
)
def test_a_verdict_comes_back(verdict: Verdict) -> None:
    assert load_verdict(dump_verdict(verdict)) == verdict


def test_rounding_never_takes_a_verdict_below_a_limit() -> None:
    for limit in (0.2, 0.3, 0.35, 0.5, 0.8):
        share = math.nextafter(limit, 0.0)
        assert load_verdict(dump_verdict(Verdict(0.0, 0.0, limit, share, "test"))).questionable == limit
        assert load_verdict(dump_verdict(Verdict(0.0, 0.0, share, limit, "test"))).questionable >= share


def test_keys_differ_and_fit_into_an_integer() -> None:
    keys = {key_of(str(number)) for number in range(1000)}
    assert len(keys) == 1000 and all(-(2**63) <= key < 2**63 for key in keys)


def test_rows_of_before_are_brought_to_the_short_form(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    old = sqlite3.connect(path, isolation_level=None)
    for step in migrate.migrations():
        if step.version < 5:
            migrate._apply(old, step)
    for number in (1, 2):
        prompt = {"positive": "night", "negative": "lowres", "tokens": 1, "negative_tokens": 1, "window": 75}
        verdict = {"general": 0.9, "sensitive": 0.1, "questionable": 0.0, "explicit": 0.0, "source": "x"}
        old.execute(
            "INSERT INTO jobs (id, user_id, channel_id, age_restricted, request, prompt, seed, state,"
            " created_at) VALUES (?, 7, 1, 0, ?, ?, 1, 'done', ?)",
            (f"job{number}", '{"prompt": "night"}', json.dumps(prompt), float(number)),
        )
        old.execute(
            "INSERT INTO images VALUES (?, 0, 1, 2, 3, 'aa', ?, '[]')", (f"job{number}", json.dumps(verdict))
        )
    old.close()
    migrate.upgrade(path)
    new = sqlite3.connect(path)
    assert new.execute("SELECT text FROM negatives").fetchall() == [("lowres",)]
    ((key, short),) = new.execute("SELECT DISTINCT negative_key, prompt FROM jobs").fetchall()
    assert (key,) == new.execute("SELECT key FROM negatives").fetchone()
    assert PROMPT.load(short, negative="lowres") == Prompt("night", "lowres", 1, 1, 75)
    ((verdict_text,),) = new.execute("SELECT DISTINCT verdict FROM images").fetchall()
    assert load_verdict(verdict_text) == Verdict(0.9, 0.1, 0.0, 0.0, "x")
    found = new.execute("SELECT rowid FROM search WHERE search MATCH 'owner7 AND night' ORDER BY rowid DESC")
    assert found.fetchall() == [(2,), (1,)]
    new.close()
