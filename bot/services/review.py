"""What policy says of a request, and what follows for whoever asked."""

from __future__ import annotations

import asyncio
import dataclasses
import unicodedata

from bot.core.errors import InvalidRequest, Refused
from bot.core.prompt import Decision, Prompt
from bot.core.rating import Rating
from bot.core.request import Request
from bot.policy.case import Typed
from bot.policy.policy import explain
from bot.prompt.memory import forget
from bot.prompt.wording import draws
from bot.services.catalogue import Catalogue, Ordered
from bot.services.conduct import ConductService

SHORT = 600
"""Characters in a request up to which it is read at once: at most about three milliseconds."""


class Review:
    """Reads requests as the model will, under a ceiling; a refusal by the floor is a strike."""

    def __init__(self, catalogue: Catalogue, conduct: ConductService) -> None:
        self._catalogue = catalogue
        self._conduct = conduct
        self._reading = asyncio.Lock()

    async def order(self, user_id: int, guild_id: int | None, request: Request, ceiling: Rating) -> Ordered:
        """What a request names; where that is not here, its message may not repeat what the floor forbids."""
        try:
            return self._catalogue.order(request, guild_id)
        except InvalidRequest:
            refused = self._catalogue.prompts_of(request).refused(request, ceiling)
            if refused is None:
                raise
        raise Refused(await self._why(user_id, request, refused.decision), refused.decision)

    async def allow(
        self, user_id: int, ordered: Ordered, ceiling: Rating, seed: int
    ) -> tuple[Prompt, Decision]:
        """The final strings, and policy's decision; raises Refused when it is against them."""
        try:
            prompt, decision = await self._review(ordered, ceiling, seed)
        except Refused as refused:
            decision = refused.decision
        if not decision.allowed:
            raise Refused(await self._why(user_id, ordered.request, decision), decision)
        return dataclasses.replace(prompt, notes=(*ordered.notes, *prompt.notes)), decision

    async def _why(self, user_id: int, request: Request, decision: Decision) -> str:
        """The sentence of a refusal; one by the floor is a strike, and says what follows from it."""
        why, floor = explain(decision), decision.floor
        if floor is None:
            return why
        accused = self._catalogue.prompts_of(request).accuses(request, floor)
        forget()
        if not accused:
            return why
        return f"{why} {await self._conduct.strike(user_id, floor.rule, Typed.of(request).every)}"

    async def _review(self, ordered: Ordered, ceiling: Rating, seed: int) -> tuple[Prompt, Decision]:
        """One at a time and one to a turn of the loop, so that a crowd does not hold up everything else."""
        request, review = ordered.worded, ordered.prompts.review
        async with self._reading:
            await asyncio.sleep(0)
            if _length(request) <= SHORT and not draws(request):
                # Half a millisecond: handing it to a thread and waking up again would take longer.
                return review(request, ceiling, seed)
            return await asyncio.to_thread(review, request, ceiling, seed)


def _length(request: Request) -> int:
    texts = (request.prompt, request.negative, request.subject, request.character, request.series)
    # Some characters stand for a whole sentence, and are read as one.
    return sum(len(unicodedata.normalize("NFKC", text or "")) for text in texts)
