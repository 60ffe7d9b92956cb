"""Pictures that requests begin from: fetched once, looked at by the classifiers, kept while needed."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Protocol

from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import Start, Verdict
from bot.core.language import later, say
from bot.core.rating import Rating
from bot.core.request import Request, Source, require_strength
from bot.core.size import nearest
from bot.engine.examine import Examined
from bot.policy.verdicts import AGE_TAG, Thresholds, discarded, may_show
from bot.services.ceilings import Ceiling
from bot.storage.pictures import PictureFiles

MOST_BYTES = 20_000_000
STRENGTH = 0.6
"""How strongly is drawn over a picture when nothing is said."""


class Picture(Protocol):
    """A picture file that is somewhere else."""

    async def read(self) -> bytes:
        """Its bytes, at most `MOST_BYTES`; raises a UserError when they cannot be had."""


class Looker(Protocol):
    """Looks at pictures; implemented by `bot.engine.examiner.Examiner`."""

    async def examine(self, picture: bytes, mask: bytes | None = None) -> Examined: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Given:
    """What somebody asks to begin from; with ``fit`` the size of the request follows the picture's shape."""

    picture: Picture
    strength: float = STRENGTH
    mask: Picture | None = None
    fit: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """A picture that was looked at but is not kept yet: the request that begins from it, and its files."""

    request: Request
    verdict: Verdict
    files: tuple[bytes, ...]

    @property
    def aged(self) -> bool:
        """Whether it shows somebody young, so that what is drawn from it is judged more strictly."""
        return self.verdict.age >= AGE_TAG


class SourceService:
    """Looks at pictures before they are used, and keeps those that are."""

    def __init__(self, files: PictureFiles, looker: Looker, thresholds: Thresholds) -> None:
        self._files = files
        self._looker = looker
        self._thresholds = thresholds

    async def look(self, request: Request, given: Given | None) -> Seen | None:
        """Fetch and look at what a request begins from: anew, or what it began from before.

        None when it begins from nothing. Raises a UserError for what cannot be used, EngineError when nothing
        can be looked at.
        """
        if given is not None:
            require_strength(given.strength, request.steps)
            picture = require_bytes(await given.picture.read())
            mask = None if given.mask is None else require_bytes(await given.mask.read(), "mask")
            strength, fit = given.strength, given.fit
        elif request.source is not None:
            picture, mask = await self._kept(request.source)
            strength, fit = request.source.strength, False
        else:
            return None
        found = await self._looker.examine(picture, mask)
        files = (found.png,) if found.mask is None else (found.png, found.mask)
        source = Source(_name(found.png), strength, None if found.mask is None else _name(found.mask))
        size = nearest(found.width, found.height) if fit else request.size
        request = dataclasses.replace(request, source=source, size=size)
        return Seen(request, found.verdict, files)

    def require_allowed(self, seen: Seen, ceiling: Ceiling, *, age_context: bool) -> None:
        """Raise InvalidRequest for a picture that this place does not show, or that is never drawn from."""
        verdict, thresholds = seen.verdict, self._thresholds
        if may_show(verdict, ceiling.rating, thresholds, strict=ceiling.strict, age_context=age_context):
            return
        if verdict.fault is not None:
            raise InvalidRequest(
                "The picture could not be rated ({fault}), so it is not used; another one may work.",
                fault=verdict.fault,
            )
        if discarded(verdict, age_context):
            raise InvalidRequest("This picture is not drawn from, here or anywhere; choose another one.")
        if age_context:
            raise InvalidRequest(
                "The picture is judged to be above {rating}, the most that is drawn of somebody under 18, so "
                "it is not used; choose a milder one.",
                rating=Rating.GENERAL.word,
            )
        raise InvalidRequest(
            "The picture is judged to be above {rating}, the most that is drawn here ({why}), so it is not "
            "used; choose a milder one.",
            rating=ceiling.rating.word,
            why=ceiling.why,
        )

    async def keep(self, seen: Seen) -> None:
        """Keep the files; the sweep leaves them alone until a job names them."""
        for file in seen.files:
            await self._files.add(file)

    async def start(self, source: Source) -> Start:
        """What a worker begins from; raises NotFound when a file is gone."""
        picture, mask = await self._kept(source)
        return Start(picture, source.strength, mask)

    async def _kept(self, source: Source) -> tuple[bytes, bytes | None]:
        files = [await self._files.read(sha256) for sha256 in source.files]
        if None in files:
            raise NotFound(GONE)
        return files[0] or b"", files[1] if source.mask is not None else None


def require_bytes(data: bytes, what: str = "picture") -> bytes:
    """The bytes themselves; raises InvalidRequest for too many."""
    if len(data) > MOST_BYTES:
        raise InvalidRequest(too_large(len(data), what))
    return data


def too_large(size: int, what: str = "picture") -> str:
    """The sentence for a file of so many bytes."""
    return say(
        "The {what} has {size:.1f} MB, and at most {most:g} MB can be used; save it smaller or as JPEG.",
        what=what,
        size=size / 1e6,
        most=MOST_BYTES / 1e6,
    )


def _name(file: bytes) -> str:
    return hashlib.sha256(file).hexdigest()


GONE = later("The picture that this begins from is gone; please ask again and attach it.")
