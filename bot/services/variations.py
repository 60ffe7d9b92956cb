"""Going on from a finished job: the same anew, or near one of its pictures, over it, or larger."""

from __future__ import annotations

import dataclasses
import enum
import secrets

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import Image, Job, Place
from bot.core.request import MAX_SEED, Request, Vary
from bot.services.imagine import Asker
from bot.services.seen import GONE, seen
from bot.services.sources import Given
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureFiles

NEAR = 0.25
"""How far a subtle variation's noise goes towards that of another seed."""
LARGER = 2
"""How many times as wide and high an upscaled picture is."""


class Kind(enum.StrEnum):
    """What is made of a picture: ``SUBTLE`` begins from noise near its own, ``STRONG`` from its pixels."""

    SUBTLE = "subtle"
    STRONG = "strong"
    HIRES = "hires"
    UPSCALE = "upscale"


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
    """Says what is asked for by the buttons under a result; `ImagineService.accept` decides on it.

    Whoever sees a picture may go on from it, on their own account. With ``private`` what follows is for them
    alone, as it is of a private job. Everything raises NotFound for a job that is gone or not for their eyes.
    """

    def __init__(self, jobs: JobStore, files: PictureFiles) -> None:
        self._jobs = jobs
        self._files = files

    async def job(self, job_id: str, asker: Asker, place: Place) -> Job:
        """A job whose values are to be asked for anew."""
        return (await seen(self._jobs, job_id, asker.id, place)).job

    async def reroll(self, job_id: str, asker: Asker, place: Place, *, private: bool) -> Request:
        """The same request with another seed."""
        job = await self.job(job_id, asker, place)
        return dataclasses.replace(for_whom(job.request, private=private), seed=None)

    async def of(
        self, kind: Kind, job_id: str, index: int, asker: Asker, place: Place, *, private: bool
    ) -> tuple[Request, Given | None]:
        """What goes on from one picture of a job, ``index`` counted from 0, and what it begins from.

        Raises InvalidRequest for a picture that is as large as it gets.
        """
        record = await seen(self._jobs, job_id, asker.id, place)
        image = next((each for each in record.images if each.index == index), None)
        if image is None:
            raise NotFound(GONE)
        request = _going_on(kind, for_whom(record.job.request, private=private), image)
        given = Given(Drawn(self._files, image.sha256), fit=False) if kind is Kind.STRONG else None
        return request, given


def for_whom(request: Request, *, private: bool) -> Request:
    """The request for its asker alone, if it was so or is asked for under an answer for them alone."""
    return dataclasses.replace(request, private=request.private or private)


def kinds_of(request: Request) -> tuple[Kind, ...]:
    """What can be made of a request's pictures: none grows twice, nor over what a mask keeps."""
    masked = request.source is not None and request.source.mask is not None
    grown = request.hires or request.upscale > 1
    possible = {Kind.HIRES: not grown and not masked, Kind.UPSCALE: not grown}
    return tuple(kind for kind in Kind if possible.get(kind, True))


def _going_on(kind: Kind, request: Request, image: Image) -> Request:
    if kind not in kinds_of(request):
        raise InvalidRequest("This picture is as large as it gets; a variation of it can be drawn.")
    if kind is Kind.STRONG:
        return dataclasses.replace(
            request, count=1, seed=None, source=None, vary=None, hires=False, upscale=1
        )
    one = dataclasses.replace(request, count=1, seed=image.seed)
    if kind is Kind.SUBTLE:
        return dataclasses.replace(one, vary=Vary(secrets.randbelow(MAX_SEED + 1), NEAR))
    return (
        dataclasses.replace(one, upscale=LARGER)
        if kind is Kind.UPSCALE
        else dataclasses.replace(one, hires=True)
    )
