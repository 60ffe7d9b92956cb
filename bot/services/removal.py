"""Taking pictures away again."""

from __future__ import annotations

import enum

from bot.core.errors import InvalidRequest, NotFound
from bot.services.imagine import Asker
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles
from bot.storage.sweep import SweepStore


class Removed(enum.Enum):
    """What went: the request with its pictures, or the pictures of one message alone."""

    EVERYTHING = enum.auto()
    MESSAGE = enum.auto()


class RemovalService:
    """Deletes a person's own request for good; a moderator takes pictures off a message and no more.

    What lies in the history of whoever asked is theirs alone to delete.
    """

    def __init__(self, jobs: JobStore, store: SweepStore, files: PictureFiles) -> None:
        self._jobs = jobs
        self._store = store
        self._files = files

    async def remove(
        self, job_id: str, asker: Asker, *, moderator: bool, asked_by: int | None = None
    ) -> Removed:
        """Delete what the presser of a button may delete, and say what of a message must go.

        ``moderator`` says that they may manage the messages there, ``asked_by`` for whom the message was
        made, as far as Discord tells: a message may outlive its request. Raises NotFound for a job that is
        gone when it cannot be told whose it was, InvalidRequest for another person's and for one that has not
        ended.
        """
        record = await self._jobs.get(job_id)
        if record is not None and record.job.user_id == asker.id:
            if not record.job.state.final:
                raise InvalidRequest("This has not ended yet; cancel it first.")
            for sha256 in await self._store.erase(job_id):
                await self._files.remove(sha256)
            return Removed.EVERYTHING
        if moderator or (record is None and asked_by == asker.id):
            return Removed.MESSAGE
        if record is None:
            raise NotFound("The request of this picture is gone; a moderator can delete the message.")
        raise InvalidRequest(
            "Only the person who asked for this picture, or somebody with Manage Messages, can delete it."
        )
