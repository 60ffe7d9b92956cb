"""Whether what somebody wants kept may be kept: nothing that the floor refuses is."""

from __future__ import annotations

import asyncio
import dataclasses

from bot.core.draft import Draft
from bot.core.errors import Refused
from bot.core.prompt import Decision
from bot.core.rating import Rating
from bot.policy.case import Typed
from bot.policy.policy import explain
from bot.prompt.memory import forget
from bot.services.catalogue import Catalogue
from bot.services.conduct import ConductService

_ANYBODY = "1girl"
"""In place of a prompt that was left open."""


class KeepingService:
    """Looks at drafts before they are kept. What is kept is judged anew whenever it is drawn."""

    def __init__(self, catalogue: Catalogue, conduct: ConductService) -> None:
        self._catalogue = catalogue
        self._conduct = conduct

    async def require(self, user_id: int, guild_id: int | None, draft: Draft, name: str = "") -> None:
        """Raise what stands against keeping a draft, under a name if it has one.

        That is Barred for somebody who may not ask, InvalidRequest for what could not be drawn, and Refused
        for what the floor forbids, which is a strike as in any request.
        """
        await self._conduct.check(user_id, guild_id)
        request = draft.request()
        request = dataclasses.replace(request, prompt=request.prompt or _ANYBODY)
        ordered = self._catalogue.order(request, guild_id)
        prompts = ordered.prompts
        reason = prompts.policy.screen(Typed((name,))) if name else None
        if reason is not None:
            decision, accused = Decision(Rating.EXPLICIT, (reason,)), True
        else:
            try:
                _, decision = await asyncio.to_thread(prompts.review, ordered.worded, Rating.EXPLICIT)
            except Refused as refused:
                decision = refused.decision
            if decision.floor is None:
                return
            accused = prompts.accuses(request, decision.floor)
        forget()
        why = explain(decision)
        if accused and decision.floor is not None:
            texts = (name, *Typed.of(request).every)
            why = f"{why} {await self._conduct.strike(user_id, decision.floor.rule, texts)}"
        raise Refused(why, decision)
