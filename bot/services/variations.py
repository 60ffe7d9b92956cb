"""Going on from a finished picture: near it, over it, or larger."""

from __future__ import annotations

import dataclasses
import enum
import secrets

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import Image, Job, Place, Reply
from bot.core.request import MAX_SEED, Request, Vary
from bot.services.imagine import Accepted, Asker, ImagineService
from bot.services.sources import Given
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles

NEAR = 0.25
"""How far a subtle variation's noise goes towards that of another seed."""


class Kind(enum.StrEnum):
    """What is made of a picture: ``SUBTLE`` begins from noise near its own, ``STRONG`` from its pixels."""

    SUBTLE = "subtle"
    STRONG = "strong"
    HIRES = "hires"


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """A picture that this bot drew, as a picture to begin from."""

    files: PictureFiles
    sha256: str

    async def read(self) -> bytes:
        """Its file; raises NotFound when it is gone."""
        data = await self.files.read(self.sha256)
        if data is None:
            raise NotFound("The file of this picture is gone; attach it to /imagine instead.")
        return data


class VariationService:
    """Takes such requests the way that all others take, so that every rule applies as it is now.

    Whoever sees a picture may go on from it, on their own account.
    """

    def __init__(self, jobs: JobStore, files: PictureFiles, imagine: ImagineService) -> None:
        self._jobs = jobs
        self._files = files
        self._imagine = imagine

    async def accept(
        self, kind: Kind, job_id: str, index: int, asker: Asker, place: Place, reply: Reply
    ) -> Accepted:
        """Accept a new job that goes on from one picture of a job, ``index`` counted from 0.

        Raises NotFound for a picture that nobody knows here, InvalidRequest for one that is as large as it
        gets, and whatever `ImagineService.accept` raises.
        """
        record = await self._jobs.get(job_id)
        image = next((each for each in record.images if each.index == index), None) if record else None
        if record is None or image is None or not _shown(record.job, asker, place):
            raise NotFound("The request of this picture is gone; attach the picture to /imagine instead.")
        request = _going_on(kind, record.job.request, image)
        given = Given(Drawn(self._files, image.sha256), fit=False) if kind is Kind.STRONG else None
        return await self._imagine.accept(asker, place, request, reply, given)


def _shown(job: Job, asker: Asker, place: Place) -> bool:
    """Whether the picture was shown to the asker: to all of a server, or to themselves."""
    public = not job.request.private and place.guild_id is not None and place.guild_id == job.place.guild_id
    return public or job.user_id == asker.id


def _going_on(kind: Kind, request: Request, image: Image) -> Request:
    if kind is Kind.STRONG:
        return dataclasses.replace(request, count=1, seed=None, source=None, vary=None, hires=False)
    one = dataclasses.replace(request, count=1, seed=image.seed)
    if kind is Kind.SUBTLE:
        return dataclasses.replace(one, vary=Vary(secrets.randbelow(MAX_SEED + 1), NEAR))
    if request.hires:
        raise InvalidRequest("This picture was drawn with hires already; a variation of it can be drawn.")
    return dataclasses.replace(one, hires=True)
