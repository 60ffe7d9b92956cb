"""A program that is killed while it changes the database: the next one finds it whole, and goes on."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.storage import migrate
from bot.storage.backup import problem_of
from bot.storage.migrate import current_version, migrations, upgrade

NEWEST = migrations()[-1].version


def killed(work: Callable[[], object]) -> bool:
    """Do it in a process of its own; whether that was killed."""
    if (child := os.fork()) == 0:
        try:
            work()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def first_light(path: Path) -> None:
    """A database of the first version with a job in it."""
    connection = sqlite3.connect(path, isolation_level=None)
    migrate._apply(connection, migrations()[0])
    request, prompt = '{"prompt": "1girl"}', '{"positive": "1girl", "negative": "lowres"}'
    values = ("job00001", 7, 1, 2, 0, request, prompt, 5, "done", 1.0, 2.0, None, None, 9, "chibi", None)
    connection.execute(f"INSERT INTO jobs VALUES ({', '.join('?' * len(values))})", values)
    connection.close()


def test_an_upgrade_that_is_killed_at_any_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One upgrade after another is killed, each a statement later than the last got, until one is through."""
    path, statements, allowed = tmp_path / "bot.sqlite3", migrate._statements, 0
    first_light(path)

    def deadly(script: str) -> Iterator[str]:
        nonlocal left
        for statement in statements(script):
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            yield statement

    monkeypatch.setattr(migrate, "_statements", deadly)
    monkeypatch.setattr(migrate.Backups, "make", lambda *_: path)  # its own tests kill that
    seen = []
    while True:
        left = allowed
        before = current_version(path)
        if not killed(lambda: upgrade(path)):
            break
        version = current_version(path)
        # A step that was cut off is begun anew, so each try is one statement longer than the last.
        allowed = allowed + 1 if version == before else 0
        seen.append(version)
        assert problem_of(path) is None
    assert seen[0] == 1 and seen == sorted(seen) and len(seen) > NEWEST
    assert current_version(path) == NEWEST
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM migrations").fetchone() == (NEWEST,)
    words = connection.execute("SELECT words FROM searchable").fetchone()
    assert words == ("owner7 channel2 1girl    1girl",)
    connection.close()
