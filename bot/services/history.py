"""A person's finished jobs, page by page."""

from __future__ import annotations

from bot.storage.jobs import JobStore, Page, Record

__all__ = ["HistoryService", "Page", "Record"]

PAGE_SIZE = 5
COUNTED = 500
"""Records that are counted: a page must not take longer the more there are."""


class HistoryService:
    """Reads a person's own history; nobody else's."""

    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs

    async def page(self, user_id: int, before: tuple[float, str] | None = None) -> Page:
        """Up to five records, newest first, older than ``before``."""
        return await self._jobs.page(user_id, before=before, limit=PAGE_SIZE)

    async def count(self, user_id: int) -> int:
        """How many records there are; one more than `COUNTED` stands for any number above that."""
        return await self._jobs.count(user_id, COUNTED + 1)
