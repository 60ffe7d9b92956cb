"""What a person drew and marked, page by page, as far as it may be shown where they look."""

from __future__ import annotations

import dataclasses

from bot.core.rating import Rating
from bot.engine.thumbnails import Thumbnailer
from bot.services.sight import Glance, SightService, Viewer
from bot.storage.jobs import Record
from bot.storage.search import Found, JobSearch, Wanted

__all__ = ["Entry", "HistoryService", "Page", "Record", "Turn", "Wanted"]

PAGE_SIZE = 5
SUGGESTED = 25
LATEST = 100
"""Jobs among which a typed beginning is looked for."""


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """Where a page lies: older than ``before``, or next newer than ``after``; neither is the newest."""

    before: int | None = None
    after: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One line of a page: a glance at a job, and a JPEG of the first picture that may be shown."""

    glance: Glance
    thumbnail: bytes | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first, and where those around them begin; ``ceiling`` is the most that is shown."""

    entries: tuple[Entry, ...]
    ceiling: Rating
    older: int | None
    newer: int | None


class HistoryService:
    """Reads a person's own history, and what they marked of others'."""

    def __init__(self, search: JobSearch, sight: SightService, thumbnails: Thumbnailer) -> None:
        self._search = search
        self._sight = sight
        self._thumbnails = thumbnails

    async def page(self, viewer: Viewer, wanted: Wanted, turn: Turn) -> Page:
        """Up to five records."""
        ceiling = await self._sight.ceiling(viewer.place)
        found = await self._found(viewer, wanted, turn, PAGE_SIZE)
        entries = [await self._entry(each) for each in await self._sight.look(viewer, found.records, ceiling)]
        return Page(tuple(entries), ceiling.rating, found.older, found.newer)

    async def suggest(self, viewer: Viewer, typed: str) -> list[Glance]:
        """A person's own jobs that something typed may mean: the latest by id or words, then by whole words.

        At most 25, all of which may be shown where they look.
        """
        typed = typed.strip().lower()
        latest = await self._search.find(viewer.asker.id, Wanted(), limit=LATEST)
        records = [each for each in latest.records if _means(typed, each)][:SUGGESTED]
        if typed and len(records) < SUGGESTED:
            others = await self._search.find(viewer.asker.id, Wanted(text=typed), limit=SUGGESTED)
            known = {each.job.id for each in records}
            records += [each for each in others.records if each.job.id not in known]
        ceiling = await self._sight.ceiling(viewer.place)
        glances = await self._sight.look(viewer, tuple(records[:SUGGESTED]), ceiling)
        return [each for each in glances if each.words]

    async def _found(self, viewer: Viewer, wanted: Wanted, turn: Turn, limit: int) -> Found:
        find = self._search.find
        found = await find(viewer.asker.id, wanted, before=turn.before, after=turn.after, limit=limit)
        if turn.after is not None and len(found.records) < limit:
            return await find(viewer.asker.id, wanted, limit=limit)  # the newest page, and a full one
        return found

    async def _entry(self, glance: Glance) -> Entry:
        if not glance.images:
            return Entry(glance)
        return Entry(glance, await self._thumbnails.of(glance.images[0].sha256))


def _means(typed: str, record: Record) -> bool:
    return record.job.id.startswith(typed) or typed in record.job.request.prompt.lower()
