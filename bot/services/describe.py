"""What a picture shows, as tags that may be drawn here."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from bot.core.errors import Busy, InvalidRequest
from bot.core.job import Place
from bot.core.look import TagShare
from bot.engine.examine import Examined
from bot.policy.verdicts import Thresholds, may_show
from bot.prompt.grammar import Tag, serialize
from bot.services.ceilings import CeilingService
from bot.services.conduct import ConductService
from bot.services.imagine import Asker
from bot.services.tags import TagService

MOST_TAGS = 30
MOST_TEXT = 900
"""Characters of the tags as a request; it must fit into a field of an embed."""


class Looker(Protocol):
    """Looks at pictures; implemented by `bot.engine.examiner.Examiner`."""

    async def examine(
        self, picture: bytes, mask: bytes | None = None, *, tagged: bool = False
    ) -> Examined: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Description:
    """The tags of a picture that may be named here, the surest first, and the same as a request's text.

    ``hidden`` is how many were left out because they lie above the ceiling.
    """

    tags: tuple[TagShare, ...]
    prompt: str
    hidden: int


class DescribeService:
    """Describes pictures that its place may show; each person has one looked at at a time."""

    def __init__(
        self,
        looker: Looker,
        conduct: ConductService,
        ceilings: CeilingService,
        thresholds: Thresholds,
        tags: TagService,
    ) -> None:
        self._looker = looker
        self._conduct = conduct
        self._ceilings = ceilings
        self._thresholds = thresholds
        self._tags = tags
        self._looking: set[int] = set()

    async def describe(self, asker: Asker, place: Place, file: bytes) -> Description:
        """What the picture in a file shows.

        Raises Barred for somebody who may not ask, Busy while their last picture is looked at, InvalidRequest
        for what is no picture, for one above the ceiling or that nobody could rate, and where no tagger is,
        and what `Looker.examine` raises.
        """
        await self._conduct.check(asker.id, place.guild_id)
        if asker.id in self._looking:
            raise Busy("Your last picture is still being looked at; try again in a few seconds.")
        self._looking.add(asker.id)
        try:
            found = await self._looker.examine(file, tagged=True)
        finally:
            self._looking.discard(asker.id)
        ceiling = await self._ceilings.now(place)
        shown = may_show(found.verdict, ceiling.rating, self._thresholds, strict=ceiling.strict)
        if found.verdict.fault is not None:
            raise InvalidRequest("The picture could not be rated, so it is not described; try another one.")
        if not shown:
            raise InvalidRequest(
                "The picture seems to be above {rating}, the most that may be shown here, so it is not "
                "described; one within that works.",
                rating=ceiling.rating.word,
            )
        if found.tags is None:
            raise InvalidRequest(
                "This bot has no tagger, so it cannot describe pictures; whoever runs it can fetch one with "
                "`model pull classifiers`."
            )
        passing = tuple(tag for tag in found.tags if self._tags.passes(tag.name, ceiling.rating))
        chosen, prompt = _as_request(passing[:MOST_TAGS])
        if not chosen:
            raise InvalidRequest("The tagger recognised nothing in this picture; a clearer one may work.")
        return Description(chosen, prompt, len(found.tags) - len(passing))


def _as_request(tags: tuple[TagShare, ...]) -> tuple[tuple[TagShare, ...], str]:
    """As many of the tags as fit, and what asks for them."""
    while len(prompt := serialize(Tag(tag.name) for tag in tags)) > MOST_TEXT:
        tags = tags[:-1]
    return tags, prompt
