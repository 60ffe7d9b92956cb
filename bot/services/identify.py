"""From a picture's file back to settings, and to a request that can be made here."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any

from bot.core.errors import InvalidRequest, Refused
from bot.core.job import Place
from bot.core.language import say
from bot.core.lora import MAX_LORAS, WEIGHTS, Lora
from bot.core.prompt import Decision, Prompt
from bot.core.rating import Rating
from bot.core.request import CFG, HIRES_STEPS, MAX_PROMPT, MAX_SEED, SAMPLERS, STEPS, Request, Vary
from bot.core.size import nearest
from bot.policy.case import Typed
from bot.policy.policy import explain
from bot.prompt import metadata
from bot.prompt.grammar import Tag, serialize
from bot.prompt.metadata.settings import Maker, Settings
from bot.services.catalogue import Catalogue
from bot.services.ceilings import CeilingService
from bot.services.conduct import ConductService
from bot.services.imagine import Asker
from bot.storage.compact import REQUEST

__all__ = ["Identified", "IdentifyService", "Settings", "pack", "unpack"]

_SAMPLERS = {
    "euler ancestral": "Euler a",
    "euler a": "Euler a",
    "euler": "Euler",
    "dpmpp 2m": "DPM++ 2M Karras",
    "dpm++ 2m": "DPM++ 2M Karras",
    "dpmpp sde": "DPM++ SDE Karras",
    "dpm++ sde": "DPM++ SDE Karras",
    "dpmpp 2m sde": "DPM++ 2M SDE Karras",
    "dpm++ 2m sde": "DPM++ 2M SDE Karras",
    "ddim": "DDIM",
    "ddim v3": "DDIM",
    "heun": "Heun",
    "unipc": "UniPC",
    "uni pc": "UniPC",
}
"""Samplers of this bot by the names that others give them, in lower case and without dressing."""


@dataclasses.dataclass(frozen=True, slots=True)
class Identified:
    """What a file tells, as far as it may be told here.

    ``settings`` has no words in it that this place does not allow; those of the prompts are ``hidden`` for
    the reason in that sentence, or shown when it is "". ``request`` is what can be made of it, None where
    nothing can. ``notes`` say what that leaves out or changes.
    """

    settings: Settings
    request: Request | None
    hidden: str = ""
    notes: tuple[str, ...] = ()


class IdentifyService:
    """Reads files that anyone may have made; what the floor forbids is not repeated."""

    def __init__(self, conduct: ConductService, ceilings: CeilingService, catalogue: Catalogue) -> None:
        self._conduct = conduct
        self._ceilings = ceilings
        self._catalogue = catalogue

    async def identify(self, asker: Asker, place: Place, file: bytes) -> Identified:
        """What a picture's file says made it.

        Raises Barred for somebody who may not ask, and InvalidRequest for a file without settings and for
        settings that ask for what is never drawn.
        """
        await self._conduct.check(asker.id, place.guild_id)
        ceiling = (await self._ceilings.of(place)).rating
        return await asyncio.to_thread(self._identified, file, ceiling, place.guild_id)

    def _identified(self, file: bytes, ceiling: Rating, guild_id: int | None) -> Identified:
        settings = metadata.read(file)
        notes: list[str] = []
        request = _request(settings, self._catalogue, guild_id, notes)
        hidden = self._objection(request, ceiling, guild_id)
        settings = self._named(settings, ceiling)
        if not request.prompt.strip():
            hidden = say("The file tells of no prompt.")
        if hidden:
            settings = dataclasses.replace(settings, positive="", negative="")
            return Identified(settings, None, hidden)
        settings = dataclasses.replace(settings, positive=request.prompt, negative=request.negative)
        return Identified(settings, request, notes=(*notes, *_left(settings)))

    def _objection(self, request: Request, ceiling: Rating, guild_id: int | None) -> str:
        """Why the request cannot be made here, "" when it can; raises InvalidRequest for the floor's."""
        ordered = self._catalogue.order(request, guild_id)
        try:
            _, decision = ordered.prompts.review(ordered.worded, ceiling)
        except Refused as refused:
            decision = refused.decision
        except InvalidRequest as error:
            return str(error)
        _require_floor(decision)
        return explain(decision)

    def _named(self, settings: Settings, ceiling: Rating) -> Settings:
        """Without names that could not be asked for here."""

        def may(name: str) -> bool:
            prompt = Prompt(serialize([Tag(name)]), "", 0, 0, 0)
            decision = self._catalogue.prompts.policy.decide(prompt, ceiling, typed=Typed((name,)))
            _require_floor(decision)
            return decision.allowed

        def one(name: str) -> str:
            return name if not name or may(name) else ""

        return dataclasses.replace(
            settings,
            model=one(settings.model),
            sampler=one(settings.sampler),
            schedule=one(settings.schedule),
            loras=tuple((name, weight) for name, weight in settings.loras if may(name)),
            others=tuple(name for name in settings.others if may(name)),
        )


def pack(request: Request) -> bytes:
    """A request as a file that `unpack` reads."""
    return REQUEST.dump(request).encode()


def unpack(file: bytes) -> Request:
    """The request of a file; raises InvalidRequest for any other."""
    try:
        return REQUEST.load(file.decode())
    except (ValueError, TypeError):
        raise InvalidRequest(
            "The settings of this answer cannot be read; identify the picture again."
        ) from None


def _require_floor(decision: Decision) -> None:
    if decision.floor is not None:
        raise InvalidRequest(
            "The settings in this picture ask for what this bot never draws (rule {rule}), so they "
            "are not shown.",
            rule=decision.floor.rule,
        )


def _request(settings: Settings, catalogue: Catalogue, guild_id: int | None, notes: list[str]) -> Request:
    """The nearest request that can be made here; ``notes`` gain what it leaves out or changes."""
    values: dict[str, Any] = {
        "prompt": _cut(settings.positive, "prompt", notes),
        "negative": _cut(settings.negative, "negative prompt", notes),
        "loras": _loras(settings, catalogue.names("loras", guild_id), notes),
    }
    if settings.width and settings.height:
        size = values["size"] = nearest(settings.width, settings.height)
        if (size.width, size.height) != (settings.width, settings.height):
            notes.append(say("The size becomes {size}, the nearest of the model's nine.", size=size))
    if settings.steps is not None:
        steps = values["steps"] = max(STEPS.start, min(STEPS.stop - 1, settings.steps))
        if steps != settings.steps:
            notes.append(
                say(
                    "The steps become {steps}; {least} to {most} are drawn here.",
                    steps=steps,
                    least=STEPS.start,
                    most=STEPS.stop - 1,
                )
            )
    if settings.cfg is not None:
        cfg = values["cfg"] = max(CFG[0], min(CFG[1], settings.cfg))
        if cfg != settings.cfg:
            notes.append(
                say(
                    "CFG becomes {cfg:g}; {least:g} to {most:g} are used here.",
                    cfg=cfg,
                    least=CFG[0],
                    most=CFG[1],
                )
            )
    if settings.seed is not None and settings.seed <= MAX_SEED:
        values["seed"] = settings.seed
    elif settings.seed is not None:
        notes.append(say("The seed is larger than this bot's go, so a random one is taken."))
    values["sampler"] = _sampler(settings, notes)
    if settings.model in catalogue.names("models", guild_id):
        values["model"] = settings.model
    elif settings.maker is not Maker.SELF:
        notes.append(say("It was drawn with another program's model, so this bot's picture will differ."))
    values["hires"] = settings.hires and values.get("steps", HIRES_STEPS) >= HIRES_STEPS
    if settings.vary is not None and settings.vary[0] <= MAX_SEED and 0 <= settings.vary[1] <= 1:
        values["vary"] = Vary(*settings.vary)
    if settings.begun:
        notes.append(say("It began from another picture, which the file does not hold."))
    return Request(**values)


def _cut(text: str, what: str, notes: list[str]) -> str:
    """As much of a text as a request holds, to the last whole tag."""
    if len(text) <= MAX_PROMPT:
        return text
    notes.append(say("The {what} is cut after {most:,} characters.", what=what, most=MAX_PROMPT))
    head = text[:MAX_PROMPT]
    return head[: head.rindex(",")] if "," in head else head


def _loras(settings: Settings, known: Sequence[str], notes: list[str]) -> tuple[Lora, ...]:
    """Those that are here, with weights that are used here."""
    low, high = WEIGHTS
    wanted = {
        name: Lora(name, max(low, min(high, weight))) for name, weight in settings.loras if name in known
    }
    taken = tuple(wanted.values())[:MAX_LORAS]
    if missing := len(settings.loras) - len(taken):
        notes.append(say("LoRAs that are not used here: {missing}.", missing=missing))
    return taken


def _sampler(settings: Settings, notes: list[str]) -> str:
    """The nearest sampler; the schedule is a part of its name here."""
    if settings.sampler in SAMPLERS or not settings.sampler:
        return settings.sampler or SAMPLERS[0]
    bare = settings.sampler.lower().replace("_", " ").removeprefix("k ").removesuffix(" karras").strip()
    schedule = "karras" if settings.sampler.lower().endswith(" karras") else settings.schedule.lower()
    found = _SAMPLERS.get(bare)
    if found is None:
        notes.append(say("Its sampler is not offered here, so {sampler} is taken.", sampler=SAMPLERS[0]))
        return SAMPLERS[0]
    if found.endswith("Karras") != (schedule == "karras"):
        notes.append(
            say("The sampler becomes {sampler}; other schedules of it are not offered here.", sampler=found)
        )
    return found


def _left(settings: Settings) -> tuple[str, ...]:
    """The sentence about settings that are for something else."""
    if not settings.others:
        return ()
    return (say("Not taken over: {others}.", others=", ".join(settings.others)),)
