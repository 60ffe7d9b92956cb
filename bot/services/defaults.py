"""What a request leaves open is filled from defaults: one's own, the channel's, the server's, the card's.

The order is: what was typed, a preset, one's own defaults, the channel's, the server's, and at last the
model card's. Whatever makes a request of options comes through `DefaultsService.fill`; a request that an
earlier job holds is whole already.
"""

from __future__ import annotations

import asyncio
import dataclasses
import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.core.draft import NONE, Draft
from bot.core.errors import InvalidRequest, Refused
from bot.core.job import Place
from bot.core.language import say
from bot.core.rating import Rating
from bot.core.request import Request
from bot.prompt.styles import chosen, spelled
from bot.services.catalogue import Catalogue
from bot.services.ceilings import CeilingService
from bot.services.keeping import KeepingService
from bot.services.settings import Admin, require_admin
from bot.storage.defaults import DefaultStore, Whose

SETTABLE = ("size", "steps", "cfg", "sampler", "negative", "quality", "style", "model", "private")
"""What may have a default, in the order in which it is shown."""


class Origin(enum.Enum):
    """Where a value comes from, in the order in which they count."""

    TYPED = enum.auto()
    PRESET = enum.auto()
    OWN = enum.auto()
    CHANNEL = enum.auto()
    SERVER = enum.auto()
    CARD = enum.auto()


_ANYBODY = "1girl"
DEFAULTS = (Origin.OWN, Origin.CHANNEL, Origin.SERVER)
"""Those that give way where they cannot be used; what was typed is an error then."""

Layer = tuple[Origin, Draft]
Usable = Callable[[str, Any, Draft], bool]
"""Whether a default's value can be used, by its name, beside what was settled before it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Merged:
    """A draft of the first value that each layer has, where each comes from, and what gave way."""

    draft: Draft
    origins: Mapping[str, Origin]
    gave_way: tuple[tuple[str, Origin], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Filled:
    """A whole request, and sentences for its asker on the defaults that gave way."""

    request: Request
    notes: tuple[str, ...] = ()


def merge(layers: Sequence[Layer], usable: Usable) -> Merged:
    """Take each value from the first layer that has it; a default that cannot be used gives way to the next.

    The model is settled first, since the quality words hang on it.
    """
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    gave_way = []
    names = dict.fromkeys(("model", *(name for _, draft in layers for name in draft.given())))
    for name in names:
        for origin, draft in layers:
            value = getattr(draft, name)
            if value is None:
                continue
            if origin in DEFAULTS and not usable(name, value, Draft(**values)):
                gave_way.append((name, origin))
                continue
            values[name], origins[name] = value, origin
            break
    return Merged(Draft(**values), origins, tuple(gave_way))


class DefaultsService:
    """Fills requests, and changes and explains what they are filled from."""

    def __init__(
        self, store: DefaultStore, catalogue: Catalogue, ceilings: CeilingService, keeping: KeepingService
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._ceilings = ceilings
        self._keeping = keeping

    async def fill(self, typed: Draft, user_id: int, place: Place, preset: Draft | None = None) -> Filled:
        """The request that a person's draft makes in a place.

        Raises InvalidRequest for values that cannot be used, but for those of defaults, which give way.
        """
        merged = await self._merged(typed, user_id, place, preset)
        return Filled(merged.draft.request(), tuple(_note(name, origin) for name, origin in merged.gave_way))

    async def explain(self, user_id: int, place: Place) -> Merged:
        """What a request of nothing but a prompt would be filled with here."""
        return await self._merged(Draft(prompt=_ANYBODY), user_id, place, None)

    async def set_own(
        self, user_id: int, guild_id: int | None, draft: Draft, unset: tuple[str, ...]
    ) -> Draft:
        """Change a person's own; returns all of theirs. Raises as `KeepingService.require` does."""
        await self._keeping.require(user_id, guild_id, draft)
        whose = Whose(user_id=user_id)
        await self._store.change(whose, draft, unset, user_id)
        return (await self._store.of(whose))[0]

    async def set_here(
        self, admin: Admin, channel_id: int | None, draft: Draft, unset: tuple[str, ...]
    ) -> Draft:
        """Change a server's, or one of its channels'; returns all of them.

        Raises InvalidRequest outside a server and without Manage Server, and as `KeepingService.require`.
        """
        guild_id = require_admin(admin)
        await self._keeping.require(admin.user_id, guild_id, draft)
        whose = Whose(guild_id=guild_id, channel_id=channel_id or 0)
        await self._store.change(whose, draft, unset, admin.user_id)
        return (await self._store.of(whose))[0]

    async def _merged(self, typed: Draft, user_id: int, place: Place, preset: Draft | None) -> Merged:
        layers = [
            (Origin.TYPED, typed),
            (Origin.PRESET, preset or Draft()),
            *await self._layers(user_id, place),
        ]
        barred: set[tuple[str, Any]] = set()

        def usable(name: str, value: Any, before: Draft) -> bool:
            return (name, value) not in barred and self._usable(name, value, before, place.guild_id)

        merged = merge(layers, usable)
        if merged.origins.get("steps") in DEFAULTS and not _whole(merged.draft):
            # Few steps are too few for hires.
            barred.add(("steps", merged.draft.steps))
            merged = merge(layers, usable)
        while merged.origins.get("negative") in DEFAULTS and await self._refused(merged.draft, place):
            barred.add(("negative", merged.draft.negative))
            merged = merge(layers, usable)
        return merged

    async def _layers(self, user_id: int, place: Place) -> list[Layer]:
        asked = {Origin.OWN: Whose(user_id=user_id)}
        if place.guild_id is not None:
            channel_id = place.parent_id or place.channel_id
            asked[Origin.CHANNEL] = Whose(guild_id=place.guild_id, channel_id=channel_id)
            asked[Origin.SERVER] = Whose(guild_id=place.guild_id)
        return list(zip(asked, await self._store.of(*asked.values()), strict=True))

    def _usable(self, name: str, value: Any, before: Draft, guild_id: int | None) -> bool:
        """Whether the config and the model that was settled on still know a default's value."""
        if name == "model":
            return value == NONE or value in self._catalogue.names("models", guild_id)
        if name not in ("quality", "style"):
            return True
        model = None if before.model == NONE else before.model
        prompts = self._catalogue.prompts_of(Request("", model=model))
        if name == "quality":
            return spelled(value) in prompts.profile.qualities
        try:
            chosen(value, prompts.wording.styles)
        except InvalidRequest:
            return False
        return True

    async def _refused(self, draft: Draft, place: Place) -> bool:
        """Whether a negative that nobody typed is all that policy would refuse a request for."""
        if not _whole(draft):
            return False
        ceiling = (await self._ceilings.of(place)).rating
        without = dataclasses.replace(draft, negative=NONE)
        return not await self._passes(draft, ceiling, place) and await self._passes(without, ceiling, place)

    async def _passes(self, draft: Draft, ceiling: Rating, place: Place) -> bool:
        try:
            ordered = self._catalogue.order(draft.request(), place.guild_id)
            _, decision = await asyncio.to_thread(ordered.prompts.review, ordered.worded, ceiling)
        except (Refused, InvalidRequest):
            return False
        return decision.allowed


def _whole(draft: Draft) -> bool:
    """Whether a draft makes a request."""
    try:
        draft.request()
    except InvalidRequest:
        return False
    return True


def _note(name: str, origin: Origin) -> str:
    """Without the value: everybody may see the answer, and it may be what does not belong here."""
    match origin:
        case Origin.OWN:
            return say("Your own default for {name} cannot be used for this, so it was left out.", name=name)
        case Origin.CHANNEL:
            return say(
                "This channel's default for {name} cannot be used for this, so it was left out.", name=name
            )
        case _:
            return say(
                "This server's default for {name} cannot be used for this, so it was left out.", name=name
            )
