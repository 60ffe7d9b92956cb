"""Looks at everything that the bot needs, and says how it is and what would help."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import bot
from bot import config as configs
from bot.config import Config
from bot.core.errors import BotError, ConfigError, StorageError
from bot.engine.check import check
from bot.engine.classifiers import NAME
from bot.engine.lock import verify
from bot.engine.models import resolve
from bot.models import CHIBI, builtin, classifiers_of
from bot.storage.backup import damaged
from bot.storage.database import DATABASE
from bot.storage.examine import examine
from bot.storage.folder import ROOM
from bot.storage.health import Health, HealthFile

Level = Literal["ok", "warn", "fail"]

STALE = 30.0
"""Seconds after which a health file that is written every five is old."""
LITTLE_DISK = 1024**3
"""Bytes of free disk below which is warned."""


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: a sentence on how it is, and one on what would help, or ""."""

    level: Level
    what: str
    sentence: str
    help: str = ""


def examine_all(path: Path | None) -> Iterator[Finding]:
    """Every finding, in order; what needs the config is left out when there is none that can be used."""
    try:
        config = configs.load(path)
    except ConfigError as error:
        yield Finding("fail", "config", str(error), "Compare it with config.example.toml.")
        return
    yield Finding("ok", "config", f"{path} is in order." if path else "The defaults are used.")
    storage = Path(config.storage.path)
    looks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("token", _token),
        ("storage", lambda: _storage(storage)),
        ("disk", lambda: _disk(storage)),
        ("database", lambda: _database(storage / DATABASE)),
        ("model", lambda: _model(config)),
        ("classifiers", lambda: _classifiers(config)),
    )
    for what, look in looks:
        try:
            yield look()
        except (BotError, OSError) as error:
            yield Finding("fail", what, f"{str(error).rstrip('.')}.")
    yield from _running(storage)


def _token() -> Finding:
    try:
        configs.token()
    except ConfigError as error:
        return Finding("warn", "token", str(error), "The demo needs none.")
    return Finding("ok", "token", "There is one; whether Discord takes it shows at the start.")


def _storage(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"written by the doctor")
    except OSError as error:
        help = "Let the bot's user write there, or set [storage] path to another folder."
        return Finding("fail", "storage", f"{folder} cannot be written: {error.strerror}.", help)
    return Finding("ok", "storage", f"{folder} can be written.")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    sentence = f"{free / 1024**3:.1f} GiB are free for pictures and the database."
    if free >= LITTLE_DISK:
        return Finding("ok", "disk", sentence)
    if free >= ROOM:
        return Finding("warn", "disk", sentence, "Make room on the disk.")
    return Finding("fail", "disk", f"{sentence} New requests are refused.", "Make room on the disk.")


def _database(path: Path) -> Finding:
    if not path.exists():
        return Finding("ok", "database", "There is none yet; the first start makes it.")
    seen = examine(path)
    backup = "no backup yet" if seen.backup is None else f"last backup {_ago(seen.backup.stat().st_mtime)}"
    if seen.problem is not None:
        return Finding("fail", "database", str(damaged(path, seen.problem)))
    if seen.version > seen.newest:
        sentence = f"{path} has version {seen.version}; this program knows only up to {seen.newest}."
        return Finding("fail", "database", sentence, "Start a newer program, or put back an older backup.")
    rest = f"is in order ({seen.size / 1e6:,.1f} MB, {backup})"
    if seen.version < seen.newest:
        sentence = f"Version {seen.version} {rest}; the next start brings it to {seen.newest}."
        return Finding("ok", "database", sentence)
    return Finding("ok", "database", f"Version {seen.version} {rest}.")


def _model(config: Config) -> Finding:
    name = config.model.name
    files = resolve(name, Path(config.model.folder), builtin())
    for report in check(files):
        if report.problem is not None:
            return Finding("fail", "model", f"{report.path} {report.problem}.", f"See `model check {name}`.")
    return Finding("ok", "model", f"Every file of {name} is in order.")


def _classifiers(config: Config) -> Finding:
    """What rates the pictures; the packaged classifier is always there."""
    files = classifiers_of(config)
    help = f"`model pull {NAME}` fetches it."
    for folder in (files.rating, files.small, files.tagger):
        if folder is not None:
            verify(folder)
    if files.rating is None and files.small is None:
        sentence = "No rating classifier was pulled: open_nsfw, made for photographs, rates pictures alone."
        return Finding("warn", "classifiers", sentence, help)
    if config.model.name == CHIBI:
        return Finding("ok", "classifiers", "The demo model's own and open_nsfw rate pictures.")
    if files.tagger is None:
        sentence = "The tagger, which helps the floor to know the young, was not pulled."
        return Finding("warn", "classifiers", sentence, help)
    return Finding("ok", "classifiers", "The rating classifier, the tagger and open_nsfw rate pictures.")


def _running(folder: Path) -> Iterator[Finding]:
    try:
        health = HealthFile(folder).read()
    except StorageError as error:
        yield Finding("fail", "bot", str(error), "Start the bot; it writes the file anew.")
        return
    yield _bot(health)
    if health is None or health.stopped:
        return
    for worker in health.workers:
        yield _worker(worker.name, worker.state, worker.note, worker.restarts)
    yield Finding("ok", "queue", f"{health.running} running, {health.waiting} waiting.")


def _bot(health: Health | None) -> Finding:
    if health is None:
        return Finding("warn", "bot", "It has not run with this storage folder yet.", "Start it with `run`.")
    last = f" The last fault: {health.last_error}" if health.last_error else ""
    if health.stopped:
        return Finding(
            "warn", "bot", f"It was stopped {_ago(health.updated_at)}.{last}", "Start it with `run`."
        )
    if time.time() - health.updated_at > STALE:
        sentence = (
            f"It last gave a sign {_ago(health.updated_at)} (process {health.pid}), and was not stopped."
        )
        return Finding("fail", "bot", sentence + last, "Start it again, and look at the end of its log.")
    version = health.versions.get("bot", "?")
    sentence = f"It runs (process {health.pid}, started {_ago(health.started_at)}).{last}"
    if version != bot.__version__:
        help = f"It is version {version} and this program {bot.__version__}: start it again."
        return Finding("warn", "bot", sentence, help)
    return Finding("ok", "bot", sentence)


def _worker(name: str, state: str, note: str, restarts: int) -> Finding:
    what = f"worker {name}"
    again = f" It was started again {restarts} {'time' if restarts == 1 else 'times'}." if restarts else ""
    match state:
        case "ready":
            return Finding("ok", what, f"Ready.{again}")
        case "loading":
            return Finding(
                "warn", what, f"Loading the model.{again} {note}".strip(), "Look again in a minute."
            )
        case "degraded":
            help = "Look at its log; a smaller [engine] max_batch or another device may help."
            return Finding("fail", what, f"It keeps failing.{again} {note}".strip(), help)
        case _:
            help = "Mend what it names, then start the bot again."
            return Finding("fail", what, f"It does not run.{again} {note}".strip(), help)


def _ago(then: float) -> str:
    seconds = max(0.0, time.time() - then)
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return f"{seconds:.0f} s ago"
