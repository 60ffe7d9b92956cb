"""What a storm is judged by: who was accepted where, what was shut when, and what lies in the storage."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.core.job import JobState
from bot.storage import outside

DONE = frozenset(state.value for state in JobState if state.final)
"""States of a row that has ended."""
GRACE = 60.0
"""Seconds after a place was given back within which a delivery may have missed it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Accepted:
    """A job whose asker read that it is queued, and the message in which they did."""

    job_id: str
    message_id: str
    channel_id: str
    user_id: str
    direct: bool
    """Whether it was asked for in direct messages."""
    private: bool
    at: float

    @property
    def places(self) -> set[str]:
        """What has to be open for the bot to post there on its own; ids as in ``Closed``."""
        if self.private:
            return {self.user_id}
        return {self.channel_id, self.user_id} if self.direct else {self.channel_id}


@dataclasses.dataclass(slots=True)
class Closed:
    """A place (a channel's id, a person's for direct messages) that the bot could not write in for a while.

    Seconds of the sandbox's clock; ``until`` is infinite for a channel that was ``deleted``.
    """

    place: str
    since: float
    until: float = float("inf")
    deleted: bool = False

    def touches(self, since: float, until: float) -> bool:
        """Whether some of that time lies in it."""
        return self.since <= until and since <= self.until + GRACE


@dataclasses.dataclass(frozen=True, slots=True)
class Storage:
    """What is kept: rows by table, and the files under the pictures' folder by their names' stems."""

    jobs: Mapping[str, Mapping[str, Any]]
    images: Sequence[Mapping[str, Any]]
    leases: Sequence[Mapping[str, Any]]
    files: frozenset[str]


@dataclasses.dataclass(slots=True)
class Judgement:
    """Job ids by what became of them, and what is wrong with the books; ``why`` says each fault in a line."""

    delivered: list[str] = dataclasses.field(default_factory=list)
    """Those whose pictures were shown where they were asked for, or to their asker."""
    failed: list[str] = dataclasses.field(default_factory=list)
    """Those whose asker was told why there are no pictures, or where they are kept."""
    lost: list[str] = dataclasses.field(default_factory=list)
    twice: list[str] = dataclasses.field(default_factory=list)
    leaked: list[str] = dataclasses.field(default_factory=list)
    held: list[str] = dataclasses.field(default_factory=list)
    mismatched: list[str] = dataclasses.field(default_factory=list)
    orphan_files: list[str] = dataclasses.field(default_factory=list)
    orphan_records: list[str] = dataclasses.field(default_factory=list)
    why: list[str] = dataclasses.field(default_factory=list)


def read_storage(folder: Path, database: str) -> Storage:
    """Blocking; raises StorageError when the database cannot be read."""
    jobs, images, leases = outside.read(
        folder / database,
        "SELECT id, user_id, guild_id, channel_id, state, created_at, finished_at, error FROM jobs",
        "SELECT job_id, position, sha256 FROM images",
        "SELECT job_id, state, pictures FROM leases",
    )
    files = frozenset(
        str(path.relative_to(folder)) for path in (folder / "pictures").rglob("*") if path.is_file()
    )
    return Storage({row["id"]: row for row in jobs}, images, leases, files)
